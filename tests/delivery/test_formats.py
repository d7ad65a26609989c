"""FHIR, HL7 and text, read back by other hands: fhir.resources and the standard's value sets, the hl7 package."""

from __future__ import annotations

import base64
import json
from datetime import date

import hl7
import pytest
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_library.errors import NotDelivered
from robot_library.reports.outputs.fhir import checked, diagnostic_report
from robot_library.reports.outputs.fhir_sets import wrong_codes
from robot_library.reports.outputs.hl7 import control_id, escaped, oru_r01, plainly
from robot_library.reports.outputs.page import page
from tests.delivery.conftest import NASTY, Brain, two_segments

STAGES = [
    ({"status": "reviewed"}, "preliminary", "P"), ({}, "final", "F"),
    ({"number": 2, "relation": "correction", "why": "overlooked"}, "amended", "C"),
    ({"number": 2, "relation": "addendum"}, "appended", "C"), ({"status": "taken_back"}, "cancelled", "X"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "fhir", "letter"), STAGES)
def test_every_step_is_told_in_each_standards_words(
    brain: Brain, step: dict[str, object], fhir: str, letter: str
) -> None:
    version = brain.version(**step)
    resource = json.loads(diagnostic_report(version, {"DEMO": "urn:oid:1.2.3"}, b"%PDF-1.7"))
    report = DiagnosticReport.model_validate(resource)
    assert wrong_codes(resource) == []
    assert (report.status, report.identifier[0].value) == (fhir, version.report)
    assert (report.subject.identifier.value, report.subject.identifier.system) == ("00042", "urn:oid:1.2.3")
    assert {one.identifier.value for one in report.basedOn} == {"P1", "F1", "A1"}
    assert report.imagingStudy[0].identifier.value == f"urn:oid:{brain.content.study.uid}"
    (observation,) = report.contained
    assert report.result[0].reference == f"#{observation.id}"
    assert (observation.code.coding[0].system, observation.code.coding[0].code) == (
        "http://snomed.info/sct",
        "108369006",
    )
    assert [float(one.valueQuantity.value) for one in observation.component] == [30.125, 40.0, 4.0]
    assert report.issued is not None
    assert report.conclusion == "Suspected tumour."
    text = base64.b64decode(resource["presentedForm"][0]["data"]).decode()
    assert NASTY in text
    assert report.presentedForm[1].contentType == "application/pdf"

    parsed = hl7.parse(oru_r01(version, "v.3"))
    assert {str(row[11]) for row in parsed.segments("OBX")} == {letter}
    obr, pid, msh = parsed.segment("OBR"), parsed.segment("PID"), parsed.segment("MSH")
    assert str(obr[25]) == letter
    assert (str(obr[2]), str(obr[3]), str(obr[18])) == ("P1", "F1", "A1")
    assert (str(pid[3][0][0]), str(pid[5][0][0]), str(pid[7])) == ("00042", "Muñoz", "19900102")
    assert str(msh[10]) == control_id("v.3")
    values = {str(row[3][0][0]): row for row in parsed.segments("OBX")}
    assert (str(values["118565006"][5]), str(values["118565006"][2])) == ("30.125", "NM")
    back = hl7.Message.unescape(parsed, str(values["59776-5"][5]))
    assert back.replace("\r", "\n") == NASTY

    html = page(version)
    assert {"reviewed": "PRELIMINARY", "taken_back": "WITHDRAWN"}.get(version.status, "eport") in html
    assert "&lt;" not in html


def test_of_what_a_person_found_absent_no_number_goes_out(brain: Brain) -> None:
    """The model outlined 30 ml; the reviewer found no tumour there."""
    (found,) = brain.content.findings
    absent = found.model_copy(update={"decision": "negative"})
    version = brain.version(content=brain.content.model_copy(update={"findings": (absent,)}))
    (observation,) = json.loads(diagnostic_report(version, {}))["contained"]
    assert observation["valueCodeableConcept"]["text"] == "absent"
    assert "component" not in observation
    assert "|NM|" not in oru_r01(version, "v.3")
    assert "30.1" not in page(version)


def test_the_number_of_another_segment_is_not_coded_as_this_ones(brain: Brain) -> None:
    """A skill with two segments speaks of the first: two values under one code would be two volumes of it."""
    version = brain.version(content=two_segments(brain))
    (observation,) = json.loads(diagnostic_report(version, {}))["contained"]
    coded = [one["code"] for one in observation["component"]]
    assert [one["text"] for one in coded if "coding" not in one] == ["tumour.centre_x", "core.volume"]
    rows = [str(row[3]) for row in hl7.parse(oru_r01(version, "v.3")).segments("OBX") if str(row[2]) == "NM"]
    assert [row for row in rows if row.startswith("118565006^")] == ["118565006^tumour.volume^SCT"]
    assert "core.volume^core.volume^L" in rows


@pytest.mark.parametrize(
    ("value", "written"),
    [(30.125, "30.125"), (40.0, "40"), (6e-05, "0.00006"), (1234567.8, "1234567.8"), (-0.0, "0"), (-12.5, "-12.5")],
)
def test_a_number_in_hl7_has_no_exponent(brain: Brain, value: float, written: str) -> None:
    """Type NM knows none: 6e-05 is no number there."""
    (found,) = brain.content.findings
    assert found.finding is not None
    measured = tuple(one.model_copy(update={"value": value}) for one in found.finding.measurements)
    finding = found.finding.model_copy(update={"measurements": measured})
    content = brain.content.model_copy(update={"findings": (found.model_copy(update={"finding": finding}),)})
    rows = hl7.parse(oru_r01(brain.version(content=content), "v.3")).segments("OBX")
    assert {str(row[5]) for row in rows if str(row[2]) == "NM"} == {written}


def test_what_was_entered_in_error_is_marked_wrong_and_not_said_again(brain: Brain) -> None:
    reason = "belongs to Anna Other"
    version = brain.version(status="entered_in_error", number=2, relation="retraction", why=reason, reviewed=None)
    body = diagnostic_report(version, {}, b"%PDF-1.7")
    report = DiagnosticReport.model_validate(json.loads(body))
    assert (report.status, report.contained[0].status) == ("entered-in-error", "entered-in-error")
    assert report.contained[0].valueCodeableConcept is None
    assert report.conclusionCode is None
    message = oru_r01(version, "v.1")
    parsed = hl7.parse(message)
    assert str(parsed.segment("OBR")[25]) == "C"  # 0123 has no W, and the order was not cancelled
    assert {str(row[11]) for row in parsed.segments("OBX")} == {"W"}
    was = hl7.parse(oru_r01(brain.version(), "v.1"))
    named = [(str(row[3]), str(row[4])) for row in parsed.segments("OBX")]
    assert named == [(str(row[3]), str(row[4])) for row in was.segments("OBX")], "each observation is posted as wrong"
    for text in (base64.b64decode(json.loads(body)["presentedForm"][0]["data"]).decode(), body, message, page(version)):
        assert "ENTERED IN ERROR" in text or "entered-in-error" in text
        assert not any(said in text for said in ("Suspected tumour", "30.125", reason, "PRESENT"))


def test_a_spanish_report_says_in_spanish_that_it_must_not_be_used(brain: Brain) -> None:
    content = brain.content.model_copy(update={"language": "es", "title": "RM de cráneo"})
    back = brain.version("entered_in_error", content=content, number=2, relation="retraction", step=1)
    fixed = brain.version(content=content, number=2, relation="correction", why="Lado equivocado")
    for english in ("ENTERED IN ERROR", "disregard"):
        assert english not in page(back)
    assert "INTRODUCIDO POR ERROR. Este informe no debe utilizarse" in page(back)
    said = page(fixed)
    for words in ("Informe CORREGIDO. Sustituye a la versión 1", "Paciente", "Medidas", "Publicado por Blanco, Ana"):
        assert words in said
    for english in ("Patient", "Why changed", "Measurements", "Reviewed by", "version 2"):
        assert english not in said


@pytest.mark.parametrize("mark", ["&", "\\|"])
def test_what_is_too_long_for_a_code_is_not_cut_within_an_escape(brain: Brain, mark: str) -> None:
    """ "THORAX P.A. STEHEND & LATERAL": half a sequence opens one that runs into what follows."""
    for before in range(15, 21):
        words = f"{'x' * before}{mark} LATERAL"
        order = brain.content.order.model_copy(update={"procedure": words, "code": None})
        findings = tuple(one.model_copy(update={"label": words, "code": None}) for one in brain.content.findings)
        content = brain.content.model_copy(update={"order": order, "code": None, "findings": findings})
        parsed = hl7.parse(oru_r01(brain.version(content=content), "v.3"))
        service, *_ = parsed.segment("OBR")[4]
        found = next(row[3][0] for row in parsed.segments("OBX") if str(row[2]) == "CWE")
        for code, text in ((service[0], service[1]), (service[3], service[4]), (found[0], found[1])):
            assert hl7.Message.unescape(parsed, str(text)) == words
            assert str(code).count("\\") % 2 == 0, "hl7 overlooks what stands open"
            assert words.startswith(hl7.Message.unescape(parsed, str(code)))
            assert 0 < len(str(code)) <= 20


def test_codes_that_no_value_set_has_never_leave(brain: Brain) -> None:
    resource = json.loads(diagnostic_report(brain.version(), {}))
    DiagnosticReport.model_validate({**resource, "status": "draft"})  # the library takes it
    for wrong in ({**resource, "status": "draft"},
                  {**resource, "contained": [{**resource["contained"][0], "status": "appended"}]},
                  {**resource, "code": {"coding": [{"system": "http://loinc.example", "code": "1"}]}},
                  {**resource, "subject": "Patient/1"}):  # fmt: skip
        with pytest.raises(NotDelivered) as refused:
            checked(wrong)
        assert (refused.value.reason, refused.value.again) == ("NotFhir", False)
    with pytest.raises(ValueError, match="draft"):
        diagnostic_report(brain.version("draft"), {})


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=st.one_of(st.sampled_from("|^&~\\.FSTRHNEbrX0A \n"), st.characters(exclude_categories=["C", "Z"])))
)
def test_no_text_breaks_out_of_its_field(text: str) -> None:
    sent = escaped(text, lines=True)
    assert not set(sent) & set("|^&~\r\n")
    back, rest = [], sent
    table = {"E": "\\", "F": "|", "S": "^", "T": "&", "R": "~", ".br": "\n"}
    while rest:
        if rest[0] == "\\":
            name, _, rest = rest[1:].partition("\\")
            back.append(table[name])
        else:
            back.append(rest[0])
            rest = rest[1:]
    assert "".join(back) == text


def test_an_hour_that_is_not_known_is_not_made_up(brain: Brain) -> None:
    study = brain.content.study.model_copy(update={"started": date(2026, 3, 2)})
    version = brain.version(content=brain.content.model_copy(update={"study": study}))
    assert json.loads(diagnostic_report(version, {}))["effectiveDateTime"] == "2026-03-02"
    assert str(hl7.parse(oru_r01(version, "v.3")).segment("OBR")[7]) == "20260302"


@pytest.mark.parametrize("after", [{"number": 2, "relation": "correction", "why": "a vessel"}, {"step": 6}])
def test_a_number_of_what_is_absent_now_is_taken_back_where_it_was_sent(brain: Brain, after: dict[str, object]) -> None:
    absent = tuple(one.model_copy(update={"decision": "negative"}) for one in brain.content.findings)
    version = brain.version(**after, content=brain.content.model_copy(update={"findings": absent}))
    message = oru_r01(version, "v.3")
    numbers = [one for one in hl7.parse(message).segments("OBX") if str(one[2]) == "NM"]
    sent = [one for one in hl7.parse(oru_r01(brain.version(), "v.3")).segments("OBX") if str(one[2]) == "NM"]
    assert [(str(one[3]), str(one[4])) for one in numbers] == [(str(one[3]), str(one[4])) for one in sent]
    assert {(str(one[5]), str(one[11])) for one in numbers} == {("", "X")}, "there is no such result any more"
    assert "30.125" not in message


def test_a_number_that_somebody_took_out_is_taken_back_where_it_was_sent(brain: Brain) -> None:
    (found,) = brain.content.findings
    assert found.finding is not None
    volume, *others = found.finding.measurements
    kept = found.model_copy(update={"finding": found.finding.model_copy(update={"measurements": tuple(others)})})
    content = brain.content.model_copy(update={"findings": (kept,)})
    version = brain.version(number=2, relation="correction", why="measured anew", content=content)
    message = oru_r01(version, "v.3", before=[brain.version()])
    numbers = {str(one[3][0][0]): one for one in hl7.parse(message).segments("OBX") if str(one[2]) == "NM"}
    gone = numbers.pop("118565006")
    assert (volume.code, str(gone[5]), str(gone[11])) == ("SCT:118565006", "", "X")
    assert len(numbers) == len(others)
    assert {str(one[11]) for one in numbers.values()} == {"C"}, "the others hold"
    assert "|X|" not in oru_r01(version, "v.3"), "nothing is taken back that was never sent"


@pytest.mark.parametrize(
    ("value", "written"),
    [(1234567.0, "1234567"), (1e-5, "0.00001"), (30.125, "30.125"), (40.0, "40"), (31.456789, "31.4568"),
     (123456.7, "123456.7"), (-0.00002, "-0.00002"), (2.5e9, "2500000000")],
)  # fmt: skip
def test_a_number_is_digits_and_a_point(value: float, written: str) -> None:
    assert plainly(value) == written


def test_a_section_that_was_emptied_is_emptied_at_the_receiver(brain: Brain) -> None:
    first, second = brain.content.sections
    content = brain.content.model_copy(update={"sections": (first, second.model_copy(update={"text": ""}))})
    version = brain.version(content=content, number=2, relation="correction", why="not seen")
    rows = hl7.parse(oru_r01(version, "v.3")).segments("OBX")
    assert [str(one[5]) for one in rows if str(one[3][0][0]) == "19005-8"] == ['""'], "an empty field changes nothing"
