"""A template in, a draft out; only from accepted findings."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

from robot_library.drivers.shown import value_of
from robot_library.errors import AuthoringError, NeedsPerson
from robot_library.model.finding import Accepted, Finding
from robot_library.parsing.library import Library, bundled
from robot_library.reports.draft import TemplateReports
from robot_library.reports.mrrt import load_template, parse_template
from robot_library.reports.wording import WORDS, say

TEMPLATES = Path(__file__).parents[2] / "workflows" / "templates"
FROM_A_LIBRARY = Path(__file__).parent / "library_style.html"


def accepted(label: str = "pneumonia", decision: str = "positive") -> Accepted:
    finding = Finding(
        skill="chest-xray-pneumonia", skill_version="1.0.0", model_sha256="ab" * 32, provider="CPUExecutionProvider",
        label=label, score=0.97, decision=decision, operating_point="rule_in", image_uid="1.2.3.4",
    )  # fmt: skip
    return Accepted(finding=finding, by="operating_point", who="rule_in", decision=decision, seal="x")


def reports() -> TemplateReports:
    return TemplateReports(lambda name: TEMPLATES / f"{name}.html")


@pytest.mark.parametrize(("decision", "sentence"), [("positive", "Suspected pneumonia"), ("negative", "unlikely")])
def test_the_decision_chooses_the_sentence(decision: str, sentence: str) -> None:
    report = reports().draft("chest-xray", [accepted(decision=decision)], {})
    assert sentence in report.fields["impression"]
    assert sentence in report.text


def test_every_draft_says_that_it_is_one_and_names_its_images_and_model() -> None:
    report = reports().draft("chest-xray", [accepted()], {})
    assert report.text.startswith("AI DRAFT, NOT VERIFIED.")
    assert report.status == "draft"
    assert "1.2.3.4" in report.text
    assert report.images == ("1.2.3.4",)
    assert "abababababab" in report.text
    assert "rule_in" in report.text


def test_whole_text(tmp_path: Path) -> None:
    expected = (Path(__file__).parent / "chest-xray-positive.txt").read_text(encoding="utf-8").rstrip("\n")
    assert reports().draft("chest-xray", [accepted()], {}).text == expected


def test_a_report_speaks_its_templates_language_in_every_sentence() -> None:
    mine = accepted()
    person = mine.model_copy(update={"by": "person", "who": "Dra. Ruiz", "edits": {"impression": "Neumonía."}})
    text = reports().draft("chest-xray-es", [person], {"reported_by": "Robot"}).text
    assert text.startswith("BORRADOR DE IA, NO VERIFICADO.")
    said = (
        "pneumonia positivo, puntuación 0.970, aceptado por Dra. Ruiz (persona)\nmodificado por Dra. Ruiz: impression"
    )
    assert said in text
    assert "chest-xray-pneumonia 1.0.0 (modelo abababababab)" in text
    assert "Sospecha" not in text, "what the person wrote stands in its place"
    for english in ("DRAFT", "accepted", "Findings", "Image read", "edited", "(person)", "(model "):
        assert english not in text


@pytest.mark.parametrize("system", ["gnuhealth", "gnuhealth-desktop"])
@pytest.mark.parametrize("template", ["chest-xray", "chest-xray-es"])
def test_a_system_without_a_report_status_shows_a_draft_of_every_template_as_one(system: str, template: str) -> None:
    target = Library(bundled()).screen_map(system).screens["result"].targets["report_status"]
    assert value_of(target, reports().draft(template, [accepted()], {}).text) == "Preliminary"
    assert value_of(target, "Neumonía basal derecha. No era un BORRADOR DE IA, NO VERIFICADO.") == ""


def test_a_film_without_a_fault_is_not_called_good_and_a_repeat_is_a_question() -> None:
    fine = reports().draft("image-quality", [accepted("quality", "negative")], {})
    assert "Not every fault is found." in fine.text
    again = reports().draft("image-quality", [accepted("quality")], {})
    assert again.fields["verdict"] == "Repeat? Look first."


def test_the_catalogues_of_reports_say_the_same_and_nobody_is_left_without_a_warning() -> None:
    read = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in WORDS.glob("*.toml")}
    assert set(read) >= {"en", "es"}
    holes = {language: {name: set(re.findall(r"{(\w+)}", text)) for name, text in said.items()}
             for language, said in read.items()}  # fmt: skip
    assert all(one == holes["en"] for one in holes.values())
    assert say("es-MX", "banner") == read["es"]["banner"]
    assert say("tlh", "banner") == say("../en", "banner") == read["en"]["banner"]


def test_no_finding_no_report() -> None:
    with pytest.raises(NeedsPerson, match="no accepted finding"):
        reports().draft("chest-xray", [], {})


def test_a_finding_without_a_field_is_not_dropped() -> None:
    with pytest.raises(AuthoringError, match="no field takes the finding fracture"):
        reports().draft("chest-xray", [accepted(), accepted("fracture")], {})


def test_a_field_without_its_finding_is_not_left_blank() -> None:
    with pytest.raises(NeedsPerson, match="asks for a finding 'pneumonia'"):
        reports().draft("chest-xray", [accepted("fracture")], {})


def test_a_template_as_libraries_have_them_loads() -> None:
    template = load_template(FROM_A_LIBRARY)
    assert [section.title for section in template.sections] == ["Procedure", "Findings", "Impression", ""]
    assert template.fields()["lungs"].default == "Clear."
    assert template.fields()["effusion"].options == {"none": "None", "small": "Small", "large": "Large"}
    assert template.fields()["effusion"].label == "Pleural effusion"
    assert template.attributes["status"] == "ACTIVE"
    assert any("twice" in warning for warning in template.warnings)


@pytest.mark.parametrize("html", ["", "<html>", "<p>text", "<html><body><input></body></html>", "\x00<<<>>>"])
def test_what_is_no_template_says_so(html: str) -> None:
    with pytest.raises(AuthoringError):
        parse_template(html, "bad")


def test_scripts_in_a_template_are_never_text() -> None:
    html = "<html><body><script>alert(1)</script><label for='a'>A</label><textarea id='a'>x</textarea></body></html>"
    assert parse_template(html, "t").fields()["a"].default == "x"


def test_a_template_that_is_no_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(AuthoringError, match="cannot be read"):
        load_template(tmp_path)
    with pytest.raises(AuthoringError, match="cannot be read"):
        load_template(tmp_path / "none.html")
    large = tmp_path / "large.html"
    large.write_bytes(b"<input id=a>" + b" " * 2_000_000)
    with pytest.raises(AuthoringError, match="larger than"):
        load_template(large)
    if os.name == "posix":
        (tmp_path / "endless.html").symlink_to("/dev/zero")
        with pytest.raises(AuthoringError, match="cannot be read"):
            load_template(tmp_path / "endless.html")


def test_what_nobody_has_ticked_is_not_said() -> None:
    html = """<section data-section-name="Findings"><label for="air">Pneumothorax</label>
        <input type="checkbox" id="air" value="Pneumothorax present">
        <input type="checkbox" id="tube" value="Tube in place" checked>
        <input type="radio" name="side" id="l" value="Left">
        <input type="radio" name="side" id="r" value="Right" checked>
        <input type="radio" name="grade" value="Mild"><input type="radio" name="grade" value="Severe">
        <select id="age"><option value="" selected>Please choose</option><option>Old</option></select>
        <select id="lobe"><option>Upper</option><option selected>Lower</option></select></section>"""
    template = parse_template(html, "ticks")
    assert {one.id: one.default for one in template.fields().values()} == {
        "air": "", "tube": "Tube in place", "side": "Right", "grade": "", "age": "", "lobe": "Lower",
    }  # fmt: skip
    assert not any("twice" in warning for warning in template.warnings)
