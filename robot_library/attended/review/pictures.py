"""A film's own values for the viewer, and what the model marked on it. Each opening is told to the audit first."""

from __future__ import annotations

import asyncio
from typing import Literal

from starlette.responses import PlainTextResponse, Response

from robot_library.attended.house import House
from robot_library.engine.people.reviews import Question
from robot_library.errors import SetupError
from robot_library.model.audit import Happened, hashed
from robot_library.model.study import Image
from robot_library.web.shell import Ask

_AHEAD = "x-ahead"
"""Header of what a page fetches before anybody looks at it."""


class Pictures:
    """GET /review/…/images, /marks, /picture."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def image(self, ask: Ask) -> Response:
        """One frame of one image (imaging/viewing). 409 with the reason for one that cannot be shown as it is."""
        from robot_library.imaging.refusal import ImageRefused
        from robot_library.imaging.viewing import viewable

        question, number, frame = await self._question(ask), ask.request.path_params["number"], ask.query("frame", "0")
        images = question.asked.images if question.asked else ()
        if not 1 <= number <= len(images) or not frame.isdigit():
            raise SetupError("there is no such image.")
        image = images[number - 1]
        await self._told(ask, question, "image")
        try:
            data = await asyncio.to_thread(self._house.blobs.get, image.blob)
            packed = await asyncio.to_thread(viewable, image, data, int(frame))
        except ImageRefused as refused:
            return PlainTextResponse(refused.message, 409)
        return Response(packed, media_type="application/octet-stream")

    async def marks(self, ask: Ask) -> Response:
        """What the model marked, as a layer over its film; 204 where it marked nothing that could lie on one film."""
        from robot_library.imaging.pictures import marks

        question = await self._question(ask)
        finding = question.asked.finding if question.asked else None
        image = _its_film(question)
        if finding is None or image is None or "overlay" not in finding.evidence:
            return Response(status_code=204)
        await self._told(ask, question, "overlay")
        picture = await asyncio.to_thread(self._house.blobs.get, finding.evidence["overlay"])
        layer = await asyncio.to_thread(marks, picture, image.rows, image.columns)
        return Response(layer, media_type="image/png") if layer else Response(status_code=204)

    async def picture(self, ask: Ask) -> Response:
        """The picture that the model made, with its legend."""
        from robot_library.imaging.pictures import shrink

        question = await self._question(ask)
        kept = question.asked.finding.evidence if question.asked else {}
        blob = kept.get("overlay") or kept.get("film")
        if not blob:
            raise SetupError("the model made no picture.")
        await self._told(ask, question, "overlay")
        picture = await asyncio.to_thread(self._house.blobs.get, blob)
        kind, data = await asyncio.to_thread(shrink, picture)
        return Response(data, media_type=kind)

    async def _question(self, ask: Ask) -> Question:
        return await self._house.desk.reviews.question(ask.request.path_params["item"])

    async def _told(self, ask: Ask, question: Question, what: Literal["image", "overlay"]) -> None:
        ahead = " (fetched ahead)" if _AHEAD in ask.request.headers else ""
        await tell(self._house, question, "evidence", f"{what}{ahead}", ask.who)


def _its_film(question: Question) -> Image | None:
    """The film that the model's picture is of; None if it read many: then the picture has a geometry of its own."""
    asked = question.asked
    if asked is None or len(asked.finding.read) > 1:
        return None
    return next((one for one in asked.images if one.sop_instance_uid == asked.finding.image_uid), None)


def marked(question: Question) -> int:
    """Which of the images, from 1, the model's marks lie on; 0 if on none that is shown."""
    image, asked = _its_film(question), question.asked
    there = image is not None and asked is not None and "overlay" in asked.finding.evidence
    return asked.images.index(image) + 1 if there and asked and image else 0


async def tell(house: House, question: Question, kind: Literal["evidence", "review"], what: str, who: str) -> None:
    """Write down that a person has opened something of a patient's. AuditBroken, and then they must not see it."""
    people = question.asked.patients if question.asked else ()
    numbers = {hashed(house.sealer.mac, one.value) for person in people for one in person.ids}
    told = Happened(
        kind, what, item=question.item, bot=question.bot, person=who, patients=tuple(sorted(numbers))
    )  # fmt: skip
    await asyncio.to_thread(house.desk.store.trail.record, told)
