"""One item: how it stands, everything that happened to it with what was kept to show it, and what may be done."""

from __future__ import annotations

import asyncio
import time

from starlette.responses import Response

from robot_library.errors import SetupError
from robot_library.model.audit import Happened
from robot_library.model.run import Evidence
from robot_library.unattended.dashboard.floor import Floor
from robot_library.unattended.dashboard.queue import do_to, fits
from robot_library.web.shell import Ask

_PICTURES = frozenset({"screenshot", "image", "overlay"})


def is_shown(kept: Evidence) -> bool:
    """Whether a kept thing may be shown here: pictures that were masked when they were taken, nothing else."""
    return kept.masked and kept.kind in _PICTURES


class Items:
    """GET /items/…, its pictures, and what is done to it."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def page(self, ask: Ask) -> Response:
        """The item with its timeline."""
        desk, ident = self._floor.desk, ask.request.path_params["item"]
        item = await desk.board.item(ident)
        run = await desk.board.run(ident)
        return await ask.page(
            "item.html", item=item, run=run, notes=await desk.notes(ident), shown=is_shown,
            incidents=await desk.incidents.of(ident),
            sends_back=fits("retry", item), cancels=fits("cancel", item), now=time.time(),
        )  # fmt: skip

    async def picture(self, ask: Ask) -> Response:
        """A picture out of this item's own timeline, if it was masked."""
        ident, blob = ask.request.path_params["item"], ask.request.path_params["blob"]
        run = await self._floor.desk.board.run(ident)
        if not any(kept.blob == blob and is_shown(kept) for step in run.steps for kept in step.evidence):
            raise SetupError("there is no picture of that name that may be shown here.")
        told = Happened("evidence", "picture", item=ident, bot=run.bot, person=ask.who)
        await asyncio.to_thread(self._floor.desk.store.trail.record, told)
        kind, data = await asyncio.to_thread(self._floor.picture, blob)
        return Response(data, media_type=kind)

    async def confirm(self, ask: Ask) -> Response:
        """Whether to send it back, or to cancel it."""
        item = await self._floor.desk.board.item(ask.request.path_params["item"])
        do = "cancel" if ask.query("do") == "cancel" else "retry"
        return await ask.page("item_confirm.html", item=item, do=do, fits=fits(do, item))

    async def do(self, ask: Ask) -> Response:
        """Send it back, or cancel it."""
        item = await self._floor.desk.board.item(ask.request.path_params["item"])
        do = "cancel" if ask.text("do") == "cancel" else "retry"
        words = ask.words
        if not fits(do, item):
            raise SetupError(words("item.not_now"))
        await do_to(self._floor, ask, do, [item.id])
        return ask.back(f"/items/{item.id}", words(f"item.done_{do}"))

    async def note(self, ask: Ask) -> Response:
        """Write a note; it is kept sealed."""
        item = await self._floor.desk.board.item(ask.request.path_params["item"])
        text = ask.text("text")
        if text:
            await self._floor.desk.note(item.id, ask.who, text)
        return ask.back(f"/items/{item.id}", ask.words("item.noted"))
