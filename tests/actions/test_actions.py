"""What single actions refuse. What they do together is in tests/promises, on real screens."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, cast

import pytest

from robot_library.actions.flow import Check, OnError, Stop
from robot_library.actions.images import ChooseImages, FetchStudy
from robot_library.actions.patient import Claim, identity_of
from robot_library.actions.report import DraftReport
from robot_library.actions.review import Show
from robot_library.actions.typing import Fill, texts_for
from robot_library.errors import (
    AuthoringError,
    BusinessException,
    ItemError,
    NeedsPerson,
    OrderHeld,
    PatientMismatch,
    StudyIncomplete,
    StudyNotFound,
    StudyShared,
    StudyUnreadable,
    TargetNotFound,
    TooFewIdentifiers,
    TypingNotProven,
)
from robot_library.interfaces import Action, Context, PersonAnswer
from robot_library.model.finding import Accepted, Finding
from robot_library.model.person import Identity
from robot_library.model.record import Record
from robot_library.model.report import Report
from robot_library.model.screen import Screen
from robot_library.model.study import Image, Study
from robot_library.parsing.library import Library, bundled
from robot_library.reports.draft import TemplateReports
from robot_library.safeguards.acceptance import AcceptanceGuard

DICOM = Identity(source="dicom", system="dicom")
FINDING = Finding(
    skill="chest-xray-pneumonia", skill_version="1", model_sha256="ab", provider="CPU", label="pneumonia", score=0.97,
    decision="positive", operating_point="rule_in", image_uid="1.1",
)  # fmt: skip


def image(role: Any = "frontal", uid: str = "1.1") -> Image:
    return Image(sop_instance_uid=uid, source="dicomweb", blob="b", sha256="s", role=role)


def study(*images: Image, **more: Any) -> Study:
    given = {"accession": "ACC1", "expected_images": len(images), **more}
    return Study(study_uid="1", source="dicomweb", identity=DICOM, images=images, **given)


class Desk:
    """As much of a step's context as these actions ask for."""

    def __init__(self, failure: ItemError | None = None) -> None:
        self.acceptance = AcceptanceGuard(lambda text: hmac.new(b"site", text.encode(), hashlib.sha256).hexdigest())
        library = Library(bundled())
        self.reports = TemplateReports(lambda name: library.path("template", name))
        self.ran: list[str] = []
        self._failure = failure
        self.journal = self
        self.stage = "live"

    async def run_steps(self, steps: Any, *, segment: str, names: Mapping[str, Any] | None = None) -> dict[str, Any]:
        self.ran.append(segment)
        if segment == "steps" and self._failure is not None:
            raise self._failure
        return {}

    async def evidence(self, kind: str, title: str, data: bytes, *, masked: bool = True) -> None: ...
    def detail(self, text: str) -> None: ...
    def verified(self, text: str) -> None: ...
    async def claim(self, name: str) -> bool:
        return False

    def accepted(self, **changes: Any) -> Accepted:
        made = self.acceptance.by_operating_point(FINDING.model_copy(update=changes))
        assert made is not None
        return made


def at(desk: Desk) -> Context:
    return cast(Context, desk)


# ---- images ----


@pytest.mark.parametrize(
    "images",
    [
        (),
        (image("lateral"),),
        (image("unknown"),),
        (image(), image(uid="1.2")),
        (image(), image("unknown", "1.2")),
    ],
    ids=["none", "lateral", "unknown", "two", "one and an unknown"],
)
async def test_an_image_is_never_guessed(images: tuple[Image, ...]) -> None:
    with pytest.raises(NeedsPerson):
        await ChooseImages.model_validate({"from": study(*images)}).run(at(Desk()))


async def test_the_one_frontal_image_is_chosen() -> None:
    wanted = study(image("lateral", "1.2"), image())
    assert await ChooseImages.model_validate({"from": wanted}).run(at(Desk())) == image()


@pytest.mark.parametrize(
    ("came", "asked", "why"),
    [
        (study(image(), refused=(("1.2", "unparsable"),)), {}, StudyUnreadable),
        (study(image(), accession="ACC2"), {}, StudyNotFound),
        (study(image(), accession=""), {}, StudyNotFound),
        (study(image()), {"study_uid": "2"}, StudyNotFound),
        (study(image(), expected_images=2), {}, StudyIncomplete),
        (study(image()), {"expected": "2"}, StudyIncomplete),
        (study(image()), {"expected": "several"}, NeedsPerson),
        (study(image(), expected_images=None), {}, NeedsPerson),
    ],
)
def test_a_study_is_whole_and_the_one_asked_for(came: Study, asked: dict[str, str], why: type[Exception]) -> None:
    with pytest.raises(why):
        FetchStudy.model_validate({"from": "pacs", "accession": "ACC1", **asked})._check(came)


async def test_an_order_without_accession_number_finds_no_study() -> None:
    """A study whose objects disagree on the number has none either."""
    with pytest.raises(StudyNotFound):
        await FetchStudy.model_validate({"from": "pacs", "accession": "  "}).run(at(Desk()))


# ---- patients ----


def test_a_record_that_says_nothing_about_its_person_proves_nothing() -> None:
    with pytest.raises(TooFewIdentifiers):
        identity_of(Record(source="screen:ehr.worklist", fields={"mrn": "1"}))


async def test_a_study_taken_by_another_order_goes_to_a_person() -> None:
    with pytest.raises(StudyShared):
        await Claim.model_validate({"study": study(image()), "for": "REQ1"}).run(at(Desk()))


@pytest.mark.parametrize("failure", [PatientMismatch("x."), TooFewIdentifiers("x."), StudyShared("x.")])
async def test_no_author_passes_over_a_doubt_about_the_person(failure: BusinessException) -> None:
    desk = Desk(failure)
    with pytest.raises(type(failure)):
        await OnError(steps=(), do=()).run(at(desk))
    assert desk.ran == ["steps", "do"]


@pytest.mark.parametrize("step", [Stop(reason="Urgent."), Check(that=False, otherwise="Urgent.")])
async def test_no_author_passes_over_what_the_workflow_gives_to_a_person(step: Action) -> None:
    """An urgent order that a `stop` in `on_error` has given to a person would be typed all the same."""
    with pytest.raises(NeedsPerson) as given:
        await step.run(at(Desk()))
    desk = Desk(given.value)
    with pytest.raises(NeedsPerson, match="Urgent"):
        await OnError(steps=(), do=()).run(at(desk))
    assert desk.ran == ["steps", "do"]


@pytest.mark.parametrize("failure", [OrderHeld("x."), TargetNotFound("x."), NeedsPerson("x.")])
async def test_other_failures_are_the_authors_to_handle(failure: ItemError) -> None:
    desk = Desk(failure)
    await OnError(steps=(), do=()).run(at(desk))
    assert desk.ran == ["steps", "do"]


# ---- reports ----


def drafting(desk: Desk, findings: Any, **more: Any) -> DraftReport:
    return DraftReport(template="chest-xray", findings=findings, study=study(image()), **more)


async def test_a_draft_says_what_was_read_and_that_it_is_a_draft() -> None:
    desk = Desk()
    report = await drafting(desk, desk.accepted(), values={"reported_by": "RPA Bot"}).run(at(desk))
    assert report.text.startswith("AI DRAFT, NOT VERIFIED")
    assert report.fields["images"] == "1.1"


async def test_what_is_kept_to_be_looked_at_names_neither_patient_nor_image() -> None:
    desk = Desk()
    kept: list[tuple[str, bytes, bool]] = []

    async def evidence(kind: str, title: str, data: bytes, *, masked: bool = True) -> None:
        kept.append((title, data, masked))

    context = at(desk)
    context.evidence = evidence  # type: ignore[attr-defined]
    edited = desk.accepted(edits={"findings": "Ana Muñoz again"})
    report = await drafting(desk, edited, values={"reported_by": "Ana Muñoz"}).run(context)
    assert "Ana Muñoz" in report.text
    assert "1.1" in report.text
    (_, whole, shown), (_, covered, masked) = kept
    assert (shown, masked) == (False, True)
    assert whole.decode() == report.text
    for secret in ("Ana", "Muñoz", "1.1\n", "1.2"):
        assert secret not in covered.decode(), secret
    assert covered.decode().startswith("AI DRAFT, NOT VERIFIED")


async def test_a_finding_of_another_studys_image_is_not_reported() -> None:
    desk = Desk()
    with pytest.raises(NeedsPerson, match="not in this study"):
        await drafting(desk, desk.accepted(image_uid="9.9")).run(at(desk))


async def test_a_forged_acceptance_is_not_reported() -> None:
    desk = Desk()
    forged = Accepted(finding=FINDING, by="person", who="Dr Nobody", decision="positive", seal="ab")
    with pytest.raises(NeedsPerson, match="seal"):
        await drafting(desk, forged).run(at(desk))


async def test_two_findings_of_one_thing_are_not_one_of_them() -> None:
    desk = Desk()
    both = (desk.accepted(), desk.accepted(decision="negative"))
    with pytest.raises(NeedsPerson, match="several accepted findings"):
        await drafting(desk, both).run(at(desk))


@pytest.mark.parametrize("name", ["images", "basis", "model", "study_uid", "study_date"])
async def test_an_author_does_not_say_what_was_read_and_why(name: str) -> None:
    desk = Desk()
    with pytest.raises(AuthoringError, match=name):
        await drafting(desk, desk.accepted(), values={name: "something else"}).run(at(desk))


# ---- typing ----


def form(*writable: str) -> Screen:
    targets = {name: {"find": [{"label": name}], "use": "write"} for name in writable}
    return Screen.model_validate({"seen_by": [{"text": "Form"}], "targets": targets})


REPORT = Report(template="t", title="T", fields={"findings": "F", "impression": "I"}, text="AI DRAFT\n\nF\nI")


def test_a_report_finds_its_places_or_is_not_typed() -> None:
    assert texts_for(form("report", "impression"), REPORT) == {"report": REPORT.text, "impression": "I"}
    with pytest.raises(TypingNotProven, match="findings"):
        texts_for(form("impression"), REPORT)


def test_a_report_is_not_typed_without_the_words_that_it_is_a_draft() -> None:
    with pytest.raises(TypingNotProven, match="this is a draft"):
        texts_for(form("findings", "impression"), REPORT)
    saying = REPORT.model_copy(update={"fields": {**REPORT.fields, "findings": "AI DRAFT\nF"}})
    assert texts_for(form("findings", "impression"), saying) == saying.fields


class Form(Desk):
    """A form whose box keeps something else than what is typed."""

    async def session(self, role: str) -> Any:
        return FormSession()


class FormSession:
    def __init__(self) -> None:
        self.view = self

    screen_map = form("report")

    @property
    def screen(self) -> Any:
        return Name("form", self.screen_map)

    async def fill(self, target: str, text: str) -> str:
        return text[:10]


class Name(str):
    """The view's screen name, which the session also answers screens by."""

    _map: Screen

    def __new__(cls, name: str, screen_map: Screen) -> Name:
        made = super().__new__(cls, name)
        made._map = screen_map
        return made

    def __call__(self, name: str) -> Screen:
        return self._map


async def test_what_does_not_read_back_exactly_is_not_saved() -> None:
    with pytest.raises(TypingNotProven, match="does not show what was typed"):
        await Fill.model_validate({"screen": "ehr.form", "with": {"report": "More than ten letters"}}).run(at(Form()))


# ---- what a person is shown, and what they write ----


def show(**more: Any) -> Show:
    patient = Record(source="screen:ehr.order", fields={"accession": "ACC1"}, identity=DICOM)
    return Show.model_validate({"patient": [patient, study(image())], "images": [image()], **more})


async def test_whoever_is_asked_sees_the_draft_for_each_decision() -> None:
    asked = show(template="chest-xray", values={"reported_by": "Robot"}).asked(at(Desk()), FINDING)
    assert asked.drafts["positive"]["impression"] == "Suspected pneumonia. Please read with priority."
    assert asked.drafts["negative"]["impression"] == "Pneumonia unlikely by the model."
    assert asked.order == {"accession": "ACC1"}
    assert [field.id for field in asked.fields if field.administrative] == ["procedure"]
    assert {field.id for field in asked.fields if field.ours} == {"images", "basis", "model"}


async def test_a_persons_words_stand_in_the_draft_under_their_name_and_its_own_facts_stay() -> None:
    desk = Desk()
    answer = PersonAnswer(verdict="correct", who="Dr A", decision="positive", edits={"impression": "Apical mass."})
    accepted = desk.acceptance.by_person(FINDING, answer)
    desk.acceptance.verify(accepted)
    report = await DraftReport(template="chest-xray", findings=accepted, study=study(image())).run(at(desk))
    assert report.fields["impression"] == "Apical mass."
    assert "Apical mass." in report.text
    assert "edited by Dr A: impression" in report.fields["basis"]
    with pytest.raises(NeedsPerson, match="seal"):
        desk.acceptance.verify(accepted.model_copy(update={"edits": {"impression": "Normal."}}))
    for field in ("basis", "model", "nothing"):
        forged = desk.acceptance.by_person(FINDING, answer.model_copy(update={"edits": {field: "x"}}))
        with pytest.raises(NeedsPerson, match="does not let them"):
            await DraftReport(template="chest-xray", findings=forged, study=study(image())).run(at(desk))


def test_what_was_sealed_before_there_were_edits_holds_still() -> None:
    desk = Desk()
    plain = desk.accepted()
    said = plain.model_dump(mode="json", exclude={"seal", "edits"})
    text = "accepted:" + json.dumps(said, sort_keys=True, ensure_ascii=True)
    assert plain.seal == hmac.new(b"site", text.encode(), hashlib.sha256).hexdigest()
