"""Which language a person reads: as they chose, else as their browser asks, else the first there is."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from robot_library.web.pages import Pages

COOKIE = "wetread_language"
LASTS = 365 * 86400


class Languages:
    """The pages in each language, by its code ("en", "es"); the first is the one for everybody else."""

    def __init__(self, pages: Mapping[str, Pages]) -> None:
        self._pages = dict(pages)
        self.first = next(iter(self._pages))

    @property
    def codes(self) -> list[str]:
        """Every language there is."""
        return list(self._pages)

    def of(self, request: Request) -> Pages:
        """The pages for whoever asks."""
        chosen = request.cookies.get(COOKIE, "")
        if chosen in self._pages:
            return self._pages[chosen]
        return self._pages[next((code for code in _wanted(request) if code in self._pages), self.first)]


def _wanted(request: Request) -> list[str]:
    """What the browser asks for, the most wanted first: `es-MX,es;q=0.9,en;q=0.5` → es, es, en."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(request.headers.get("accept-language", "")[:200].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            found.append((-float(weight or 1), place, tag.partition("-")[0].lower()))
        except ValueError:
            continue
    return [tag for _, _, tag in sorted(found)]
