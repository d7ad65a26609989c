"""A hospital with as many orders as are wanted: day after day of the ordinary one, with all its traps, in one worklist.

For long runs with several workers. Of two orders for one study the second stands at the end of the worklist, so that
it is met after the first, however many are at work.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from itertools import count

from robot_library.hospital import traps
from robot_library.hospital.build import Story
from robot_library.hospital.people import Person
from robot_library.hospital.scenario import Order, Scenario, Study

AGAIN = "shared_study_again"


def of(orders: int) -> Story:
    """The story of a hospital with this many requested orders."""

    def write(seed: int) -> Scenario:
        return _Crowd(seed).write(orders)

    return write


@dataclass
class _Crowd:
    seed: int
    scenario: Scenario = field(init=False)
    _taken: set[str] = field(default_factory=set)
    """Record numbers and accession numbers that are somebody's."""

    def __post_init__(self) -> None:
        self.scenario = Scenario(self.seed)

    def write(self, orders: int) -> Scenario:
        """Days, until there are enough orders; then numbers for all of them."""
        dice = random.Random(f"crowd-{self.seed}")  # noqa: S311 - a demo hospital is repeated by its seed
        while len(self.scenario.orders) < orders:
            self._add(traps.write(dice.randrange(2**31)))
        kept = self.scenario.orders[:orders]
        kept = [o for o in kept if o.trap != AGAIN] + [o for o in kept if o.trap == AGAIN]
        wanted = {order.accession for order in kept}
        self.scenario.studies = [study for study in self.scenario.studies if study.accession in wanted]
        self.scenario.orders = self._numbered(kept)
        return self.scenario

    def _add(self, day: Scenario) -> None:
        """A day's people, orders and studies, unless a number of it is taken: then that day is left out."""
        numbers = {person.mrn for person in day.people} | {study.accession for study in day.studies}
        if numbers & self._taken:
            return
        self._taken |= numbers
        first = len(self.scenario.people)
        ids = {person.patient_id: f"P{n:05d}" for n, person in enumerate(day.people, first + 1)}
        days_own = {order.order_id: f"{first}-{order.order_id}" for order in day.orders}

        def known(person: Person) -> Person:
            return replace(person, patient_id=ids[person.patient_id])

        def moved(study: Study) -> Study:
            return replace(study, owner=known(study.owner), header=known(study.header), listed=known(study.listed))

        def taken(order: Order) -> Order:
            return replace(
                order, order_id=days_own[order.order_id], patient=known(order.patient),
                merge_into=ids.get(order.merge_into, ""), linked_to=days_own.get(order.linked_to, ""),
            )  # fmt: skip

        self.scenario.people += map(known, day.people)
        self.scenario.aliases += [(ids[patient], *rest) for patient, *rest in day.aliases]  # type: ignore[misc]
        self.scenario.studies += map(moved, day.studies)
        self.scenario.orders += map(taken, day.orders)

    def _numbered(self, orders: list[Order]) -> list[Order]:
        numbers = count(100_001)
        named = {order.order_id: f"REQ{next(numbers):06d}" for order in orders}
        return [
            replace(order, order_id=named[order.order_id], linked_to=named.get(order.linked_to, "")) for order in orders
        ]
