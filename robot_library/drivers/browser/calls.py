"""What a page asks its server, taken down for the run report: method, address, status, time. Never a body or a query;
of a path only words that the screen map itself has, or that every such server has."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Request, Response

from robot_library.model.run import Called
from robot_library.model.screen import ScreenMap

MOST = 60
"""So many calls of one step are kept, the first."""
_KINDS = frozenset({"document", "xhr", "fetch"})
_FAILED = 400
HIDDEN = "•••"
_WORD = re.compile(r"[a-z][a-z0-9_-]*")
_SEGMENT = re.compile(r"[A-Za-z][A-Za-z0-9_.~-]{0,40}")
_OF_EVERY_SERVER = frozenset({
    "api", "rest", "rs", "v1", "v2", "v3", "fhir", "r4", "wado", "wado-rs", "wado-uri", "qido", "qido-rs", "stow",
    "stow-rs", "dicom-web", "dicomweb", "dicom", "studies", "study", "series", "instances", "instance", "frames",
    "metadata", "rendered", "thumbnail", "pixel-data", "bulkdata", "patient", "patients", "encounter", "encounters",
    "order", "orders", "worklist", "report", "reports", "result", "results", "observation", "observations",
    "servicerequest", "diagnosticreport", "documentreference", "imagingstudy", "login", "logout", "sign-in",
    "sign-out", "signin", "signout", "session", "sessions", "auth", "oauth2", "token", "authorize", "callback",
    "search", "query", "list", "edit", "new", "save", "view", "viewer", "viewers", "app", "apps", "static",
    "assets", "js", "css", "index", "html", "home", "main", "system", "status", "health", "ping", "events", "poll",
    "bus", "ehr", "pacs", "ris", "gnuhealth", "orthanc", "ohif", "sao", "json", "xml", "modalities", "tools",
    "find", "jobs", "queue", "model", "rpc", "bundle", "default", "config", "settings", "user", "users", "profile",
    "file", "files", "upload", "download",
})  # fmt: skip


class Calls:
    """One session's calls, in the order they were answered."""

    def __init__(self, screens: ScreenMap) -> None:
        self._words = _words(screens.model_dump(exclude={"about"})) | _OF_EVERY_SERVER
        self._begun: dict[Request, float] = {}
        self._status: dict[Request, int] = {}
        self._done: list[tuple[str, str, str, int | None, float]] = []

    def begun(self, request: Request) -> None:
        """It was sent."""
        self._begun[request] = time.perf_counter()

    def answered(self, response: Response) -> None:
        """Its answer has begun."""
        self._status[response.request] = response.status

    def ended(self, request: Request) -> None:
        """It is over, well or not."""
        begun, status = self._begun.pop(request, None), self._status.pop(request, None)
        wanted = request.resource_type in _KINDS or status is None or status >= _FAILED
        if begun is not None and wanted and len(self._done) < MOST and request.url.startswith("http"):
            ms = (time.perf_counter() - begun) * 1000.0
            self._done.append((request.method, request.url, request.resource_type, status, ms))

    def take(self, known: Iterable[str]) -> list[Called]:
        """What has ended since this was last asked; words of `known` values are covered, whatever they are."""
        done, self._done = self._done, []
        if not done:
            return []
        words = {word for value in known for word in _WORD.findall(value.casefold())}
        return [
            Called(method=method, address=told(url, self._words - words), status=status, ms=round(ms, 1), kind=kind)
            for method, url, kind, status, ms in done
        ]


def told(url: str, words: frozenset[str] | set[str]) -> str:
    """An address without query and fragment; of its path only segments made of these words."""
    parts = urlsplit(url)
    host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    path = "/".join(segment if _harmless(segment, words) else HIDDEN for segment in parts.path.split("/"))
    return f"{parts.scheme}://{host}{path}"


def _harmless(segment: str, words: frozenset[str] | set[str]) -> bool:
    if not segment:
        return True
    if not _SEGMENT.fullmatch(segment):
        return False
    low = segment.lower()
    return low in words or all(part in words for part in re.split(r"[._~]", low) if part)


def _words(value: Any) -> frozenset[str]:
    """Every word of a map that could stand in a path."""
    if isinstance(value, str):
        return frozenset(_WORD.findall(value.lower()))
    if isinstance(value, dict):
        return frozenset().union(*(_words(one) for pair in value.items() for one in pair))
    if isinstance(value, list | tuple):
        return frozenset().union(*(_words(one) for one in value))
    return frozenset()
