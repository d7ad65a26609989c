"""One self-contained HTML file of runs: what was done for each item and when, what was seen, found, asked, typed and
proven.

Screenshots come masked from the driver; this page adds no value of a patient. Opens without a network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files

from robot_library.model.run import RunRecord
from robot_library.reports.run_step import Kept, ReadBlob, Shrink, step_html
from robot_library.reports.run_times import Placed, placed

_WORDS = {
    "typed": "draft typed",
    "needs_person": "needs a person",
    "refused": "refused",
    "already_reported": "already reported",
    "shadow": "seen by a shadow, nothing done",
    "under_way": "under way",
}


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
    kept = Kept(read, shrink)
    counts: Counter[str] = Counter(run.outcome for run in runs)
    chips = "".join(
        f'<button class="chip {key}" aria-pressed="false" data-filter="{key}"><b>{counts[key]}</b> {word}</button>'
        for key, word in _WORDS.items()
        if counts[key] or key not in ("under_way", "shadow")
    )
    facts = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in summary.facts.items())
    alone = len(runs) == 1
    items = "\n".join(_item(run, summary.labels.get(run.item, run.item[:12]), kept, alone) for run in runs)
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


def _item(run: RunRecord, label: str, kept: Kept, is_open: bool) -> str:
    reason = f"{run.code}: {run.reason}" if run.reason else ""
    steps = "\n".join(_placed(one, kept) for one in placed(run.steps))
    return f"""<details class="item {run.outcome}" data-outcome="{run.outcome}"{" open" if is_open else ""}>
<summary><span class="mark"></span><b>{escape(label)}</b><span class="out">{_WORDS[run.outcome]}</span>
<span class="why">{escape(reason)}</span><span class="took">{run.seconds:.1f} s</span></summary>
<ol class="steps">{steps}</ol></details>"""


def _placed(one: Placed, kept: Kept) -> str:
    gap = f'<li class="gap">nothing was done for {_long(one.waited)}</li>' if one.waited else ""
    return gap + step_html(one.step, one.left, one.width, one.deep, kept)


def _long(seconds: float) -> str:
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"
