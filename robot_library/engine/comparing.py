"""Afterwards: what a shadow would have reported, against what a person has signed.

The workflow's `compare` steps read the signed record and change nothing; its expressions say, for each finding, what
ours was and what theirs is. What has been compared once is kept, sealed, with the item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from robot_library.engine.collecting import MemoryJournal
from robot_library.engine.records.items import ItemView
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.orders import Seen
from robot_library.engine.records.paths import END
from robot_library.engine.records.recorder import Timeline
from robot_library.engine.run.dispatch import Dispatch
from robot_library.engine.run.language import evaluate_tree, typed_inputs
from robot_library.errors import AuthoringError, ItemError, WetreadError
from robot_library.model.workflow import Compare

if TYPE_CHECKING:
    from robot_library.engine.engine import Engine

KEPT = "compared"
"""Journal key of what the comparison of one item has shown."""


@dataclass(frozen=True)
class Agreement:
    """One finding over all compared items."""

    name: str
    both: int
    neither: int
    only_ours: int
    only_theirs: int
    missed: tuple[str, ...]
    """Ids of items in which a person has found it and the shadow has not."""

    @property
    def compared(self) -> int:
        return self.both + self.neither + self.only_ours + self.only_theirs

    @property
    def share(self) -> float | None:
        """How often they agree; None if nothing was compared."""
        return (self.both + self.neither) / self.compared if self.compared else None


@dataclass(frozen=True)
class Comparison:
    """All that a bot's shadow has seen. `stops`: how many items it would have laid aside, by code."""

    bot: str
    seen: int
    would_type: int
    stops: dict[str, int]
    signed: int
    unsigned: int
    unread: dict[str, int]
    """Items whose signed record could not be read now, by code."""
    findings: tuple[Agreement, ...]
    seconds: tuple[float, float, float] | None
    """Of an item: median, mean and longest."""


async def compare_bot(engine: Engine, bot: str, told: Callable[[int, int], None] | None = None) -> Comparison:
    """Compare all that this bot's shadow has seen with what is signed by now. Needs an open engine that knows the
    bot, and no more: no item is taken up. AuthoringError if its workflow does not say how."""
    assembly = engine.assembly(bot)
    compare = assembly.workflow.compare
    if compare is None:
        raise AuthoringError(
            f"workflow {assembly.workflow.name!r} does not say how a shadow is compared: it has no `compare`."
        )
    views = [view for view in await engine.items(bot) if view.outcome == "shadow"]
    typing = [view for view in views if not view.code]
    shown: dict[str, Mapping[str, Any] | WetreadError | None] = {}
    timeline = Timeline(engine.store, engine.sealer, f"compare.{bot}")
    await timeline.clear()
    for number, view in enumerate(typing, 1):
        journal = ItemJournal(engine.store, engine.sealer, view.item.id, view.generation)
        async with engine.roster.credentials(assembly), engine.let_in(assembly) as admitted:
            dispatch = Dispatch(
                assembly, view.item, MemoryJournal(), timeline, engine.sealer,
                pool=engine.roster.pool(assembly), listener=engine.tell, settle=engine.settle, admitted=admitted,
                trail=engine.store.trail, behind=await engine.desk.bots.behind(bot),
            )  # fmt: skip
            try:
                shown[view.item.id] = await compare_one(dispatch, compare, journal)
            except (ItemError, AuthoringError) as failure:
                shown[view.item.id] = failure
        if told is not None:
            told(number, len(typing))
    lasted = {view.item.id: (await engine.run(view.item.id)).seconds for view in typing}
    return added_up(bot, views, shown, list(lasted.values()))


async def compare_one(dispatch: Dispatch, compare: Compare, journal: ItemJournal) -> dict[str, Any] | None:
    """What a comparison shows of one item: {"findings": {name: [ours, theirs]}}; None if nothing is signed yet."""
    if (kept := await journal.get(KEPT)) is not None:
        return dict(kept)
    names = await record_names(dispatch, compare, journal)
    if not _true(evaluate_tree(compare.signed, names)):
        return None
    found = {
        name: [_true(evaluate_tree(side, names)) for side in (both.ours, both.theirs)]
        for name, both in compare.findings.items()
    }
    return dict(await journal.put_once(KEPT, {"findings": found}))


async def seen_again(dispatch: Dispatch, compare: Compare, journal: ItemJournal) -> Seen:
    """What stands in the item's record now, by the workflow's `reported`, `signed` and `as_typed`."""
    names = await record_names(dispatch, compare, journal)
    if not _true(evaluate_tree(compare.reported, names)):
        return Seen(False)
    ours = None
    if compare.as_typed is not None:
        # An item that came to no text of its own has typed none.
        ours = compare.as_typed.names() <= set(names) and _true(evaluate_tree(compare.as_typed, names))
    return Seen(True, _true(evaluate_tree(compare.signed, names)), ours)


async def record_names(dispatch: Dispatch, compare: Compare, journal: ItemJournal) -> dict[str, Any]:
    """The item's own names, and those of what the steps of `compare` read now."""
    records = await journal.everything()
    names: dict[str, Any] = {}
    for key, value in records.items():
        if key.endswith(END):
            names |= value["names"]
    workflow, site = dispatch.assembly.workflow, dict(dispatch.assembly.bot.site)
    given = {"item": typed_inputs(workflow.item, dispatch.item.payload, workflow.place), "site": site}
    return {**names, **given, **await dispatch.run_once(compare.steps, given)}


def _true(value: Any) -> bool:
    if not isinstance(value, bool):
        raise AuthoringError("an expression of `compare` is neither true nor false.")
    return value


def added_up(
    bot: str, views: Sequence[ItemView], shown: Mapping[str, Mapping[str, Any] | WetreadError | None],
    seconds: Sequence[float],
) -> Comparison:  # fmt: skip
    """The figures of a bot's shadow items. `shown`: what was compared, by item; None: not signed yet."""
    stops: dict[str, int] = {}
    unread: dict[str, int] = {}
    for view in views:
        if view.code:
            stops[view.code] = stops.get(view.code, 0) + 1
        if isinstance(failure := shown.get(view.item.id), WetreadError):
            unread[failure.code] = unread.get(failure.code, 0) + 1
    compared = {item: one for item, one in shown.items() if isinstance(one, Mapping)}
    names = list(dict.fromkeys(name for one in compared.values() for name in one["findings"]))
    lasted = sorted(seconds)
    spans = (median(lasted), sum(lasted) / len(lasted), lasted[-1]) if lasted else None
    waiting = sum(one is None for one in shown.values())
    would_type = sum(not view.code for view in views)
    findings = tuple(_agreement(name, compared) for name in names)
    return Comparison(bot, len(views), would_type, stops, len(compared), waiting, unread, findings, spans)


def _agreement(name: str, compared: Mapping[str, Mapping[str, Any]]) -> Agreement:
    pairs = {item: tuple(one["findings"][name]) for item, one in compared.items() if name in one["findings"]}
    count = list(pairs.values()).count
    missed = tuple(item for item, pair in pairs.items() if pair == (False, True))
    return Agreement(name, count((True, True)), count((False, False)), count((True, False)), len(missed), missed)
