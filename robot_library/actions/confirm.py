"""Whoever starts a bot by hand confirms whose record it is."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from robot_library.actions.patient import Person, identity_of
from robot_library.errors import NeedsPerson, NotThePatient
from robot_library.interfaces import Action, Context, WaitForPerson
from robot_library.model.confirm import CONFIRM, Whose
from robot_library.model.values import Duration
from robot_library.plugins import action


@action("confirm_patient")
class ConfirmPatient(Action):
    """Ask whoever started the bot by hand whether this is the patient they mean. Without a yes nothing below runs. An
    item that nobody started by hand (a schedule, a worklist) is not asked about; its guards are the same.

    A yes is no identifier: `check_patient` and the guard before each write hold all the same.
    """

    effect = "wait"
    main = "patient"
    patient: tuple[Person, ...] | Person = Field(description="What was read of the patient, and agreed.")
    wait: Duration = Field(default=timedelta(minutes=30), description="How long the item waits for the answer.")

    gives: ClassVar = ()

    async def run(self, ctx: Context) -> None:
        if not ctx.started_by:
            ctx.detail("nobody started this by hand: nobody is asked")
            return
        answer = await ctx.answer()
        if answer is None:
            people = self.patient if isinstance(self.patient, tuple) else (self.patient,)
            shown = Whose(patients=tuple(identity_of(person) for person in people))
            raise WaitForPerson(
                ctx.started_by, "is this the patient you mean?", CONFIRM, self.wait.total_seconds(), shown
            )
        if answer.about != "patient":
            raise NeedsPerson("what was answered is not whether this is the patient.")
        if answer.verdict != "accept":
            raise NotThePatient(
                "whoever started this says that it is not the patient they mean. Nothing was typed.",
                cure="Look at the number they gave.",
            )
        ctx.verified("whoever started it has confirmed the patient")

    def title(self) -> str:
        return "confirm the patient"
