"""Actions about whose record it is, and which order a study belongs to."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from robot_library.errors import StudyShared, TooFewIdentifiers
from robot_library.interfaces import Action, Context, Protection, ScreenRef, Steps, Takes
from robot_library.model.person import Identity
from robot_library.model.record import Record
from robot_library.model.study import Study
from robot_library.plugins import action

Person = Annotated[Record | Study, Takes(("record", "study"))]


def identity_of(person: Record | Study) -> Identity:
    """What a record or study says about its person; TooFewIdentifiers if it says nothing."""
    if person.identity is None:
        source = person.source if isinstance(person, Record) else "study"
        raise TooFewIdentifiers(
            f"{source} says nothing about whose record it is.",
            cure="Give its screen an `identity` in the screen map.",
        )
    return person.identity


@action("check_patient")
class CheckPatient(Action):
    """Make sure that independent sources speak of one person.

    At least two identifiers of the person (patient number with issuer, name, birth date) must agree and none
    may differ. Values that were used to look something up count for nothing. Otherwise the item is set aside.
    """

    effect = "read"
    main = "agree"
    agree: tuple[Person, ...] = Field(min_length=2, description="Records and studies read independently.")

    async def run(self, ctx: Context) -> None:
        ctx.verified(ctx.guard.agree([identity_of(person) for person in self.agree]))

    def title(self) -> str:
        return "check the patient"


@action("claim")
class Claim(Action):
    """Take a study for one order. A study that another order has taken goes to a person."""

    effect: ClassVar = "read"
    model_config = ConfigDict(populate_by_name=True)
    study: Annotated[Study, Takes(("study",))] = Field(description="The study.")
    order: str = Field(alias="for", description="The order that takes it.")

    async def run(self, ctx: Context) -> None:
        if not await ctx.journal.claim(f"study/{self.study.study_uid}"):
            raise StudyShared(
                "this study has been taken for another order already.",
                cure="A person decides which order the report belongs to.",
            )

    def title(self) -> str:
        return "take the study for this order"


class ProtectedPatient(BaseModel):
    """Whose record may be written, and on which screen."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)
    screen: ScreenRef
    is_: tuple[Person, ...] | Person = Field(alias="is")
    unchanged: dict[str, str] = {}
    """target → what it must still show: the procedure that was ordered, for one."""
    state: str | None = None
    """Name of the screen's state rules to hold, where its plain ones are not meant."""


@action("protect")
class Protect(Action):
    """Write into a record under guard: before each write inside, the patient is read again from the live
    screen and the order's state from the record opened anew. Any conflict stops the item, nothing typed.
    """

    effect = "block"
    patient: ProtectedPatient = Field(description="The screen that will be written, and whose it must be.")
    steps: Steps = Field(description="Steps that write; a final press (`save`, `attach`) is the last of them.")

    async def run(self, ctx: Context) -> None:
        who = self.patient.is_ if isinstance(self.patient.is_, tuple) else (self.patient.is_,)
        role, _, screen = self.patient.screen.partition(".")
        protection = Protection(
            role, screen, tuple(identity_of(person) for person in who), self.patient.unchanged, self.patient.state
        )
        with ctx.protecting(protection):
            await ctx.run_steps(self.steps, segment="steps")

    def title(self) -> str:
        return f"write {self.patient.screen} under guard"
