"""Whatever a step says that it has proven, or failed by, is read in one's own language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import robot_library
from robot_library.attended import app
from robot_library.attended.orders.proofs import failed, said
from robot_library.attended.tongues import NAMES
from robot_library.errors import ItemError, NeedsPerson
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.safeguards.identity import agree
from robot_library.web import pages
from robot_library.web.words import Words

HERE = Path(robot_library.__file__).parent
WORDS = {
    code: Words([pages.HERE / "words", app.HERE / "words", *(room.folder / "words" for room in app.ROOMS)], code)
    for code in NAMES
}


def sentence(node: ast.expr) -> str:
    """A string of the source, with 3 wherever something is put in; "" for what is none."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "3" for part in node.values)
    return ""


def sentences() -> Iterator[tuple[str, str]]:
    """Everything that steps say they have proven: (file, sentence)."""
    for path in [*HERE.glob("actions/**/*.py"), *HERE.glob("engine/**/*.py"), HERE / "safeguards" / "guard.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("verified", "verified.append")):
                yield from ((path.name, sentence(argument)) for argument in node.args)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in (
                "check_state",
                "before_write",
            ):
                lists = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
                yield from ((path.name, sentence(e)) for one in lists if isinstance(one, ast.List) for e in one.elts)


def test_every_sentence_there_is_is_said_in_every_language() -> None:
    found = [(file, text) for file, text in sentences() if text]
    assert len(found) >= 14
    for file, text in found:
        if text.endswith("ed by a person"):
            texts = [f"{verdict}ed by a person" for verdict in ("accept", "correct", "reject")]
        else:
            texts = ["before the write: name agree between a and b" if text.startswith("before the 3") else text]
        for each in texts:
            shown = {code: said(each, words) for code, words in WORDS.items()}
            assert not any(one.english for one in shown.values()), (file, each)
            assert shown["es"].text not in (each, shown["en"].text), (file, each)


def test_the_guards_own_sentence_is_read_in_spanish() -> None:
    screen = Identity(
        source="screen:ehr.order", system="ehr", ids=(PatientId(value="0042", issuer="M"),),
        birth_date=date(1950, 1, 2), names=(PersonName(family="Doe", given="J"),),
    )  # fmt: skip
    line = agree([screen, screen.model_copy(update={"source": "dicom", "system": "dicom"})])
    assert (
        said(line, WORDS["es"]).text
        == "coincide en EHR (order), las imágenes: fecha de nacimiento, nombre, número de paciente"
    )
    before = said(f"before the commit: {line}", WORDS["es"]).text
    assert before.startswith("Antes de guardar: coincide en EHR (order)")
    own = said("the author's own words", WORDS["es"])
    assert (own.text, own.english) == ("the author's own words", True)


def test_every_way_to_fail_is_said_in_every_language() -> None:
    def below(kind: type[ItemError]) -> Iterator[type[ItemError]]:
        for one in kind.__subclasses__():
            if one.__module__ == ItemError.__module__:
                yield one
                yield from below(one)

    for words in WORDS.values():
        # A person who is needed is told by the error's own words: the code alone says nothing.
        silent = {"BusinessException", "ApplicationException", NeedsPerson.__name__}
        kinds = {one.__name__ for one in below(ItemError)} - silent
        assert len(kinds) > 15
        assert sorted(name for name in kinds if f"code.{name}" not in words) == []
    first, own = failed("TypingNotProven: ehr.order.findings holds 3 characters. Look.", WORDS["es"])
    assert (first.english, own.english) == (False, True)
    assert own.text == "ehr.order.findings holds 3 characters. Look."
