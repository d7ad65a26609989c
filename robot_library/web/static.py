"""Files of ours that every browser may have: read once, named by what they hold, sent once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
PATH = "/static"


@dataclass(frozen=True)
class File:
    """One file in memory; `tag` names its content."""

    kind: str
    data: bytes
    tag: str


class Static:
    """All files of some folders, by their names; a later folder's file takes the place of an earlier one's."""

    def __init__(self, folders: Sequence[Path]) -> None:
        found = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in _KINDS]
        self._files = {path.name: _read(path) for path in found}

    def url(self, name: str) -> str:
        """Where a file is, with its tag: whoever has it under that address never asks again. KeyError if unknown."""
        return f"{PATH}/{name}?v={self._files[name].tag[:12]}"

    async def serve(self, request: Request) -> Response:
        """The file, or 304 if the browser has it."""
        file = self._files.get(request.path_params["name"])
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        named = request.query_params.get("v") == file.tag[:12]
        kept = "public, max-age=31536000, immutable" if named else "no-cache"
        headers = {"etag": f'"{file.tag}"', "cache-control": kept}
        if f'"{file.tag}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(file.data, media_type=file.kind, headers=headers)


def _read(path: Path) -> File:
    data = path.read_bytes()
    return File(_KINDS[path.suffix], data, hashlib.sha256(data).hexdigest())
