"""The report of a run: one JSON, one page, and a proof per object; numbers and rules, never a value or a file name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from robot_library.imaging.deidentify.profile import Profile
from robot_library.imaging.deidentify.run import REPORT, Outcome
from robot_library.imaging.deidentify.table import EDITION

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:light-dark(#1b2733,#e6edf3);background:light-dark(#fff,#11171d)}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #8a97a3;padding:.3rem .6rem;text-align:left}"
    "td.n{text-align:right}.bad{color:light-dark(#a3211b,#f2877f)}h1{font-size:1.5rem}"
    "@media(max-width:760px){table{display:block;overflow-x:auto}}"
)


def summed(outcome: Outcome, profile: Profile, finder: str) -> dict[str, Any]:
    """The run as data."""
    return {
        "standard": EDITION,
        "profile": profile.name,
        "options": sorted(profile.options),
        "text_looked_for_by": finder,
        "finished": outcome.finished,
        "written": len(outcome.proofs),
        "refused": [fate.as_data() for fate in outcome.of("refused")],
        "left_out": [fate.as_data() for fate in outcome.of("left_out")],
        "others": outcome.others,
        "pixels": dict(Counter(proof.pixels for proof in outcome.proofs)),
    }


def write(outcome: Outcome, profile: Profile, out: Path, finder: str) -> Path:
    """report.json, report.html and proofs.jsonl into their folder in OUT; returns the page's path."""
    folder = out / REPORT
    folder.mkdir(exist_ok=True)
    said = summed(outcome, profile, finder)
    _put(folder / "report.json", json.dumps(said, indent=1))
    _put(folder / "proofs.jsonl", "".join(json.dumps(proof.as_data()) + "\n" for proof in outcome.proofs))
    page = folder / "report.html"
    _put(page, _page(outcome, said))
    return page


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _page(outcome: Outcome, said: dict[str, Any]) -> str:
    rules = Counter[tuple[str, str, str, str]]()
    for proof in outcome.proofs:
        for line in proof.lines:
            rules[line.tag.rsplit("/", 1)[-1], line.name, line.done, line.rule] += line.count
    done = [(*key, str(count)) for key, count in sorted(rules.items())]
    refused = [(str(f.number), f.reason, f"{f.cause} {f.cure}") for f in outcome.fates if f.outcome != "written"]
    state = "" if outcome.finished else "<p class=bad>This run was interrupted; it says what was done until then.</p>"
    pixels = [(what, str(number)) for what, number in said["pixels"].items()]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>De-identification</title><style>{_STYLE}</style>"
        f"<h1>De-identification</h1>{state}{_head(said)}"
        f"<h2>Not written</h2>{_table(('object', 'reason', 'why'), refused)}"
        f"<h2>Pixels</h2>{_table(('what', 'objects'), pixels)}"
        f"<h2>What was done, by attribute and rule</h2>"
        f"{_table(('attribute', 'name', 'done', 'rule', 'times'), done)}</html>"
    )


def _head(said: dict[str, Any]) -> str:
    options = ", ".join(said["options"]) or "no option"
    counts = f"{said['written']} objects written, {len(said['refused'])} refused, {len(said['left_out'])} left out."
    if said["others"]:
        counts += f" {said['others']} other objects lie in this folder; nothing is said here of them."
    profile = f"{said['standard']}, profile {said['profile']}, {options}"
    looked = f"text in pixels looked for by {said['text_looked_for_by']}"
    return f"<p>{escape(profile)}; {escape(looked)}.</p><p>{counts}</p>"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
