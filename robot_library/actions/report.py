"""From a reading to a draft: skills, acceptance, report text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from robot_library.actions.review import Show
from robot_library.errors import AuthoringError, NeedsPerson
from robot_library.interfaces import Action, Context, SkillRef, Takes, TemplateRef, WaitForPerson
from robot_library.model.finding import Abstention, Accepted, Finding
from robot_library.model.report import Report
from robot_library.model.review import OURS, Asked
from robot_library.model.run import Evidence
from robot_library.model.study import Image, Stack, Study
from robot_library.model.values import Duration, ValueType
from robot_library.plugins import action


@action("run_skill")
class RunSkill(Action):
    """Let a skill look at one image, or at what else it reads. It answers with a finding, or abstains with a coded
    reason. Exactly one of image, stack, text and values is given: the one that the skill's manifest names as its input.
    """

    effect = "compute"
    gives: ClassVar[tuple[ValueType, ...]] = ("finding", "abstention")
    skill: SkillRef = Field(description="Name of the skill.")
    image: Annotated[Image | None, Takes(("image",))] = Field(default=None, description="The image.")
    stack: Annotated[Stack | None, Takes(("stack",))] = Field(
        default=None, description="The series of a volume, by channel (choose_series)."
    )
    text: str | None = Field(default=None, description="The text.")
    values: dict[str, float] | None = Field(default=None, description="column: value, of a table with one row.")

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if sum(one is not None for one in (self.image, self.stack, self.text, self.values)) != 1:
            raise ValueError("takes exactly one of image, stack, text and values")
        return self

    async def run(self, ctx: Context) -> Finding | Abstention:
        subject = next(one for one in (self.image, self.stack, self.text, self.values) if one is not None)
        answer = await ctx.skills.run(self.skill, subject)
        rows = [*_given(subject), *_said(answer)]
        await ctx.evidence("table", "what the skill was given, and what it said", json.dumps(rows).encode())
        if isinstance(answer, Abstention):
            ctx.detail(f"abstained: {answer.code}")
            return answer
        ctx.detail(
            f"{answer.label}: {answer.decision} (score {answer.score:.3f}, point {answer.operating_point}, "
            f"{answer.provider})"
        )
        if answer.measurements:
            said = (f"{one.name} {one.text or f'{one.value:.4g} {one.unit}'.strip()}" for one in answer.measurements)
            ctx.detail("; ".join(said))
        if overlay := answer.evidence.get("overlay"):
            ctx.show(Evidence(kind="overlay", title="where the model looked", blob=overlay, masked=False))
        elif film := answer.evidence.get("film"):
            ctx.show(Evidence(kind="image", title="the film, without a map", blob=film, masked=False))
        for remark in answer.remarks:
            ctx.detail(remark)
        return answer

    def title(self) -> str:
        return f"run skill {self.skill}"


def _given(subject: Image | Stack | str | Mapping[str, float]) -> list[tuple[str, str]]:
    """What a skill was given, in shape and kind; never a value of a patient."""
    if isinstance(subject, Image):
        size = f"{subject.rows} × {subject.columns}" + (f" × {subject.frames}" if subject.frames > 1 else "")
        modality = subject.header.get("Modality", "")
        return [("given", f"one image, {size}, {subject.role} view, {modality} from {subject.source}")]
    if isinstance(subject, Stack):
        return [("given", f"a stack of series: {', '.join(sorted(subject.channels))}")]
    if isinstance(subject, str):
        return [("given", f"a text of {len(subject)} characters")]
    return [("given", f"a row with {', '.join(sorted(subject))}")]


def _said(answer: Finding | Abstention) -> list[tuple[str, str]]:
    model = [("skill", f"{answer.skill} {answer.skill_version}"), ("model", f"sha256 {answer.model_sha256[:12]}…")]
    if isinstance(answer, Abstention):
        return [*model, ("abstained", answer.code)]
    points = ", ".join(f"{name} {value:.3f}" for name, value in answer.thresholds.items())
    return [
        *model, ("decision", f"{answer.label}: {answer.decision}"), ("score", f"{answer.score:.3f}"),
        ("operating point", f"{answer.operating_point}{f' ({points})' if points else ''}"),
        *((one.name, one.text or f"{one.value:.4g} {one.unit}".strip()) for one in answer.measurements),
        ("took", f"{answer.seconds:.2f} s on {answer.provider}"),
    ]  # fmt: skip


@action("accept")
class Accept(Action):
    """Nothing unaccepted is reported: a certain finding is accepted by its operating point, an uncertain one
    waits for a person, an abstention goes to a person. Late, absent or rejecting reviewers never lead on.
    """

    effect = "wait"
    gives: ClassVar[tuple[ValueType, ...]] = ("accepted",)
    finding: Annotated[Finding | Abstention, Takes(("finding", "abstention"))] = Field(description="The reading.")
    ask: str = Field(description="Role or person who decides.")
    wait: Duration = Field(description="How long the item waits for an answer before it is left with the person.")
    show: Show | None = Field(default=None, description="What the person is shown on the review page.")

    async def run(self, ctx: Context) -> Accepted:
        if isinstance(self.finding, Abstention):
            raise NeedsPerson(f"{self.finding.skill} abstained ({self.finding.code}): {self.finding.reason}")
        if accepted := ctx.acceptance.by_operating_point(self.finding):
            ctx.verified(f"accepted by operating point {self.finding.operating_point}")
            return accepted
        answer = await ctx.answer()
        if answer is None:
            code, reason = self._asked(ctx, self.finding)
            shown = self.show.asked(ctx, self.finding) if self.show else Asked(finding=self.finding)
            raise WaitForPerson(self.ask, reason, code, self.wait.total_seconds(), shown)
        accepted = ctx.acceptance.by_person(self.finding, answer)
        ctx.verified(f"{answer.verdict}ed by a person")
        return accepted

    def _asked(self, ctx: Context, finding: Finding) -> tuple[str, str]:
        """Why a person is asked: code and reason."""
        if ctx.stage == "limited" and finding.decision != "uncertain":
            return "Reviewed", f"{finding.skill} is certain; while this bot is limited, a person reviews every item"
        why = (
            "the score lies between its operating points"
            if "rule_out" in finding.thresholds
            else "what it found it may not report alone"
        )
        return "Uncertain", f"{finding.skill} is uncertain: {why}"

    def title(self) -> str:
        return "accept the finding"


COVERED = "•••"
"""In the place of what may name a patient or an image."""


@action("draft_report")
class DraftReport(Action):
    """Fill a report template from accepted findings. The result is a draft until a person signs it."""

    effect = "compute"
    gives: ClassVar[tuple[ValueType, ...]] = ("report",)
    template: TemplateRef = Field(description="Name of the template.")
    findings: Annotated[tuple[Accepted, ...] | Accepted, Takes(("accepted",))] = Field(
        description="Accepted findings only."
    )
    study: Annotated[Study, Takes(("study",))] = Field(description="The study that was read.")
    values: dict[str, str] = Field(default={}, description="template field: text, for fields no finding fills.")

    async def run(self, ctx: Context) -> Report:
        findings = self.findings if isinstance(self.findings, tuple) else (self.findings,)
        for finding in findings:
            ctx.acceptance.verify(finding)
        read = {uid for finding in findings for uid in finding.finding.read} - {""}
        strangers = read - {image.sop_instance_uid for image in self.study.images}
        if strangers:
            raise NeedsPerson("a finding is of an image that is not in this study.")
        if taken := sorted(OURS & set(self.values)):
            raise AuthoringError(f"`values` may not say {', '.join(taken)}: the draft says that itself.")
        values = {**self.values, "study_uid": self.study.study_uid, "study_date": self.study.study_date}
        report = ctx.reports.draft(self.template, findings, values)
        await ctx.evidence("text", "report draft", report.text.encode(), masked=False)
        await ctx.evidence(
            "text", "report draft, what was filled in covered", self._covered(ctx, findings, values, read)
        )
        return report

    def _covered(
        self, ctx: Context, findings: tuple[Accepted, ...], values: Mapping[str, str], read: Iterable[str]
    ) -> bytes:
        """The draft without what the workflow and people have written into it, and without the images' numbers."""
        bare = [one.model_copy(update={"edits": dict.fromkeys(one.edits, COVERED)}) for one in findings]
        text = ctx.reports.draft(self.template, bare, dict.fromkeys(values, COVERED)).text
        for uid in read:
            text = text.replace(uid, COVERED)
        return text.encode()

    def title(self) -> str:
        return f"draft report {self.template}"
