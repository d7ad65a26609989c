"""Typing into a record. Runs only inside `protect`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from robot_library.actions.addresses import current_view, keep_sight
from robot_library.errors import TypingNotProven
from robot_library.interfaces import Action, Context, ScreenRef, Takes
from robot_library.model.by_hand import HandWork
from robot_library.model.report import Report
from robot_library.model.screen import Screen
from robot_library.plugins import action

WHOLE_TEXT = "report"
"""A write target of this name takes the whole report as text."""


def texts_for(screen: Screen, values: Report | Mapping[str, str]) -> dict[str, str]:
    """Which text goes into which write target of a screen.

    A report binds by field id: a write target takes the field of its name, and one called `report` takes
    the whole text. A field that finds no place, with no `report` target either, is a TypingNotProven; and so is the
    first line of the text, which says that this is a draft.
    """
    writable = {name for name, target in screen.targets.items() if target.use == "write"}
    if not isinstance(values, Report):
        return dict(values)
    texts = {name: text for name, text in values.fields.items() if name in writable}
    if WHOLE_TEXT in writable:
        texts[WHOLE_TEXT] = values.text
    elif missing := sorted(set(values.fields) - writable):
        raise TypingNotProven(
            f"the screen has no place for the report's {', '.join(missing)}.",
            cure=f"Give the screen map a write target of that name, or one called `{WHOLE_TEXT}`.",
        )
    elif not any(values.text.strip().partition("\n")[0] in text for text in texts.values()):
        raise TypingNotProven(
            "the screen has no place for the words that say this is a draft.",
            cure=f"Give the screen map a write target called `{WHOLE_TEXT}`, or the template a field that says it.",
        )
    return texts


@action("fill")
class Fill(Action):
    """Type into the fields of the open screen and read them back.

    Nothing a person has written is overwritten: a field that is not empty stops the item.
    """

    effect = "write"
    model_config = ConfigDict(populate_by_name=True)
    screen: ScreenRef = Field(description="The screen that must be open.")
    values: Annotated[Report | dict[str, str], Takes(("report",))] = Field(
        alias="with", description="A report, or target: text."
    )
    read_back: Literal["exact"] = Field(default="exact", description="What was typed must be there, letter by letter.")

    async def hand_work(self, ctx: Context) -> HandWork | None:
        session, view = await current_view(ctx, self.screen)
        return HandWork(what="type", screen=self.screen, texts=texts_for(session.screen(view.screen), self.values))

    async def run(self, ctx: Context) -> None:
        session, view = await current_view(ctx, self.screen)
        texts = texts_for(session.screen(view.screen), self.values)
        for target, text in texts.items():
            if await view.fill(target, text) != text:
                raise TypingNotProven(
                    f"{self.screen}.{target} does not show what was typed.",
                    cure="Nothing was saved. Look whether the field limits or changes what is typed.",
                )
            ctx.verified(f"{target} reads back exactly ({len(text)} characters)")
        await keep_sight(ctx, f"{self.screen} typed", view)

    def title(self) -> str:
        return f"type into {self.screen}"
