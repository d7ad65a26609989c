"""The language server: what pygls hears, answered from the project."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from robot_library import __version__
from robot_library.editor.cursor import cursor_at
from robot_library.editor.meaning import Meaning, Word
from robot_library.editor.positions import Lines
from robot_library.editor.project import Found, Project
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.texts import reading

T = TypeVar("T")
PAUSE_S = 0.2
"""So long nobody types before a text is checked."""
_KINDS = {
    "action": types.CompletionItemKind.Function, "key": types.CompletionItemKind.Property,
    "choice": types.CompletionItemKind.EnumMember, "file": types.CompletionItemKind.File,
    "role": types.CompletionItemKind.Module, "screen": types.CompletionItemKind.Module,
    "target": types.CompletionItemKind.Field, "name": types.CompletionItemKind.Variable,
    "member": types.CompletionItemKind.Field, "function": types.CompletionItemKind.Function,
}  # fmt: skip
_MEANT = re.compile(r"Did you mean '([^']+)'\?")
_log = logging.getLogger(__name__)


class Server:
    """One editor's session. Whatever fails is logged (without the text) and answered by nothing."""

    def __init__(self) -> None:
        self.project = Project()
        self.lsp = LanguageServer("wetread", __version__, types.TextDocumentSyncKind.Full)
        self._uris: dict[Path, str] = {}
        self._said: dict[Path, tuple[list[Diagnostic], str | None]] = {}
        self._edits = 0
        self._worker = ThreadPoolExecutor(1, "check")
        self._checking: asyncio.Task[None] | None = None
        self._listen()

    def _listen(self) -> None:
        on = self.lsp.feature
        on(types.TEXT_DOCUMENT_DID_OPEN)(lambda p: self.edited(p.text_document.uri, p.text_document.text))
        on(types.TEXT_DOCUMENT_DID_CHANGE)(lambda p: self.edited(p.text_document.uri, p.content_changes[-1].text))
        on(types.TEXT_DOCUMENT_DID_SAVE)(lambda p: self.recheck(_path(p.text_document.uri)))
        on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(lambda p: self.recheck(_path(p.changes[-1].uri)))
        on(types.TEXT_DOCUMENT_DID_CLOSE)(lambda p: self.closed(p.text_document.uri))
        characters = types.CompletionOptions(trigger_characters=[".", " ", "=", "{", "["])
        on(types.TEXT_DOCUMENT_COMPLETION, characters)(lambda p: self.ask(p, self.complete) or [])
        on(types.TEXT_DOCUMENT_DEFINITION)(lambda p: self.ask(p, self.define) or [])
        on(types.TEXT_DOCUMENT_HOVER)(lambda p: self.ask(p, self.hover))
        on(types.TEXT_DOCUMENT_FORMATTING)(lambda p: self.format(p.text_document.uri))
        fixes = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
        on(types.TEXT_DOCUMENT_CODE_ACTION, fixes)(lambda p: self.quick_fixes(p))

    # ---- texts and diagnostics

    def edited(self, uri: str, text: str) -> None:
        """An editor holds another text of a file."""
        path = _path(uri)
        self._uris[path] = uri
        self.project.open[path] = text
        self.recheck(path)

    def closed(self, uri: str) -> None:
        """What is on the disk counts again."""
        path = _path(uri)
        self.project.open.pop(path, None)
        self.recheck(path)

    def recheck(self, path: Path) -> None:
        """Check anew, once nobody has typed for a moment; a check that an edit overtakes is not told."""
        self._edits += 1
        if self._checking is not None:
            self._checking.cancel()
        self._checking = asyncio.get_running_loop().create_task(self._check(path, self._edits))

    async def _check(self, path: Path, edits: int) -> None:
        await asyncio.sleep(PAUSE_S)
        for look in (self.project.check, self.project.check_all):
            try:
                found = await asyncio.get_running_loop().run_in_executor(self._worker, self._look, look, path, edits)
            except Exception as failure:  # an editor is never left without its server
                _log.error("checking failed: %s", type(failure).__name__)
                continue
            if edits == self._edits:
                self._tell(found, whole=look == self.project.check_all)

    def _look(self, look: Callable[[Path], Found], path: Path, edits: int) -> Found:
        """In the worker: one check at a time; what an edit has overtaken while it waited is not begun."""
        return look(path) if edits == self._edits else {}

    def _tell(self, found: Found, whole: bool) -> None:
        if whole:
            found |= {path: [] for path in self._said if path not in found and not path.is_file()}
        for path, diagnostics in found.items():
            text = self._text(path)
            old = self._said.get(path, ([], text))
            if path not in self.project.open and old == (diagnostics, text):
                continue
            self._said[path] = (diagnostics, text)
            lines = self._lines(text)
            self.lsp.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(self._uri(path), [self._shown(one, lines) for one in diagnostics])
            )

    def _shown(self, one: Diagnostic, lines: Lines) -> types.Diagnostic:
        severity = types.DiagnosticSeverity.Warning if one.severity == "warning" else types.DiagnosticSeverity.Error
        message = f"{one.message}\n{one.hint}" if one.hint else one.message
        return types.Diagnostic(_range(lines, *lines.token(one.line, one.column)), message, severity, one.code,
                                source="wetread")  # fmt: skip

    def _text(self, path: Path) -> str:
        held = self.project.open.get(path)
        if held is not None:
            return held
        try:
            return path.read_bytes().decode("utf-8-sig", "replace")
        except OSError:
            return ""

    def _lines(self, text: str) -> Lines:
        return Lines(text, str(getattr(self.lsp.workspace.position_encoding, "value", "utf-16")))  # type: ignore[arg-type]

    def _uri(self, path: Path) -> str:
        return self._uris.get(path) or path.as_uri()

    # ---- questions

    def ask(self, params: Any, answer: Callable[[Path, Lines, int, Meaning], T]) -> T | None:
        """Find the cursor and answer."""
        path = _path(params.text_document.uri)
        text = self._text(path)
        lines = self._lines(text)
        offset = lines.offset(params.position.line, params.position.character)
        try:
            with reading(self.project.texts()):
                cursor = cursor_at(text, offset)
                if cursor is None:
                    return None
                return answer(path, lines, offset, Meaning(path, cursor, self.project.library(path)))
        except Exception as failure:  # an editor is never left without its server
            _log.error("answering failed: %s", type(failure).__name__)
            return None

    def complete(self, path: Path, lines: Lines, offset: int, meaning: Meaning) -> list[types.CompletionItem]:
        """Every word that may stand at the cursor and begins like what is typed."""
        typed = meaning.typed
        where = _range(lines, offset - len(typed), offset)
        possible = (one for one in meaning.possible() if one.what != "member" or "." in typed)
        found = {one.text: one for one in possible if one.text.startswith(typed)}
        return [
            types.CompletionItem(
                one.text, kind=_KINDS[one.what], filter_text=one.text, text_edit=types.TextEdit(where, one.text),
                detail=one.about.partition("\n")[0] or None, documentation=_markdown(one.about),
                sort_text=f"{one.what == 'function':d}{order:04d}",
            )
            for order, one in enumerate(found.values())
        ]  # fmt: skip

    def define(self, path: Path, lines: Lines, offset: int, meaning: Meaning) -> list[types.Location]:
        """Where what the word names is given."""
        found = []
        for one in meaning.named():
            if one.file is not None and one.place is not None:
                there = self._lines(self._text(one.file))
                word = there.token(one.place.line, one.place.column)
                found.append(types.Location(self._uri(one.file), _range(there, *word)))
        return found

    def hover(self, path: Path, lines: Lines, offset: int, meaning: Meaning) -> types.Hover | None:
        """What the word means; and what the codes of the diagnostics that stand on it mean."""
        parts = [_described(one) for one in meaning.named()[:3]]
        slot = meaning.slot()
        if not parts and slot is not None and (about := slot.about()):
            parts.append(about)
        for one in self._said.get(path, ([], None))[0]:
            begin, end = lines.token(one.line, one.column)
            if begin <= offset <= end:
                parts.append(f"**{one.code}**: {_explained(one.code)}")
        return types.Hover(_markup("\n\n---\n\n".join(dict.fromkeys(filter(None, parts))))) if any(parts) else None

    def format(self, uri: str) -> list[types.TextEdit]:
        """The text as `wetread fmt` lays it out; nothing while it is no YAML."""
        from robot_library.errors import AuthoringError
        from robot_library.parsing.formatting import formatted

        text = self._text(_path(uri))
        lines = self._lines(text)
        try:
            new = formatted(text, "this file")
        except AuthoringError:
            return []
        return [] if new == text else [types.TextEdit(_range(lines, 0, len(text)), new)]

    def quick_fixes(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """Take the nearest known word, where a diagnostic names one: a person looks before it is taken."""
        found = []
        for one in params.context.diagnostics:
            meant = _MEANT.search(one.message)
            if one.source == "wetread" and meant is not None:
                edit = types.WorkspaceEdit({params.text_document.uri: [self._exchanged(params, one, meant[1])]})
                found.append(
                    types.CodeAction(f"Write '{meant[1]}'", types.CodeActionKind.QuickFix, [one], edit=edit)
                )  # fmt: skip
        return found

    def _exchanged(self, params: types.CodeActionParams, one: types.Diagnostic, meant: str) -> types.TextEdit:
        """Only the wrong part of a dotted name is exchanged."""
        lines = self._lines(self._text(_path(params.text_document.uri)))
        begin = lines.offset(one.range.start.line, one.range.start.character)
        end = lines.offset(one.range.end.line, one.range.end.character)
        wrong = re.search(r"'([^']+)'[^']*$", one.message.partition("\n")[0])
        at = lines.text.find(wrong[1], begin, end) if wrong else -1
        return types.TextEdit(_range(lines, at, at + len(wrong[1])) if wrong and at >= 0 else one.range, meant)


def _path(uri: str) -> Path:
    return Path(uris.to_fs_path(uri) or uri).resolve()


def _range(lines: Lines, begin: int, end: int) -> types.Range:
    return types.Range(types.Position(*lines.position(begin)), types.Position(*lines.position(end)))


def _markup(text: str) -> types.MarkupContent:
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def _markdown(text: str) -> types.MarkupContent | None:
    return _markup(text) if text else None


def _described(one: Word) -> str:
    return f"`{one.text}` — {one.about}" if one.about and one.what != "action" else one.about


def _explained(code: str) -> str:
    from robot_library.lint.rule import rules
    from robot_library.parsing.codes import CODES

    return " ".join(CODES.get(code, ())) or next((rule.doc for rule in rules() if rule.code == code), "")


def serve() -> None:
    """Speak over stdin and stdout until the editor ends it."""
    Server().lsp.start_io()


__all__ = ["Server", "serve"]
