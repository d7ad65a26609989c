"""`wetread lsp` as an editor meets it: over stdio, with a client of pygls', on unsaved and half-written text."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls import uris

from robot_library.editor.cursor import cursor_at
from robot_library.editor.meaning import Meaning
from robot_library.editor.positions import Lines
from robot_library.editor.project import Project
from robot_library.lint import check
from robot_library.parsing.library import Library
from robot_library.parsing.texts import reading
from tests.editor.conversation import Editor

MAP = """system: ward
screens:
  notes:
    about: The ward's notes.
    reach: [{goto: '/notes/{order}'}]
    seen_by: [{role: heading, name: Notes}]
    targets:
      patient: {find: [{label: Patient}], use: identity}
      number: {find: [{label: Number}], use: identity, type: mrn}
      born: {find: [{label: Born}], use: identity}
      go: {find: [{role: button, name: Go}], use: navigate}
    identity: {patient_id: number, name: patient, birth_date: born}
"""
BOT = """bot: look
about: Looks.
workflow: look
apps:
  ehr: {map: ward, url: 'https://ward.invalid', credential: w}
site: {who: Bot}
"""
FLOW = """workflow: look
about: Looks at a note.
screens: [ehr]
item:
  order: {type: text, phi: true}
steps:
  - sign_in: ehr
  - open: {screen: ehr.notes, where: {order: =item.order}}
  - read: {screen: ehr.notes, fields: [patient, number], as: note}
  - check: {that: =note.patient != '', otherwise: Nobody 😀 is named here.}
  - click: ehr.notes.go
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project without mistakes."""
    for name, text in (
        ("wetread.toml", ""),
        ("workflows/screens/ward.yaml", MAP),
        ("bots/look.yaml", BOT),
        ("workflows/look/workflow.yaml", FLOW),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest_asyncio.fixture
async def editor(project: Path) -> AsyncIterator[Editor]:
    """An editor whose server stands in the project's folder."""
    editor = Editor()
    await editor.start(project)
    yield editor
    await editor.end()


async def test_an_editor_at_work(editor: Editor, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One session, from opening a file to a change in another that breaks it; then names, places and meanings."""
    monkeypatch.chdir(project)
    flow = project / "workflows" / "look" / "workflow.yaml"
    screens = project / "workflows" / "screens" / "ward.yaml"
    assert check([project], Library(project)) == []

    editor.open(flow)
    await editor.until(flow)

    # As you type, on unsaved text, the same words as `wetread check`; behind an emoji, in UTF-16.
    wrong = FLOW.replace("otherwise: Nobody 😀 is named here.}", "otherwise: 😀, that_: x}").replace(
        "notes.go", "notes.goo"
    )
    editor.type(flow, wrong)
    found = [one for one in await editor.until(flow, "WR101", "WR308") if one.code == "WR101"]
    line = wrong.splitlines()[9]
    begin = len(line[: line.index("that_")].encode("utf-16-le")) // 2
    assert found[0].range == types.Range(types.Position(9, begin), types.Position(9, begin + 5))
    (project / "kept.yaml").write_text(wrong, encoding="utf-8")
    said = check([project / "kept.yaml"], Library(project))
    assert [(one.code, one.message) for one in found] == [(d.code, f"{d.message}\n{d.hint}") for d in said]
    (project / "kept.yaml").unlink()

    # A quick fix takes the meant word, and only that part of the name.
    editor.type(flow, FLOW.replace("notes.go", "notes.goo"))
    found = await editor.until(flow, "WR308")
    context = types.CodeActionContext(found)
    document = types.TextDocumentIdentifier(flow.as_uri())
    fixes = await editor.client.text_document_code_action_async(
        types.CodeActionParams(document, found[0].range, context)
    )
    edit = next(iter(fixes[0].edit.changes.values()))[0]
    assert (fixes[0].title, edit.new_text, edit.range.start) == ("Write 'go'", "go", types.Position(10, 21))

    # A change in the map, unsaved, is felt in the workflow that uses it.
    editor.type(flow, FLOW)
    await editor.until(flow)
    editor.open(screens, MAP.replace("      go:", "      gone:"))
    await editor.until(flow, "WR308")
    editor.type(screens, MAP)
    await editor.until(flow)

    # What is no YAML is one diagnostic, never a traceback.
    editor.type(flow, FLOW + "  - open: {screen: [")
    await editor.until(flow, "WR010")
    await names(editor, flow, screens, project / "bots" / "look.yaml")
    await places_and_meanings(editor, flow, screens)
    await layout_and_fuzzing(editor, flow)
    assert editor.complaints == []


async def names(editor: Editor, flow: Path, screens: Path, bot: Path) -> None:
    """Completion, at half-written places."""
    head = FLOW[: FLOW.index("  - check")]
    assert await editor.words(flow, head + "  - rea|") == ["read", "read_table"]
    assert "where" in await editor.words(flow, head + "  - open: {screen: ehr.notes, wh|")
    assert await editor.words(flow, head + "  - open: ehr.|") == ["ehr.notes"]
    assert await editor.words(flow, head + "  - click: ehr.notes.|\n") == [
        "ehr.notes.patient", "ehr.notes.number", "ehr.notes.born", "ehr.notes.go",
    ]  # fmt: skip
    assert await editor.words(flow, head + "  - read: {screen: ehr.notes, fields: [patient, n|") == ["number"]
    assert await editor.words(flow, head + "  - read:\n      screen: ehr.notes\n      fields: [b|]\n") == ["born"]
    assert await editor.words(flow, head + "  - check: {that: =note.|") == ["note.patient", "note.number"]
    assert await editor.words(flow, head + "  - check: {that: =not empty(no|") == ["note"]
    assert await editor.words(flow, head + "  - check: {that: =item.|, otherwise: x}") == ["item.order"]
    assert await editor.words(flow, head + "  - check: {that: =site.|, otherwise: x}") == ["site.who"]
    assert await editor.words(flow, head + "  - open: {screen: ehr.notes, where: {o|") == ["order"]
    assert await editor.words(flow, FLOW.replace("type: text", "type: mr|")) == ["mrn"]
    assert "image-quality" in await editor.words(flow, FLOW.replace("item:", "skills: [im|]\nitem:"))
    assert "workflow" in await editor.words(bot, BOT.replace("workflow: look", "workf|"))
    assert "ward" in await editor.words(bot, BOT.replace("map: ward", "map: wa|"))
    assert await editor.words(screens, MAP.replace("patient_id: number", "patient_id: num|")) == ["number"]
    assert await editor.words(screens, MAP.replace("use: navigate", "use: nav|")) == ["navigate"]


async def places_and_meanings(editor: Editor, flow: Path, screens: Path) -> None:
    """Definition and hover."""
    editor.type(screens, MAP)
    editor.type(flow.parents[2] / "bots" / "look.yaml", BOT)
    assert await editor.definition(flow, FLOW.replace("notes.go", "notes.g|o")) == [("ward.yaml", 11)]
    assert await editor.definition(flow, FLOW.replace("[patient, number]", "[patient, num|ber]")) == [("ward.yaml", 9)]
    assert await editor.definition(flow, FLOW.replace("that: =note", "that: =no|te")) == [("workflow.yaml", 9)]
    assert "screen" in await editor.hover(flow, FLOW.replace("open: {screen", "open: {scr|een"))
    assert "Reach a screen" in await editor.hover(flow, FLOW.replace("- open", "- op|en"))
    editor.type(flow, FLOW.replace("notes.go", "notes.goo"))
    await editor.until(flow, "WR308")
    assert "**WR308**" in await editor.hover(flow, FLOW.replace("notes.go", "notes.goo|"))
    assert "role: button" in await editor.hover(flow, FLOW.replace("notes.go", "notes.g|o"))


async def layout_and_fuzzing(editor: Editor, flow: Path) -> None:
    """The layout of `wetread fmt`; then edits as no person makes them, after which the server is as it was."""
    options = types.FormattingOptions(2, True)
    document = types.TextDocumentIdentifier(flow.as_uri())
    editor.type(flow, FLOW.replace("  order: {type: text, phi: true}", "     order:   {type: text, phi: true}"))
    edits = await editor.client.text_document_formatting_async(types.DocumentFormattingParams(document, options))
    assert [one.new_text for one in edits] == [FLOW]
    chance = random.Random(7)
    for _ in range(40):
        await editor.words(flow, damaged(FLOW, chance))
    editor.type(flow, FLOW)
    await editor.until(flow)


def damaged(text: str, chance: random.Random) -> str:
    """A text after some deletions and insertions, with a cursor ('|') somewhere in it."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        junk = chance.choice(
            ["", "\t", "{", "]", ": ", "'", '"', "&a ", "*a", "=", "\n- ", "😀", "\u2028", "\x85", "\r", "%", "!x "]
        )
        text = text[:at] + junk + text[at + chance.randrange(6) :]
    at = chance.randrange(len(text) + 1)
    text = text.replace("|", "")
    return text[:at] + "|" + text[at:]


def test_whatever_stands_there_every_question_has_an_answer(project: Path) -> None:
    """What the server would catch and log is not caught here; every place is inside the text."""
    held = Project()
    chance = random.Random(11)
    for number in range(240):
        path, text = (project / "workflows/look/workflow.yaml", FLOW) if number % 2 else (
            project / "workflows/screens/ward.yaml", MAP)  # fmt: skip
        before, _, after = damaged(text, chance).partition("|")
        held.open[path] = before + after
        lines = Lines(before + after)
        assert lines.offset(*lines.position(len(before))) == len(before) or "\r" in text
        for file, found in held.check(path).items():
            own = Lines(held.open.get(file, ""))
            for one in found:
                begin, end = own.token(one.line, one.column)
                assert 0 <= begin <= end <= len(own.text)
        cursor = cursor_at(before + after, len(before))
        if cursor is not None:
            meaning = Meaning(path, cursor, held.library(path))
            with reading(held.texts()):
                assert all(one.text for one in meaning.possible())
                meaning.named()


def test_positions_count_as_editors_do() -> None:
    text = "a: 😀x\r\nb: '\u2028'\nc: é\n"
    utf16, utf8 = Lines(text), Lines(text, "utf-8")
    at = text.index("x")
    assert utf16.position(at) == (0, 5)
    assert utf8.position(at) == (0, 7)
    assert utf16.offset(0, 5) == utf8.offset(0, 7) == at
    assert utf16.offset(0, 99) == text.index("\r")
    assert utf16.offset(9, 0) == len(text)
    # YAML breaks the line at U+2028, an editor does not: a place of ours in YAML's line 4 is in the editor's third.
    assert utf16.position(utf16.offset_of_place(4, 1)) == (2, 0)
    assert text[slice(*utf16.token(1, 4))] == "😀x"


def test_a_drive_letter_is_one_file_however_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uris, "IS_WIN", True)
    written = {uris.to_fs_path(f"file:///{drive}/site/a%20b.yaml") for drive in ("c%3A", "C:", "c:")}
    assert written == {"c:\\site\\a b.yaml"}
