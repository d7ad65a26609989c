"""Presses that make something final. Each looks for its proof in the record opened anew, before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from robot_library.actions.addresses import current_view, keep_sight, split_screen, split_target
from robot_library.actions.typing import texts_for
from robot_library.errors import ApplicationException, SetupError
from robot_library.interfaces import Action, Context, Proof, ScreenRef, TableRef, Takes, TargetRef, View
from robot_library.model.by_hand import HandWork
from robot_library.model.finding import Accepted
from robot_library.model.report import Report
from robot_library.plugins import action


class FieldsProof(BaseModel):
    """What the record, opened anew, shows once the press has worked and only then."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)
    screen: ScreenRef
    where: dict[str, str] = {}
    fields: Annotated[Report | dict[str, str], Takes(("report",))]
    also: dict[str, str] = Field(default={}, alias="and")


class RowProof(BaseModel):
    """A table that shows the picture's file name once it is attached."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    screen: ScreenRef
    where: dict[str, str] = {}
    table: TableRef


async def opened_anew(ctx: Context, proof: Mapping[str, Any]) -> View:
    """The record in a new tab."""
    role, screen = split_screen(proof["screen"])
    session = await ctx.session(role)
    return await session.open(screen, proof["where"], fresh=True)


@action("save")
class Save(Action):
    """Press a button that makes what was typed final: save, send, sign. Once for each `once_per`, for ever.

    The proof names what only this press makes true. It is looked for in the record opened anew before the
    press, after it, and first of all after a crash: found means done, absent means press, unknown means a person.
    """

    effect = "commit"
    target: TargetRef = Field(description="A target with `use: commit`.")
    once_per: str = Field(min_length=1, description="What this may happen once for, such as the order.")
    proof: FieldsProof = Field(description="What shows that it worked.")

    async def hand_work(self, ctx: Context) -> HandWork | None:
        role, screen, target = split_target(self.target)
        return HandWork(what="save", screen=f"{role}.{screen}", target=target)

    async def run(self, ctx: Context) -> None:
        role, screen, target = split_target(self.target)
        session, view = await current_view(ctx, f"{role}.{screen}")
        _, proof_screen = split_screen(self.proof.screen)
        fields = texts_for(session.screen(proof_screen), self.proof.fields) | self.proof.also
        proof = {"screen": self.proof.screen, "where": self.proof.where, "fields": fields}
        done = await ctx.commit_once(
            self.once_per, proof, lambda wanted: Save.prove(ctx, wanted), lambda: view.press_commit(target)
        )
        ctx.verified(f"{done}; the record opened anew shows {', '.join(sorted(fields))}")

    @staticmethod
    async def prove(ctx: Context, proof: Mapping[str, Any]) -> Proof:
        """found: every field shows exactly this. absent: the server answered and some field does not."""
        try:
            view = await opened_anew(ctx, proof)
        except ApplicationException:
            return "unknown"
        try:
            shown = await view.read(tuple(proof["fields"]))
            if shown != proof["fields"]:
                return "absent"
            await keep_sight(ctx, f"{proof['screen']} opened anew", view)
            return "found"
        except ApplicationException:
            return "unknown"
        finally:
            await view.close()

    def title(self) -> str:
        return f"press {self.target}"


@action("attach")
class Attach(Action):
    """Attach the picture behind a finding to the record, once. Skipped where the screen map offers no such target."""

    effect = "commit"
    target: TargetRef = Field(description="A target with `use: commit` that takes a file.")
    image: Annotated[Accepted, Takes(("accepted",))] = Field(description="The finding whose picture is attached.")
    once_per: str = Field(min_length=1, description="What this may happen once for, such as the order.")
    proof: RowProof = Field(description="The table that then shows the file.")
    optional: ClassVar[tuple[str, ...]] = ("target", "table")
    """References that a screen map need not offer."""

    async def run(self, ctx: Context) -> None:
        role, screen, target = split_target(self.target)
        session, view = await current_view(ctx, f"{role}.{screen}")
        if target not in session.screen(screen).targets:
            ctx.detail("this system takes no picture")
            return
        ctx.acceptance.verify(self.image)
        made = self.image.finding.evidence
        kept = made.get("overlay") or made.get("film")
        if kept is None:
            raise SetupError(
                f"skill {self.image.finding.skill} made no picture to attach.",
                cure="Texts and tables have none: leave `attach` out of the workflow.",
            )
        picture = ctx.blobs.get(kept)
        name = f"wetread-{hashlib.sha256(picture).hexdigest()[:12]}.png"
        proof = {**self.proof.model_dump(), "file": name}
        done = await ctx.commit_once(
            f"{self.once_per}/picture",
            proof,
            lambda wanted: Attach.prove(ctx, wanted),
            lambda: view.upload(target, name, picture),
        )
        ctx.verified(f"{done}; the record opened anew lists the picture")

    @staticmethod
    async def prove(ctx: Context, proof: Mapping[str, Any]) -> Proof:
        """found: a row names the file."""
        table = split_target(proof["table"])[2]
        try:
            view = await opened_anew(ctx, proof)
        except ApplicationException:
            return "unknown"
        try:
            rows = await view.read_table(table)
        except ApplicationException:
            return "unknown"
        finally:
            await view.close()
        return "found" if any(proof["file"] in value for row in rows for value in row.values()) else "absent"

    def title(self) -> str:
        return f"attach a picture to {self.target}"
