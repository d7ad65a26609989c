"""labels.csv: what is taken, what is refused, and that no message repeats a cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.errors import AuthoringError
from robot_library.skills.evaluation.labels import age_band, in_order, read_labels


def written(folder: Path, text: str, *files: str) -> Path:
    for name in files:
        (folder / name).write_bytes(b"x")
    file = folder / "labels.csv"
    file.write_text(text, encoding="utf-8")
    return file


def said(folder: Path, text: str, *files: str, scores: bool = False) -> list[tuple[int, str]]:
    with pytest.raises(AuthoringError) as caught:
        read_labels(written(folder, text, *files), "pneumonia", scores=scores)
    return [(d.line, f"{d.message} {d.hint}".strip()) for d in caught.value.diagnostics]


def test_rows_are_read_with_their_groups(tmp_path: Path) -> None:
    text = (
        "file,Label,patient,sex,age,view,group:Ward,note\n"
        "a.dcm,Pneumonia,p1,f,004Y,ap,A 1,hello\n"
        "b.dcm,NORMAL,p2,,abc,,,\n"
        "\n"
        "c.dcm,0,p2,M,70,PA,A 1,\n"
    )
    table = read_labels(written(tmp_path, text, "a.dcm", "b.dcm", "c.dcm"), "pneumonia")
    found = [(row.line, row.positive, row.patient) for row in table.rows]
    assert found == [(2, True, "p1"), (3, False, "p2"), (5, False, "p2")]
    assert table.rows[0].groups == {"sex": "F", "age": "1 to 5", "view": "AP", "group:Ward": "A 1"}
    assert set(table.rows[1].groups.values()) == {"unknown"}
    assert table.grouped == ("sex", "age", "view", "group:Ward")
    assert table.ignored == ("note",)
    assert table.by_patient


def test_semicolons_and_a_byte_order_mark(tmp_path: Path) -> None:
    table = read_labels(written(tmp_path, "\ufefffile;label\na.dcm;1\n", "a.dcm"), "x")
    assert table.rows[0].positive
    assert not table.by_patient
    assert table.rows[0].patient == "line 2"


def test_every_mistake_has_its_line_and_no_cell_is_repeated(tmp_path: Path) -> None:
    text = (
        "file,label,patient\n"
        "a.dcm,Meier Anna,p1\n"
        "missing-meier.dcm,1,p1\n"
        "a.dcm,1,\n"
        "a.dcm,1\n"
    )  # fmt: skip
    found = said(tmp_path, text, "a.dcm")
    assert [line for line, _ in found] == [2, 3, 4, 4, 5]
    text = " ".join(message for _, message in found)
    assert "neither positive nor negative" in text
    assert "there is no such file" in text
    assert "the same as in line 2" in text
    assert "patient: empty" in text
    assert "2 cells in this line, 3 in the first" in text
    assert "meier" not in text.lower()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label\n1\n", "the column 'file' is missing"),
        ("file\na.dcm\n", "the column 'label' is missing"),
        ("file,label,pateint\na.dcm,1,p\n", "Did you mean 'patient'?"),
        ("file,label,label\na.dcm,1,1\n", "is there twice"),
        ("file,label\n", "the table has no rows"),
        ("", "the column 'file' is missing"),
        ('file,label\n"a.dcm,1\n', "check its quotes"),
    ],
)
def test_a_table_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    assert message in " ".join(found for _, found in said(tmp_path, text, "a.dcm"))


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(AuthoringError, match="no such file"):
        read_labels(tmp_path / "none.csv", "x")
    (tmp_path / "l.csv").write_bytes(b"file,label\n\xff\xfe,1\n")
    with pytest.raises(AuthoringError, match="not UTF-8") as caught:
        read_labels(tmp_path / "l.csv", "x")
    assert caught.value.diagnostics[0].line == 2


def test_scores(tmp_path: Path) -> None:
    table = read_labels(written(tmp_path, "score,label,code\n0.5,1,\n,0,age\n-3,0,\n"), "x", scores=True)
    assert [row.score for row in table.rows] == [0.5, None, -3.0]
    assert table.rows[1].code == "age"
    found = said(tmp_path, "score,label\nnan,1\nx,0\ninf,1\n", scores=True)
    assert [line for line, _ in found] == [2, 3, 4]


def test_age_bands() -> None:
    ages = ("0", "011M", "364D", "1", "5.9", "6", "018Y", "64.9", "065Y")
    bands = ["under 1"] * 3 + ["1 to 5"] * 2 + ["6 to 17", "18 to 39", "40 to 64", "65 and older"]
    assert [age_band(text) for text in ages] == bands
    assert {age_band(text) for text in ("", "x", "-3", "4X", "1e3")} == {"unknown"}
    assert in_order({"unknown", "65 and older", "under 1"}) == ["under 1", "65 and older", "unknown"]
    assert in_order({"unknown", "PA", "AP"}) == ["AP", "PA", "unknown"]
