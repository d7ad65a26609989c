"""Recorded screens: nothing of a patient in them, and a workflow runs on them in the real browser, nobody behind."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from robot_library.authoring.recording import Masker, _Page
from robot_library.cli.main import run_cli
from robot_library.hospital import verdict
from tests.authoring.conftest import Opened

ORDER = "REQ005626"
WORKFLOW = """\
workflow: note
about: Type into the order that its images have come.
screens: [ehr, pacs]
item: {order: {type: text, phi: true}}
steps:
  - sign_in: ehr
  - sign_in: pacs
  - open: {screen: ehr.order, where: {order: =item.order}}
  - read: {screen: ehr.order, fields: [accession, procedure], as: order}
  - check_state: ehr.order
  - open: {screen: pacs.study, where: {accession: =order.accession}}
  - read: {screen: pacs.study, fields: [images], as: listed}
  - check_patient: {agree: [=order, =listed]}
  - protect:
      patient: {screen: ehr.result, is: [=order, =listed], unchanged: {procedure: =order.procedure}}
      steps:
        - open: {screen: ehr.result, where: {order: =item.order}}
        - fill: {screen: ehr.result, with: {report: "='Images: ' + listed.images"}}
        - save:
            target: ehr.result.save
            once_per: =item.order
            proof:
              screen: ehr.result
              where: {order: =item.order}
              fields: {report: "='Images: ' + listed.images"}
              and: {report_status: Preliminary}
"""
CASE = """\
case: notes
about: The note is typed.
bot: note
recorded: recorded
item: {order: ORDER}
expect:
  outcome: typed
  typed: {ehr.result.report: {is: 'Images: 1'}}
  pressed: [ehr.result.save]
"""


def test_words_dates_and_numbers_are_replaced_alike_everywhere() -> None:
    masker = Masker(b"k" * 32)

    def masked(text: str) -> str:
        return masker.text(text, lambda word: word in ("Patient", "A1"))

    family, given = re.findall(r"\w+", masked("Núñez, Lucía"))
    assert masked("NUNEZ^LUCIA") == f"{family.upper()}^{given.upper()}"
    assert masked("Patient A1") == "Patient A1"
    assert re.fullmatch(r"\d{8}", masked("00123456"))
    assert masked("00123456") != "00123456"
    iso, dotted, compact = masked("2021-03-09 09.03.2021 20210309").split()
    assert iso.replace("-", "") == compact == "".join(reversed(dotted.split(".")))
    assert compact < "20210309"
    assert Masker(b"l" * 32).word("Lucia") != masker.word("Lucia")


def test_two_ids_of_a_page_never_become_one() -> None:
    """Of three digits there are few: a label would name another box than it did."""
    masker = Masker(b"k" * 32)
    made: dict[str, int] = {}
    first, second = next(
        (made[word], number) for number in range(100, 999)
        if (word := masker.word(str(number))) in made or made.update({word: number})
    )  # fmt: skip
    boxes = [["label", {"for": f"ui-id-{n}"}, ["Order"], {}] for n in (first, second)]
    boxes += [
        ["input", {"id": f"ui-id-{n}", "aria-describedby": f"ui-id-{n} ui-id-{second}"}, [], {}]
        for n in (first, second)
    ]
    page = _Page(masker, frozenset(), set()).document(["html", {}, [["body", {}, boxes, {}]], {}])
    fors, ids = re.findall(r' for="([^"]+)"', page), re.findall(r' id="([^"]+)"', page)
    assert fors == ids
    assert len(set(ids)) == 2
    assert re.findall(r'aria-describedby="([^"]+)"', page) == [f"{one} {ids[1]}" for one in ids]


@pytest.mark.browser
def test_a_workflow_runs_on_what_was_recorded_and_nothing_of_a_patient_is_in_it(
    tmp_path: Path, project: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    database = sqlite3.connect(tmp_path / "hospital/hospital.sqlite")
    (accession,) = database.execute("SELECT accession FROM orders WHERE order_id = ?", (ORDER,)).fetchone()
    people = [row for rows in ("mrn, family, given", "display, birth_date, mrn") for row in
              database.execute(f"SELECT {rows} FROM patients")]  # fmt: skip
    database.close()
    with project():
        keys = ["--where", f"order={ORDER}", "--where", f"accession={accession}"]
        out = [part for name in ("viewer", "day", "quality") for part in ("--leave-out", name)]
        assert run_cli(["screens", "snapshot", "first-bot", *keys, *out, "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
    assert {one["screen"] for one in said["screens"]} == {"worklist", "order", "result", "study_list", "study"}
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in (tmp_path / "recorded").rglob("*.*") if path.suffix != ".png"
    )
    words = {word for row in people for value in row for word in re.findall(r"[^\W_]+|\d{4}-\d\d-\d\d", str(value))}
    found = set(re.findall(r"[^\W_]+", text)) | set(re.findall(r"\d{4}-\d\d-\d\d", text))
    assert {word for word in words & found if len(word) > 4 or not word.isascii()} == set()
    assert ORDER not in text
    assert accession not in text

    (tmp_path / "workflows/note/cases").mkdir(parents=True)
    (tmp_path / "workflows/note/workflow.yaml").write_text(WORKFLOW, encoding="utf-8")
    bot = (tmp_path / "bots/first-bot.yaml").read_text(encoding="utf-8").replace("first-bot", "note")
    (tmp_path / "bots/note.yaml").write_text(bot, encoding="utf-8")
    masked = next(one["where"]["order"] for one in said["screens"] if one["screen"] == "order")
    case = CASE.replace("ORDER", masked)
    (tmp_path / "workflows/note/cases/notes.yaml").write_text(case, encoding="utf-8")
    unknown = case.replace("case: notes", "case: unknown").replace(masked, "REQ000000")
    (tmp_path / "workflows/note/cases/unknown.yaml").write_text(unknown, encoding="utf-8")
    assert run_cli(["test", "workflows/note", "--json"]) == 1
    cases = {one["case"]: one for one in json.loads(capsys.readouterr().out)["cases"]}
    assert cases["notes"]["passed"], cases["notes"]["differences"]
    assert "was not recorded for these keys" in cases["unknown"]["differences"][0]["actual"]
    assert verdict(tmp_path / "hospital").typed == 0
