"""A report on its way out: versions of it, who reviewed and released each, and what was critical in it.

A version is draft → reviewed → released, or taken back before that. What was released is never changed: a correction is
a new version that replaces it, an addendum a new version that adds to it, a retraction a new version that says: never
use any of this, it was entered in error.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from robot_library.model.base import Frozen
from robot_library.model.finding import Finding, Measurement
from robot_library.model.person import PatientId, PersonName
from robot_library.model.skill.outputs import Code
from robot_library.model.study import Image

Status = Literal["draft", "reviewed", "released", "taken_back", "entered_in_error"]
Relation = Literal["first", "correction", "addendum", "retraction"]
Role = Literal["reviewer", "clerk", "author", "operator", "admin"]
MAY_RELEASE: tuple[Role, ...] = ("reviewer",)
"""Roles that may say what a report's findings are, and release it."""


class Subject(Frozen):
    """Whose report it is, as the order and the study agreed before anything was typed.

    `id` is the number that the EHR goes by; `borne` the one in the images' headers, where it is another: one that the
    EHR's own record says was merged into `id`.
    """

    id: PatientId
    borne: str = ""
    name: PersonName
    birth_date: date | None = None
    sex: Literal["M", "F", "O", ""] = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number by which the report's patient goes, or went."""
        return (self.id.value, self.borne) if self.borne else (self.id.value,)


class OrderRef(Frozen):
    """What was ordered. `placer` and `filler` are the numbers by which EHR and department know the order."""

    accession: str = ""
    placer: str = ""
    filler: str = ""
    procedure: str = ""
    code: Code | None = None
    """Of the procedure; LOINC where the site has one."""
    issuer: str | None = None
    """Who gave the accession number."""


class StudyRef(Frozen):
    """The study that was read."""

    uid: str
    description: str = ""
    started: datetime | date | None = None
    """A date alone where the hour is not known."""
    modality: str = ""


class Section(Frozen):
    """One part of the text. `id` is the template's field or section; `code` its LOINC code, where it has one."""

    id: str
    title: str
    text: str
    code: Code | None = None


class Reported(Frozen):
    """One finding as it is reported: the model's answer, and what was decided about it by whom.

    `finding` is None where a person has reported something that no model has said.
    """

    label: str
    decision: Literal["positive", "negative"]
    by: Literal["operating_point", "person"]
    who: str
    code: Code | None = None
    finding: Finding | None = None
    note: str = ""
    """What is said of it besides; goes out with it."""

    @property
    def measured(self) -> tuple[Measurement, ...]:
        """The numbers that are reported with it: of what is not there, none. Those of another segment than the one that
        it speaks of go by their name alone: a code of theirs would say the same of this one."""
        if self.finding is None or self.decision != "positive":
            return ()
        own = f"{self.label}."
        return tuple(
            one if one.name.startswith(own) else one.model_copy(update={"code": ""})
            for one in self.finding.measurements
        )


class Content(Frozen):
    """Everything that a version says."""

    subject: Subject
    order: OrderRef
    study: StudyRef
    template: str
    title: str
    language: str = "en"
    sections: tuple[Section, ...]
    findings: tuple[Reported, ...] = ()
    images: tuple[Image, ...] = ()
    """What was read, with the kept bytes: DICOM outputs take patient and study from there."""
    code: Code = Code(scheme="LOINC", value="18748-4", meaning="Diagnostic imaging study")
    """What kind of report it is."""

    @property
    def text(self) -> str:
        """All sections as plain text."""
        return "\n\n".join(f"{one.title.upper()}:\n{one.text}" if one.title else one.text for one in self.sections)


class Signed(Frozen):
    """Who did something, in which role, when (UTC)."""

    who: str
    role: str
    at: datetime


class ReportVersion(Frozen):
    """One version of one report. `report` is the same in all its versions, `id` is this one's; both are opaque."""

    kind: Literal["report_version"] = "report_version"
    id: str
    report: str
    number: int = Field(ge=1)
    item: str
    bot: str
    relation: Relation = "first"
    replaces: str = ""
    """Id of the version before it: the one that it corrects or adds to."""
    why: str = ""
    """Why it was corrected, added to or taken back, in a person's words. A retraction's goes to nobody."""
    status: Status = "draft"
    content: Content
    made: Signed
    changed: datetime
    reviewed: Signed | None = None
    released: Signed | None = None
    cleared: Signed | None = None
    """Of a retraction: who has seen to what a bot had typed into the record, which nobody but a person can undo."""
    cleared_how: str = ""
    step: int = 1
    """Counts what happened to this version; whoever changes it says which step it was read at."""
    acted: str = ""
    """Who did this step."""


class CriticalResult(Frozen):
    """A result that somebody must hear of at once, and who did.

    `told` and `how` are empty as long as nobody was told.
    """

    kind: Literal["critical_result"] = "critical_result"
    id: str
    item: str
    bot: str
    version: str = ""
    """The report's version that says so, where there is one already."""
    what: str
    found: Signed
    told: str = ""
    how: str = ""
    by: Signed | None = None
    """Who told them, and when."""
    read_back: bool = False
    """They repeated it, and it was right."""
    acknowledged: Signed | None = None
    noted: str = ""
    """Who wrote down that it was acknowledged, where it was somebody else."""
