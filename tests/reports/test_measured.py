"""Numbers of a finding in the fields of a template, with their unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.errors import AuthoringError, NeedsPerson
from robot_library.model.finding import Accepted, Decision, Finding, Measurement, rounded
from robot_library.reports.draft import TemplateReports
from robot_library.skills.tasks.segmentation import legend

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


def test_what_the_skill_missed_a_person_measures(tmp_path: Path) -> None:
    """Its outline was empty; the reviewer sees a lesion, and writes down how large it is: never 0.0 ml."""
    empty = accepted(volume=False)
    nothing = (Measurement(name="tumour.volume", value=0, unit="mL"),)
    finding = empty.finding.model_copy(update={"measurements": nothing})
    by_hand = {"v": "12 ml", "p": "right"}
    report = reports(tmp_path).draft("brain", [empty.model_copy(update={"finding": finding, "edits": by_hand})], {})
    assert report.fields == {"found": "A lesion is outlined.", **by_hand}
    for left_out in by_hand:
        some = {name: text for name, text in by_hand.items() if name != left_out}
        with pytest.raises(NeedsPerson, match="which the skill did not measure"):
            reports(tmp_path).draft("brain", [empty.model_copy(update={"finding": finding, "edits": some})], {})


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


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (31.4159, "mL", "31.4 ml"), (128.449, "mL", "128 ml"), (38.46, "mm", "38.5 mm"), (-0.04, "mm", "-0.04 mm"),
        (0.041, "mL", "0.041 ml"), (0, "mL", "0.0 ml"), (-0.0, "mm", "0.0 mm"),
        (0.0011843, "1", "0.00118"), (6e-05, "1", "0.00006"), (1234.4, "1", "1234"), (0, "1", "0"),
        (1.5, "{pixel}", "1.5 {pixel}"),
    ],
)  # fmt: skip
def test_report_page_and_picture_say_a_number_alike(value: float, unit: str, said: str) -> None:
    one = Measurement(name="tumour.volume", value=value, unit=unit)
    assert one.shown == said
    assert legend((one,)) == {"tumour": f"tumour, volume {said}"}
