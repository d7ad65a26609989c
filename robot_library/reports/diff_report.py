"""Two runs side by side as one self-contained HTML file: where they differ, and what their screens showed, before and
after. Pictures and parts come covered; this page adds no value of a patient, and asks no network."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files

from robot_library.errors import SetupError
from robot_library.model.run import Evidence, RunRecord, StepRecord
from robot_library.reports.page_diff import PageDiff
from robot_library.reports.run_diff import Pair
from robot_library.reports.run_step import PICTURES, ReadBlob, Shrink

_MARKS = {"-": "del", "+": "ins"}


def diff_report(
    runs: tuple[RunRecord, RunRecord], whole: Sequence[str], pairs: Sequence[Pair], read: ReadBlob, shrink: Shrink
) -> str:
    """The page as text. `read` opens kept evidence; `shrink` makes a picture small enough to embed."""
    pictures = _Pictures(read, shrink)
    heads = [f"{run.item[:10]}, {run.started:%Y-%m-%d %H:%M}, {run.seconds:.1f} s" for run in runs]
    alike = sum(not pair.differs for pair in pairs)
    page = files("robot_library.reports").joinpath("diff_report.html").read_text(encoding="utf-8")
    parts = {
        "FIRST": escape(heads[0]), "SECOND": escape(heads[1]),
        "WHOLE": "".join(f"<li>{escape(line)}</li>" for line in whole),
        "LEAD": f"{len(pairs)} steps, {alike} alike.",
        "STEPS": "\n".join(_step(pair, pictures) for pair in pairs),
    }  # fmt: skip
    for name, text in parts.items():
        page = page.replace(f"<!--{name}-->", text)
    return page


class _Pictures:
    """Screenshots of a step as HTML; those that are kept no more are said to be gone."""

    def __init__(self, read: ReadBlob, shrink: Shrink) -> None:
        self._read, self._shrink = read, shrink

    def beside(self, pair: Pair) -> str:
        """Each of one step's pictures beside its like, by title."""
        ours, theirs = self._of(pair.first), self._of(pair.second)
        titles = list(dict.fromkeys((*ours, *theirs)))
        rows = (f"<div>{self._one(ours.get(title))}</div><div>{self._one(theirs.get(title))}</div>" for title in titles)
        return f'<div class="two">{"".join(rows)}</div>' if titles else ""

    @staticmethod
    def _of(step: StepRecord | None) -> dict[str, Evidence]:
        kept = step.evidence if step is not None else ()
        return {one.title: one for one in kept if one.kind in PICTURES}

    def _one(self, kept: Evidence | None) -> str:
        if kept is None:
            return ""
        caption = escape(kept.title)
        try:
            kind, data = self._shrink(self._read(kept.blob))
        except SetupError:
            return f"<figure><figcaption>{caption}: kept no more</figcaption></figure>"
        source = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
        return f'<figure><img loading="lazy" alt="{caption}" src="{source}"><figcaption>{caption}</figcaption></figure>'


def _step(pair: Pair, pictures: _Pictures) -> str:
    """Open where more than time differs."""
    step = pair.step
    opened = " open" if any(not line.startswith("took ") for line in pair.differs) else ""
    took = " / ".join(f"{one.seconds:.2f} s" if one is not None else "-" for one in (pair.first, pair.second))
    lines = "".join(f"<li>{escape(line)}</li>" for line in pair.differs)
    screens = "".join(_screen(one) for one in pair.screens)
    word = f"{len(pair.differs)} differ" if pair.differs else "alike"
    return (
        f'<details class="{"differs" if pair.differs else "alike"}"{opened}><summary><code>{escape(step.path)}</code>'
        f"<b>{escape(step.title or step.action)}</b><span>{word}</span><span class=took>{took}</span></summary>"
        f'<div class="inside"><ul>{lines}</ul>{screens}{pictures.beside(pair)}</div></details>'
    )


def _screen(one: PageDiff) -> str:
    return f"<h2>{escape(one.told)}</h2><pre>{''.join(_lines(one))}</pre>"


def _lines(one: PageDiff) -> Iterator[str]:
    for line in one.lines:
        tag = _MARKS.get(line[0])
        text = escape(line)
        yield f"<{tag}>{text}</{tag}>\n" if tag else f"{text}\n"
