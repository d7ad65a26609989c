"""One self-contained HTML file of a run: what was done for each item, what was seen, typed and proven.

Screenshots come masked from the driver; this page adds no value of a patient. Opens without a network.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files

from robot_library.model.run import Evidence, RunRecord, StepRecord

_WORDS = {
    "typed": "draft typed",
    "needs_person": "needs a person",
    "refused": "refused",
    "already_reported": "already reported",
    "shadow": "seen by a shadow, nothing done",
    "under_way": "under way",
}
_PICTURES = {"screenshot", "image", "overlay"}
ReadBlob = Callable[[str], bytes]
Shrink = Callable[[bytes], tuple[str, bytes]]
"""Picture bytes → (media type, smaller bytes); imaging's."""


@dataclass(frozen=True)
class Summary:
    """What stands at the head of the page. `facts` are label → text; `labels` name items on this page."""

    title: str
    lead: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """item id → what to call it; only where that is no patient data (synthetic sites)."""


def run_report(summary: Summary, runs: Sequence[RunRecord], read: ReadBlob, shrink: Shrink) -> str:
    """The page as text. `read` opens kept evidence; `shrink` makes a picture small enough to embed."""
    pictures = _Pictures(read, shrink)
    counts: Counter[str] = Counter(run.outcome for run in runs)
    chips = "".join(
        f'<a class="chip {key}" href="#" data-filter="{key}"><b>{counts[key]}</b> {word}</a>'
        for key, word in _WORDS.items()
        if counts[key] or key != "under_way"
    )
    facts = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in summary.facts.items())
    items = "\n".join(_item(run, summary.labels.get(run.item, run.item[:12]), pictures) for run in runs)
    page = files("robot_library.reports").joinpath("run_report.html").read_text(encoding="utf-8")
    parts = {
        "TITLE": escape(summary.title),
        "LEAD": escape(summary.lead),
        "CHIPS": chips,
        "FACTS": facts,
        "ITEMS": items,
    }
    for name, text in parts.items():
        page = page.replace(f"<!--{name}-->", text)
    return page


class _Pictures:
    def __init__(self, read: ReadBlob, shrink: Shrink) -> None:
        self._read, self._shrink = read, shrink

    def figure(self, evidence: Evidence) -> str:
        kind, data = self._shrink(self._read(evidence.blob))
        source = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
        caption = escape(evidence.title) + (" · patient data masked" if evidence.masked else "")
        return (
            f'<figure class="{evidence.kind}"><img loading="lazy" alt="{escape(evidence.title)}" src="{source}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )

    def text(self, evidence: Evidence) -> str:
        text = self._read(evidence.blob).decode("utf-8", errors="replace")
        return f"<figure><pre>{escape(text)}</pre><figcaption>{escape(evidence.title)}</figcaption></figure>"


def _item(run: RunRecord, label: str, pictures: _Pictures) -> str:
    reason = f"{run.code}: {run.reason}" if run.reason else ""
    steps = "\n".join(_step(step, pictures) for step in run.steps)
    return f"""<details class="item {run.outcome}" data-outcome="{run.outcome}">
<summary><span class="mark"></span><b>{escape(label)}</b><span class="out">{_WORDS[run.outcome]}</span>
<span class="why">{escape(reason)}</span><span class="took">{run.seconds:.1f} s</span></summary>
<ol class="steps">{steps}</ol></details>"""


def _step(step: StepRecord, pictures: _Pictures) -> str:
    verified = "".join(f"<li>{escape(text)}</li>" for text in step.verified)
    lines = [f'<p class="detail">{escape(step.detail)}</p>' if step.detail else ""]
    lines.append(f'<p class="error">{escape(step.error)}</p>' if step.error else "")
    lines.append(f'<ul class="verified">{verified}</ul>' if verified else "")
    return f"""<li class="step {step.outcome}"><div class="line"><span class="dot"></span><b>{escape(step.title)}</b>
<code title="{escape(step.place)}">{escape(step.path)}</code><span class="effect">{step.effect}</span>
<span class="took">{step.outcome if step.outcome != "ok" else ""} {step.seconds:.2f} s</span></div>
{"".join(lines)}{_evidence(step.evidence, pictures)}</li>"""


def _evidence(kept: Iterable[Evidence], pictures: _Pictures) -> str:
    shown = [pictures.figure(e) if e.kind in _PICTURES else pictures.text(e) for e in kept]
    return f'<div class="kept">{"".join(shown)}</div>' if shown else ""
