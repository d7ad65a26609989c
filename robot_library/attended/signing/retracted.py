"""A released report taken back as entered in error, and what a person then sees to in the record."""

from __future__ import annotations

from starlette.responses import Response

from robot_library.attended.house import House
from robot_library.attended.review.drafts import tidied
from robot_library.attended.signing.report import as_read, role_of
from robot_library.errors import ReleaseRefused
from robot_library.web.shell import Ask


class Retracted:
    """POST /reports/{version}/retract and /cleared."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def retract(self, ask: Ask) -> Response:
        """Take it back from everybody who got it. The tick says that it was meant."""
        version = await as_read(self._house, ask)
        if not ask.text("sure"):
            raise ReleaseRefused(ask.words("error_report.not_sure"))
        why = tidied(ask.text("why", 500))
        after = await self._house.desk.retractions.retract(version, ask.who, role_of(ask), why)
        return ask.back(f"/reports/{after.id}", ask.words("error_report.done"))

    async def cleared(self, ask: Ask) -> Response:
        """Somebody has marked in the record itself what a bot had typed there."""
        version = await as_read(self._house, ask)
        how = tidied(ask.text("how", 500))
        await self._house.desk.retractions.cleared(version, how, ask.who, role_of(ask))
        return ask.back(f"/reports/{version.id}", ask.words("error_report.seen_to"))
