"""Where each order of a day stands, as the daily reconciliation names it: every order in exactly one class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

DAY_S = 24 * 3600.0
OVERLAP_S = 2 * 3600.0
"""What has ended is named for a day and so much more, so that no order falls between two days."""
What = Literal[
    "typed", "signed", "changed", "by_record", "reported", "asked", "with_person", "refused", "withdrawn", "gone",
    "under_way", "shadow", "never_taken", "no_report", "unread", "not_shown", "lost",
]  # fmt: skip
WORDS: Mapping[What, str] = {
    "typed": "typed by us, and still there as typed",
    "signed": "typed by us, and signed by a person as typed",
    "changed": "typed by us, and changed by a person since",
    "by_record": "typed by our record; whether it stands as typed is not known",
    "reported": "reported by a person, not by us",
    "asked": "waits for a person's decision",
    "with_person": "given to a person, and not reported yet",
    "refused": "refused by us, and not reported yet",
    "withdrawn": "cancelled or changed, as we saw, and gone from the list",
    "gone": "gone from the list without a report",
    "under_way": "taken, and under way",
    "shadow": "seen by a shadow, which types nothing",
    "never_taken": "on the EHR's list, and never taken",
    "no_report": "reported by our record, and no report stands there",
    "unread": "its record could not be read again",
    "not_shown": "reported by our record, and on the EHR's list as open",
    "lost": "taken, and not at an end after a day",
}
_ALWAYS: frozenset[What] = frozenset({"never_taken", "no_report", "unread", "not_shown", "lost"})
_AFTER_A_DAY: frozenset[What] = frozenset({"asked", "with_person", "refused"})
_OPEN = ("new", "in_progress", "waiting_for_person")
NO_ROW = "RowIncomplete"
"""Code of a row of the list that could not become an item."""
WITHDRAWN = "OrderChanged"
"""Code of an order that was cancelled, merged or changed when we came."""


@dataclass(frozen=True)
class Standing:
    """One item. `key` is what it is found by: a keyed hash. Moments in seconds since 1970."""

    key: str
    item: str
    state: str
    outcome: str | None
    created: float
    updated: float
    code: str = ""

    @property
    def open(self) -> bool:
        """Whether it has not come to an end."""
        return self.state in _OPEN

    @property
    def done(self) -> bool:
        """Whether a report stands there, by our record."""
        return self.outcome in ("typed", "already_reported")


@dataclass(frozen=True)
class Seen:
    """What stands in a record that was opened anew. `ours`: what we typed; None where nobody can tell."""

    reported: bool
    signed: bool = False
    ours: bool | None = None


Look = Seen | Literal["unread"] | None
"""None: the record was not opened."""


@dataclass(frozen=True)
class Placed:
    """One order. `order` is its key on the list, empty where only the item is known; `gap`: not as it should be."""

    what: What
    gap: bool
    order: str
    item: str
    since: float | None
    listed: bool


def placed(
    listed: Mapping[str, str], before: Iterable[Standing], after: Iterable[Standing], looks: Mapping[str, Look],
    now: float, *, only_open: bool,
) -> list[Placed]:  # fmt: skip
    """Every order on the list, and every other one of a day. `listed`: hash → key; `before` and `after`: our items
    around the reading; `looks`: by item; `only_open`: the list holds no order that has a report."""
    earlier, known = {one.key: one for one in before}, {one.key: one for one in after}
    found = [Placed("never_taken", True, order, "", None, True) for mac, order in listed.items() if mac not in known]
    for mac, one in known.items():
        on_list, was = mac in listed, earlier.get(mac)
        if not on_list and not of_today(one, now):
            continue
        same = was is not None and (was.updated, was.state) == (one.updated, one.state)
        # What was seen before the item went on says nothing of how it stands now.
        look = looks.get(one.item) if same else None
        what = _what(one, look, now, on_list=on_list, shown_open=only_open and on_list and same)
        since = one.created if what in ("lost", "under_way") else one.updated
        gap = what in _ALWAYS or (what in _AFTER_A_DAY and now - one.updated > DAY_S and _known(one, look, only_open))
        found.append(Placed(what, gap or (what == "gone" and look is not None), listed.get(mac, ""), one.item, since,
                            on_list))  # fmt: skip
    return found


def of_today(one: Standing, now: float) -> bool:
    """Whether an item that is not on the list is named: it is open, or has ended within a day."""
    return one.open or now - one.updated <= DAY_S + OVERLAP_S


def to_look_at(one: Standing, now: float, *, on_list: bool) -> bool:
    """Whether the record of an item tells more than the item does."""
    if one.outcome == "shadow" or one.code == NO_ROW or one.state in ("new", "in_progress"):
        return False
    return on_list or of_today(one, now)


def added_up(rows: Iterable[Placed]) -> dict[str, int]:
    """How many of each class; `listed.…` of these on the list, `gap.…` of these a gap."""
    counts: Counter[str] = Counter(dict.fromkeys(WORDS, 0))
    for one in rows:
        counts.update([one.what, *([f"listed.{one.what}"] if one.listed else []), *([f"gap.{one.what}"] * one.gap)])
    return dict(counts)


def _known(one: Standing, look: Look, only_open: bool) -> bool:
    """Whether it is known that nobody has reported. Who is asked is late whatever stands there."""
    return one.state == "waiting_for_person" or only_open or isinstance(look, Seen)


def _what(one: Standing, look: Look, now: float, *, on_list: bool, shown_open: bool) -> What:
    if one.state in ("new", "in_progress"):
        return "lost" if now - one.created > DAY_S else "under_way"
    if one.outcome == "shadow":
        return "shadow"
    if look == "unread":
        return "withdrawn" if not on_list and one.code == WITHDRAWN else "unread"
    if look is None:
        return _unseen(one, on_list, shown_open)
    if not look.reported:
        return "no_report" if one.done else _unreported(one, on_list)
    if look.ours:
        if look.signed:
            return "signed"
        return "typed" if one.outcome == "typed" else _unreported(one, on_list)
    if one.outcome == "typed":
        return "by_record" if look.ours is None else "changed"
    return "reported"


def _unseen(one: Standing, on_list: bool, shown_open: bool) -> What:
    if not one.done:
        return _unreported(one, on_list)
    if shown_open:
        return "not_shown"
    return "by_record" if one.outcome == "typed" else "reported"


def _unreported(one: Standing, on_list: bool) -> What:
    if one.state == "waiting_for_person":
        return "asked"
    if not on_list and one.code != NO_ROW:
        return "withdrawn" if one.code == WITHDRAWN else "gone"
    return "refused" if one.outcome == "refused" else "with_person"
