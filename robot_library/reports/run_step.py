"""One step of a run as HTML: where it stands in time, what it proved, found, asked and showed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from html import escape

from robot_library.model.run import Called, Evidence, Looked, StepRecord

ReadBlob = Callable[[str], bytes]
Shrink = Callable[[bytes], tuple[str, bytes]]
"""Picture bytes → (media type, smaller bytes); imaging's."""
PICTURES = frozenset({"screenshot", "image", "overlay"})
FAILED = "when it failed"
"""Title of what the window showed when a step failed."""
_SLOW_MS = 1000.0


class Kept:
    """Evidence as HTML. `read` opens it; `shrink` makes a picture small enough to embed."""

    def __init__(self, read: ReadBlob, shrink: Shrink) -> None:
        self._read, self._shrink = read, shrink

    def html(self, kept: Sequence[Evidence]) -> str:
        """Pictures beside each other, then texts; the parts of a screen folded away."""
        pictures = [e for e in kept if e.kind in PICTURES]
        shots = sum(e.kind == "screenshot" for e in pictures)
        rest = "".join(self._other(e) for e in kept if e.kind not in PICTURES)
        if not pictures:
            return rest
        shown = "".join(self._picture(e, _when(n, shots, e) if e.kind == "screenshot" else "")
                        for n, e in enumerate(pictures))  # fmt: skip
        return f'<div class="kept">{shown}</div>{rest}'

    def _picture(self, kept: Evidence, when: str) -> str:
        kind, data = self._shrink(self._read(kept.blob))
        source = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
        caption = escape(kept.title) + (" · patient data masked" if kept.masked else "")
        tag = f'<span class="when">{when}</span>' if when else ""
        return (
            f'<figure class="{kept.kind}">{tag}<button class="zoom" aria-label="Larger: {escape(kept.title)}">'
            f'<img loading="lazy" alt="{escape(kept.title)}" src="{source}"></button>'
            f"<figcaption>{caption}</figcaption></figure>"
        )

    def _other(self, kept: Evidence) -> str:
        if not kept.masked:
            return f"<p class='place'>{escape(kept.title)}: kept, encrypted; not shown here</p>"
        text = self._read(kept.blob).decode("utf-8", errors="replace")
        if kept.kind == "table":
            rows = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in json.loads(text))
            return f'<h2>{escape(kept.title)}</h2><table class="pairs">{rows}</table>'
        if kept.kind == "outline":
            return f"<details class=parts><summary>{escape(kept.title)}</summary><pre>{escape(text)}</pre></details>"
        return f"<figure><pre>{escape(text)}</pre><figcaption>{escape(kept.title)}</figcaption></figure>"


def _when(number: int, shots: int, kept: Evidence) -> str:
    """Where a step has several screenshots, the first shows it before and the last after."""
    if kept.title == FAILED:
        return FAILED
    return "" if shots < 2 else "before" if number == 0 else "after" if number == shots - 1 else ""


def step_html(step: StepRecord, left: float, width: float, deep: int, kept: Kept) -> str:
    """`left` and `width` place its bar, in hundredths of the whole."""
    inside = "".join((
        f'<p class="detail">{escape(step.detail)}</p>' if step.detail else "",
        f'<p class="error">{escape(step.error)}</p>' if step.error else "",
        _list(step.verified), kept.html(step.evidence), _gave(step.gave), _looked(step.looked), _called(step.called),
        f'<p class="place">{escape(step.action)} at {escape(step.place)}, begun {step.started:%H:%M:%S}.'
        f"{_milli(step)}</p>",
    ))  # fmt: skip
    opened = " open" if step.outcome == "failed" else ""
    word = step.outcome if step.outcome != "ok" else ""
    healed = sum(one.way > 1 for one in step.looked)
    marks = "".join(f'<span class="tag">{text}</span>' for text in (
        f"{len(step.called)} calls" if len(step.called) > 1 else "1 call" if step.called else "",
        f"{healed} healed" if healed else "",
    ) if text)  # fmt: skip
    return f"""<li class="step {step.outcome}" style="--deep:{deep}"><details{opened}>
<summary><span class="dot"></span><code>{escape(step.path)}</code><b>{escape(step.title)}</b>
<span class="marks"><span class="said">{word}</span>{marks}<span class="effect">{step.effect}</span></span>
<span class="bar" aria-hidden="true"><i class="{step.effect}" style="left:{left:.2f}%;width:{width:.2f}%"></i></span>
<span class="took">{step.seconds:.2f} s</span></summary><div class="inside">{inside}</div></details></li>"""


def _milli(step: StepRecord) -> str:
    asked = sum(one.ms for one in step.called)
    return f" Its calls took {asked / 1000:.2f} s in all." if asked else ""


def _list(lines: Iterable[str]) -> str:
    shown = "".join(f"<li>{escape(text)}</li>" for text in lines)
    return f'<ul class="verified">{shown}</ul>' if shown else ""


def _gave(values: Sequence[tuple[str, str]]) -> str:
    if not values:
        return ""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(said)}</td></tr>" for name, said in values)
    return f'<h2>Given to later steps, covered</h2><table class="pairs">{rows}</table>'


def _looked(found: Sequence[Looked]) -> str:
    if not found:
        return ""
    rows = "".join(
        f'<tr class="{"healed" if one.way > 1 else ""}"><td>{escape(one.target)}</td><td>{escape(one.by)}</td>'
        f"<td>{_score(one)}</td></tr>"
        for one in found
    )
    head = "<tr><th>target</th><th>found by</th><th>score</th></tr>"
    return f"<h2>Found on the screen</h2><table>{head}{rows}</table>"


def _score(one: Looked) -> str:
    alike = f"{one.score:.2f} alike, " if one.score is not None else ""
    return f"{alike}one match, way {one.way} of {one.ways}" + (": mend the map" if one.way > 1 else "")


def _called(calls: Sequence[Called]) -> str:
    if not calls:
        return ""
    rows = "".join(
        f'<tr class="{"bad" if one.status is None or one.status >= 400 else "slow" if one.ms >= _SLOW_MS else ""}">'
        f"<td>{escape(one.method)}</td><td>{escape(one.address)}</td><td>{one.status or 'no answer'}</td>"
        f'<td class="num">{one.ms:.0f} ms</td><td>{escape(one.kind)}</td></tr>'
        for one in calls
    )
    head = "<tr><th>asked</th><th>address, without query</th><th>answer</th><th class=num>took</th><th>kind</th></tr>"
    return f"<h2>Asked of the server</h2><table>{head}{rows}</table>"
