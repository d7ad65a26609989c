"""What `accept` lets the person see whom it asks: who it is, the images, the draft for each decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from robot_library.actions.patient import Person, identity_of
from robot_library.errors import ItemError
from robot_library.interfaces import Context, ScreenRef, Takes, TemplateRef
from robot_library.model.finding import Accepted, Finding
from robot_library.model.record import Record
from robot_library.model.review import Asked, Place
from robot_library.model.study import Image, Stack, Study

Decided = Literal["positive", "negative"]
_EITHER: tuple[Decided, Decided] = ("positive", "negative")


class InPacs(BaseModel):
    """Where the study opens in the PACS, with one click."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    screen: ScreenRef = Field(description="A screen whose way begins at an address.")
    where: dict[str, str] = Field(default={}, description="What the address is filled from.")


class Show(BaseModel):
    """What a person sees on the review page. Kept sealed beside the request."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    patient: tuple[Person, ...] = Field(min_length=1, description="Who it is: records and studies that agreed.")
    images: tuple[Annotated[Image | Stack, Takes(("image", "stack"))], ...] = Field(
        default=(), description="The images that were read, in this order."
    )
    template: TemplateRef | None = Field(default=None, description="Template of the report that is drafted next.")
    values: dict[str, str] = Field(default={}, description="template field: text, as for draft_report.")
    pacs: InPacs | None = Field(default=None, description="Where the study opens in the PACS.")

    def asked(self, ctx: Context, finding: Finding) -> Asked:
        """Everything, with the draft as it would be for each decision."""
        study = next((one for one in self.patient if isinstance(one, Study)), None)
        records = [one for one in self.patient if isinstance(one, Record)]
        values = {**self.values, **({"study_uid": study.study_uid, "study_date": study.study_date} if study else {})}
        return Asked(
            finding=finding,
            patients=tuple(identity_of(one) for one in self.patient),
            images=tuple(image for one in self.images for image in _images(one)),
            study=study,
            order={name: text for record in records for name, text in record.fields.items()},
            template=self.template or "",
            fields=ctx.reports.fields(self.template) if self.template else (),
            drafts=_drafts(ctx, self.template, finding, values) if self.template else {},
            pacs=Place(screen=self.pacs.screen, where=self.pacs.where) if self.pacs else None,
        )


def _images(one: Image | Stack) -> tuple[Image, ...]:
    return one.images if isinstance(one, Stack) else (one,)


def _drafts(ctx: Context, template: str, finding: Finding, values: Mapping[str, str]) -> dict[Decided, dict[str, str]]:
    """The report's fields for each decision; one that the template cannot say is left out. What stands here is shown
    only: it bears no seal, and nothing can report it."""
    found: dict[Decided, dict[str, str]] = {}
    for decision in _EITHER:
        supposed = Accepted(finding=finding, by="person", who="–", decision=decision)
        try:
            found[decision] = ctx.reports.draft(template, (supposed,), values).fields
        except ItemError:
            continue
    return found
