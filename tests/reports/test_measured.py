"""Numbers of a finding in the fields of a template, with their unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.errors import AuthoringError, NeedsPerson
from robot_library.model.finding import Accepted, Decision, Finding, Measurement
from robot_library.reports.draft import TemplateReports, rounded

TEMPLATE = """<html><head><title>Brain</title></head><body><section data-section-name="Findings">
<select id="found" data-finding="tumour"><option value="positive">A lesion is outlined.</option>
<option value="negative">No lesion.</option></select>
<label for="v">Volume</label><input id="v" data-finding="tumour" data-measurement="volume">
<label for="p">Position</label><input id="p" data-finding="tumour" data-measurement="position">
</section></body></html>"""


def accepted(decision: Decision = "positive", *, volume: bool = True) -> Accepted:
    measured = (Measurement(name="tumour.volume", value=31.4159, unit="mL"),) if volume else ()
    finding = Finding(
        skill="s", skill_version="1", model_sha256="ab" * 32, provider="CPU", label="tumour", score=0.9,
        decision="uncertain", operating_point="review", image_uid="1.1", image_uids=("1.1", "1.2", "1.3"),
        measurements=(*measured, Measurement(name="tumour.position", value=40, unit="mm", text="left, anterior")),
    )  # fmt: skip
    return Accepted(finding=finding, by="person", who="dr.chen", decision=decision, seal="x")


def reports(tmp_path: Path, template: str = TEMPLATE) -> TemplateReports:
    (tmp_path / "brain.html").write_text(template, encoding="utf-8")
    return TemplateReports(lambda name: tmp_path / f"{name}.html")


def test_a_number_with_its_unit_and_a_place_in_words(tmp_path: Path) -> None:
    report = reports(tmp_path).draft("brain", [accepted()], {})
    assert report.fields == {"found": "A lesion is outlined.", "v": "31.4 ml", "p": "left, anterior"}
    assert "Volume: 31.4 ml" in report.text


def test_where_a_person_finds_nothing_nothing_is_measured(tmp_path: Path) -> None:
    report = reports(tmp_path).draft("brain", [accepted("negative")], {})
    assert report.fields == {"found": "No lesion.", "v": "–", "p": "–"}


def test_a_number_that_was_not_measured_is_a_persons(tmp_path: Path) -> None:
    with pytest.raises(NeedsPerson, match=r"tumour\.volume, which the skill did not measure"):
        reports(tmp_path).draft("brain", [accepted(volume=False)], {})


def test_a_finding_whose_numbers_alone_are_asked_for_is_not_reported(tmp_path: Path) -> None:
    """Volume without the sentence that says of what."""
    start, end = TEMPLATE.index("<select"), TEMPLATE.index("</select>") + len("</select>")
    with pytest.raises(AuthoringError, match="no field takes the finding tumour"):
        reports(tmp_path, TEMPLATE[:start] + TEMPLATE[end:]).draft("brain", [accepted()], {})


@pytest.mark.parametrize(
    ("value", "text"), [(0.04, "0.0"), (4.25, "4.2"), (99.94, "99.9"), (99.96, "100"), (1234, "1234")]
)
def test_numbers_say_no_more_than_they_know(value: float, text: str) -> None:
    assert rounded(value) == text
