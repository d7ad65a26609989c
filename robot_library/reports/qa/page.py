"""The QA report: one self-contained HTML page of a day, printable. It names studies by a keyed hash, never a person."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from html import escape
from importlib.resources import files

from robot_library.errors import SetupError
from robot_library.imaging.quality import same_film
from robot_library.model.quality import QualityEntry
from robot_library.reports.qa.control import LEAST, Chart, chart
from robot_library.reports.qa.drawing import draw
from robot_library.reports.qa.words import DECISIONS, figure, name, reasons

ORDER = ("positive", "uncertain", "abstained", "negative")
WATCHED = (
    "noise.sigma", "sharpness.blur", "sharpness.detail", "contrast.to_noise", "exposure.middle", "exposure.range",
    "exposure.deviation_index",
)  # fmt: skip
"""Measures with a trend; the others are zero on ordinary films."""
Charts = Mapping[str, Mapping[str, Chart]]


def charts(entries: Sequence[QualityEntry], baseline: int) -> dict[str, dict[str, Chart]]:
    """Station → measure → chart, of all films that were judged. Stations with too few films have none."""
    found: dict[str, dict[str, Chart]] = {}
    for station in sorted({entry.station for entry in entries}):
        films = [entry for entry in entries if entry.station == station]
        for measure in WATCHED:
            values = [entry.values[measure] for entry in films if measure in entry.values]
            if made := chart(values, baseline):
                found.setdefault(station, {})[measure] = made
    return found


def qa_page(entries: Sequence[QualityEntry], day: str, baseline: int, read: Callable[[str], bytes]) -> str:
    """The page. entries: everything up to `day`, in order; `read` opens thumbnails (JPEG)."""
    today = [entry for entry in entries if entry.day == day]
    made = charts(entries, baseline)
    counts: Counter[str] = Counter(entry.decision for entry in today)
    parts = {
        "DAY": escape(day),
        "CHIPS": "".join(
            f'<span class="chip {key}"><b>{counts[key]}</b> {escape(DECISIONS[key])}</span>' for key in ORDER
        ),
        "DEVICES": "".join(_device(station, today, made.get(station, {})) for station in _stations(entries)),
        "FILMS": "".join(_film(entry, today, read) for entry in sorted(today, key=lambda e: ORDER.index(e.decision))),
        "TRENDS": "".join(_trend(station, made.get(station, {}), entries) for station in _stations(entries)),
        "BASELINE": str(baseline),
        "SKILL": escape(", ".join(sorted({f"{entry.skill} {entry.version}" for entry in today})) or "none"),
    }
    page = files("robot_library.reports.qa").joinpath("page.html").read_text(encoding="utf-8")
    for key, text in parts.items():
        page = page.replace(f"<!--{key}-->", text)
    return page


def _stations(entries: Sequence[QualityEntry]) -> list[str]:
    return sorted({entry.station for entry in entries})


def _device(station: str, today: Sequence[QualityEntry], made: Mapping[str, Chart]) -> str:
    mine = [entry for entry in today if entry.station == station]
    counts: Counter[str] = Counter(entry.decision for entry in mine)
    out = [name(measure) for measure, found in made.items() if drifting(found)]
    state = f'<td class="bad">drifts: {escape(", ".join(out))}</td>' if out else "<td>in control</td>"
    if not made:
        state = "<td>no baseline yet</td>"
    cells = "".join(f"<td>{counts[key]}</td>" for key in ORDER)
    return f"<tr><th scope='row'>{escape(station or 'unknown')}</th><td>{len(mine)}</td>{cells}{state}</tr>"


def drifting(found: Chart) -> bool:
    """Whether three or more of a device's last six films broke a rule: a single odd film is that film's affair."""
    last = range(len(found.values) - 6, len(found.values))
    return sum(place in found.signals for place in last) >= 3


def _film(entry: QualityEntry, today: Sequence[QualityEntry], read: Callable[[str], bytes]) -> str:
    why = reasons(entry)
    if twice := sorted(other.study for other in today if _copies(entry, other)):
        why.append(f"the same picture came as study {', '.join(twice)}")
    picture = '<div class="none">no picture</div>'
    if entry.thumbnail:
        with suppress(SetupError):  # shredded with its patient's evidence, or lost: the figures stay
            data = base64.b64encode(read(entry.thumbnail)).decode("ascii")
            picture = f'<img alt="film of study {escape(entry.study)}" src="data:image/jpeg;base64,{data}">'
    values = "".join(
        f"<div><dt>{escape(name(measure))}</dt><dd>{figure(measure, value)}</dd></div>"
        for measure, value in entry.values.items()
    )
    return (
        f'<article class="film {entry.decision}"><figure>{picture}</figure><div><h3>Study {escape(entry.study)} '
        f'<span class="tag">{DECISIONS[entry.decision]}</span></h3><p class="soft">{escape(entry.station)} · '
        f"{escape(entry.clock[:5])}</p><ul>{''.join(f'<li>{escape(line)}</li>' for line in why)}</ul>"
        f"<details><summary>measured values</summary><dl>{values}</dl></details></div></article>"
    )


def _copies(one: QualityEntry, other: QualityEntry) -> bool:
    if one.key == other.key or not (one.fingerprint and other.fingerprint):
        return False
    return same_film(int(one.fingerprint, 16), int(other.fingerprint, 16))


def _trend(station: str, made: Mapping[str, Chart], entries: Sequence[QualityEntry]) -> str:
    films = [entry for entry in entries if entry.station == station]
    head = f"<h3>{escape(station or 'unknown')} <span class='soft'>{escape(films[0].manufacturer)}, {len(films)} films"
    if not made:
        return f"{head}</span></h3><p class='soft'>Fewer than {LEAST} judged films: no limits yet.</p>"
    drawn = []
    for measure, found in made.items():
        days = [f"{entry.day}" for entry in films if measure in entry.values]
        state = "out" if drifting(found) else "in"
        title = f"{name(measure)} of {station}"
        drawn.append(
            f'<figure class="trend {state}"><figcaption>{escape(name(measure))}</figcaption>'
            f"{draw(found, days, title)}</figure>"
        )
    return f"{head}</span></h3><div class='trends'>{''.join(drawn)}</div>"
