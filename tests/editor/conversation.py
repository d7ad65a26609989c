"""An editor that speaks with `wetread lsp` over stdio, by pygls' own client."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

PATIENCE_S = 60


class Editor:
    """One editor. `said` holds the latest diagnostics by file."""

    def __init__(self) -> None:
        self.client = LanguageClient("tests", "1")
        self.said: dict[Path, list[types.Diagnostic]] = {}
        self.complaints: list[str] = []
        self._news = asyncio.Event()
        self._versions: dict[Path, int] = {}
        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda p: self._hear(p))
        self.client.feature(types.WINDOW_SHOW_MESSAGE)(lambda p: self.complaints.append(p.message))
        self.client.feature(types.WINDOW_LOG_MESSAGE)(lambda p: self.complaints.append(p.message))

    async def start(self, folder: Path) -> None:
        await self.client.start_io(sys.executable, "-m", "robot_library.cli.main", "lsp", "--stdio", cwd=folder)
        self.answer = await self.client.initialize_async(
            types.InitializeParams(types.ClientCapabilities(), root_uri=folder.as_uri())
        )
        self.client.initialized(types.InitializedParams())

    async def end(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    def _hear(self, params: types.PublishDiagnosticsParams) -> None:
        from pygls import uris

        self.said[Path(uris.to_fs_path(params.uri) or "")] = list(params.diagnostics)
        self._news.set()

    def open(self, path: Path, text: str | None = None) -> None:
        self._versions[path] = 1
        held = text if text is not None else path.read_text(encoding="utf-8")
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(path.as_uri(), "yaml", 1, held))
        )

    def type(self, path: Path, text: str) -> None:
        """The file's text is another now; nothing is saved."""
        self._versions[path] += 1
        document = types.VersionedTextDocumentIdentifier(version=self._versions[path], uri=path.as_uri())
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(document, [types.TextDocumentContentChangeWholeDocument(text)])
        )

    async def until(self, path: Path, *codes: str) -> list[types.Diagnostic]:
        """Wait until exactly these codes are told about a file."""
        async with asyncio.timeout(PATIENCE_S):
            while sorted(str(one.code) for one in self.said.get(path, [])) != sorted(codes) or path not in self.said:
                self._news.clear()
                await self._news.wait()
        return self.said[path]

    async def at(self, path: Path, text: str, ask: Any) -> Any:
        """Ask at the '|' of a text, which is typed without it."""
        before, _, after = text.partition("|")
        if path in self._versions:
            self.type(path, before + after)
        else:
            self.open(path, before + after)
        line = before.count("\n")
        character = len(before[before.rfind("\n") + 1 :].encode("utf-16-le")) // 2
        document = types.TextDocumentIdentifier(path.as_uri())
        async with asyncio.timeout(PATIENCE_S):
            return await ask(document, types.Position(line, character))

    async def words(self, path: Path, text: str) -> list[str]:
        """What is offered at the '|'."""
        found = await self.at(
            path, text, lambda d, p: self.client.text_document_completion_async(types.CompletionParams(d, p))
        )
        return [one.label for one in found]

    async def definition(self, path: Path, text: str) -> list[tuple[str, int]]:
        """(file's name, line from 1) of where the word at the '|' is defined."""
        found = await self.at(
            path, text, lambda d, p: self.client.text_document_definition_async(types.DefinitionParams(d, p))
        )
        return [(one.uri.rpartition("/")[2], one.range.start.line + 1) for one in found]

    async def hover(self, path: Path, text: str) -> str:
        """What is said of the word at the '|'."""
        found = await self.at(path, text, lambda d, p: self.client.text_document_hover_async(types.HoverParams(d, p)))
        return found.contents.value if found else ""
