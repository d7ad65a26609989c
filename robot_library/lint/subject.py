"""A workflow laid out for the rules: every step with what stands around it and what is known at that point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from robot_library.interfaces import Action
from robot_library.lint.known import Known
from robot_library.lint.params import Leaf
from robot_library.model.bot import BotSpec
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.model.screen import Screen, ScreenMap
from robot_library.model.workflow import Step, Workflow
from robot_library.parsing.expressions import Expression
from robot_library.parsing.gaps import Gaps
from robot_library.parsing.library import Library
from robot_library.parsing.problems import Problems
from robot_library.parsing.workflows import nested

Section = Literal["collect", "steps", "compare"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A step where it stands. `outer` are the steps it is nested in, outermost first; `inside` the key it is under."""

    step: Step
    action: type[Action]
    outer: tuple[Spot, ...]
    section: Section
    top: int
    """Index of the top-level step it belongs to."""
    names: Mapping[str, Known]
    """What is in scope before it runs."""
    leaves: tuple[Leaf, ...] = field(default=(), compare=False, repr=False)
    """Every text, number and expression of its own parameters."""

    def expressions(self) -> Iterator[Expression]:
        """Every expression of its own parameters."""
        return (leaf.value for leaf in self.leaves if isinstance(leaf.value, Expression))

    @property
    def effect(self) -> str:
        return self.action.effect_of(self.step.params)

    def within(self, key: str) -> Spot | None:
        """The nearest block of this kind around it."""
        return next((spot for spot in reversed(self.outer) if spot.step.action == key), None)


@dataclass(slots=True)
class Subject:
    """One workflow, and, where a bot is known, the screen maps that play its roles."""

    workflow: Workflow
    library: Library
    bot: BotSpec | None
    maps: Mapping[str, ScreenMap]
    spots: list[Spot]
    flow: list[Diagnostic]
    """What following names and types has shown; the rules WR302 to WR306 each take theirs."""
    collected: Mapping[str, Known] = field(default_factory=dict)
    """Names in scope at the end of `collect`."""
    outputs: dict[str, Known] = field(default_factory=dict)
    """What is known of the workflow's outputs."""
    gaps: Gaps = field(default_factory=Gaps)
    """What of it could not be read."""

    def screen(self, role: str, screen: str) -> Screen | None:
        """A screen, if the role's map is known and has it."""
        found = self.maps.get(role)
        return found.screens.get(screen) if found is not None else None

    def screen_at(self, address: object) -> Screen | None:
        """The same by 'role.screen'."""
        role, _, screen = str(address).partition(".")
        return self.screen(role, screen)

    def steps(self, section: Section = "steps") -> Iterator[Spot]:
        return (spot for spot in self.spots if spot.section == section)

    def top_level(self) -> list[Spot]:
        """The steps of an item that stand in no block."""
        return [spot for spot in self.steps() if not spot.outer]

    def expressions(self) -> Iterator[Expression]:
        """Every expression there is: of the steps, and of what stands around them."""
        for spot in self.spots:
            yield from spot.expressions()
        written = self.workflow
        around: list[object] = list(written.outputs.values())
        if written.collect is not None:
            around += [written.collect.items, written.collect.only, *written.collect.take.values()]
        if (compare := written.compare) is not None:
            around += [compare.signed, compare.reported, compare.as_typed]
            around += [side for both in compare.findings.values() for side in (both.ours, both.theirs)]
        yield from (one for one in around if isinstance(one, Expression))

    def inside(self, block: Spot) -> list[Spot]:
        """Every step within a block, however deep."""
        return [spot for spot in self.spots if any(outer.step is block.step for outer in spot.outer)]

    def effects_in(self, spot: Spot) -> set[str]:
        """Effects of a step and of everything in it."""
        return {spot.effect, *(inner.effect for inner in self.inside(spot))}


def note(
    place: Place, code: str, message: str, hint: str = "", severity: Literal["error", "warning"] = "error"
) -> Diagnostic:
    """One diagnostic."""
    problems = Problems()
    problems.add(place, code, message, hint, severity)
    return problems.found[0]


def nested_blocks(step: Step) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """(key, steps) of every nested list of steps."""
    for key, value in step.params.items():
        if steps := nested(value):
            yield key, steps
