"""A case: one item of a workflow, the world it is tried in, and what is to come of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from robot_library.errors import Outcome
from robot_library.model.base import Frozen
from robot_library.model.diagnostic import Place
from robot_library.model.pattern import NoPattern, pattern


class DemoHospital(Frozen):
    """A demo hospital, built and started for the case alone. Nothing else is reached."""

    scenario: Literal["chest", "brain", "quality"] = "chest"
    """Orders for chest films, orders for MRI of the brain, or watched X-ray devices."""
    seed: int = 1
    """Another seed, other people, orders and films."""


class Answer(Frozen):
    """What a person says when the item waits for one."""

    verdict: Literal["accept", "correct", "reject"]
    decision: Literal["positive", "negative"] | None = None
    """With `correct`: what it is instead."""


class Words(Frozen):
    """What a text must be. Everything that is said must hold."""

    is_: str | None = Field(default=None, alias="is")
    """The whole text, letter by letter."""
    contains: tuple[str, ...] = ()
    """Each of these stands in it."""
    lacks: tuple[str, ...] = ()
    """None of these stands in it."""
    matches: str | None = None
    """A regular expression that the whole text fits; '.' stands for line ends too."""

    @model_validator(mode="after")
    def _says_something(self) -> Words:
        if self.is_ is None and self.matches is None and not self.contains and not self.lacks:
            raise ValueError("takes at least one of is, contains, lacks and matches")
        try:
            pattern(self.matches or "")
        except NoPattern as no:
            raise ValueError(f"'matches' is no regular expression: {no}") from None
        return self


class Expected(Frozen):
    """What is to come of the item."""

    outcome: Outcome
    """What the item becomes."""
    code: str | None = None
    """Why, as in PatientMismatch; left out, any reason of the item's own will do. That something was not found on a
    screen, or that a file is wrong, is none: such a code is named."""
    typed: dict[str, Words] = {}
    """role.screen.target: what was typed there, last."""
    pressed: tuple[str, ...] | None = None
    """role.screen.target of everything that was pressed for good, in order; [] for nothing. Left out: not asked."""


class Case(Frozen):
    """workflows/<workflow>/cases/<name>.yaml: run by `wetread test`."""

    case: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    """Its name: the name of its file."""
    about: str = Field(min_length=1)
    """What it shows, in a sentence."""
    bot: str
    """The bot whose systems play the workflow's roles."""
    hospital: DemoHospital | None = None
    """Tried at a demo hospital of its own; so it is, too, where neither is said."""
    recorded: str | None = None
    """Tried on recorded screens (`wetread screens snapshot`): the folder below the project that holds them."""
    item: dict[str, str] = {}
    """The item's inputs. Made-up values only: this file is read by everybody."""
    answers: tuple[Answer, ...] = ()
    """What people say, in turn, when the item waits for one."""
    expect: Expected
    """What is to come of it."""
    place: Place | None = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _one_world(self) -> Case:
        if self.hospital is not None and self.recorded is not None:
            raise ValueError("a case is tried at a `hospital` or on `recorded` screens, not both")
        return self
