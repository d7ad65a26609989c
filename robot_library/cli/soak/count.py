"""What came of a soak: the hospital's word for what was written, the engine's for what was not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from robot_library.cli.site import reading
from robot_library.cli.soak.place import BOT, Place

if TYPE_CHECKING:
    from robot_library.engine.records.items import ItemView
    from robot_library.hospital.verdict import OrderVerdict
    from robot_library.model.run import RunRecord

OUTCOMES = ("typed", "needs_person", "refused", "already_reported", "dead", "lost")


async def counted_up(place: Place, items: int) -> dict[str, Any]:
    """Counts that add up to `items`; `unexpected` names each order that ended otherwise than its trap asks for."""
    from robot_library.hospital.verdict import verdict

    judged = verdict(place.folder)
    async with reading(place.home) as engine:
        views = {view.item.payload["order"]: view for view in await engine.items(BOT)}
        runs = {run.item: run for run in await engine.runs(BOT)}
    outcomes: Counter[str] = Counter()
    unexpected = []
    unexplained = 0
    for truth in judged.items:
        view = views.get(truth.order)
        outcome = _outcome(truth, view)
        outcomes[outcome] += 1
        run = runs.get(view.item.id) if view else None
        unexplained += not _explains(run, view)
        if outcome != truth.expected or truth.problems:
            reason = f"{view.code}: {view.reason}" if view else "never taken"
            unexpected.append(
                {"order": truth.order, "trap": truth.trap, "expected": truth.expected, "outcome": outcome,
                 "problems": list(truth.problems), "reason": reason}
            )  # fmt: skip
    return {
        "items": items, **{name: outcomes[name] for name in OUTCOMES},
        "double_commits": judged.duplicate_writes + judged.duplicate_attachments,
        "wrong_patient_writes": judged.wrong_patient_writes, "unexplained": unexplained, "unexpected": unexpected,
    }  # fmt: skip


def _outcome(truth: OrderVerdict, view: ItemView | None) -> str:
    if truth.saves:
        return "typed"
    if view is None or view.item.state in ("new", "in_progress"):
        return "lost"
    if view.item.state == "dead":
        return "dead"
    if view.outcome == "typed":
        return "lost"  # the engine says typed, the hospital has nothing
    return view.outcome or "needs_person"


def _explains(run: RunRecord | None, view: ItemView | None) -> bool:
    """Whether an item's history says how it ended: a proven save, or a reason."""
    if run is None or view is None:
        return False
    if view.outcome == "typed":
        return any(step.effect == "commit" and step.outcome in ("ok", "proven") for step in run.steps)
    return bool(run.steps and run.code and run.reason)
