"""The tiles, the forms, and the order that comes of one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from starlette.responses import JSONResponse, RedirectResponse, Response

from robot_library.attended.house import House
from robot_library.attended.start.films import LARGEST, Films
from robot_library.attended.start.form import Box, boxes, checked, film_input, from_film, recent_first, takes_films
from robot_library.attended.start.seen import seen, takes_numbers
from robot_library.attended.startable import Startable
from robot_library.engine.records.items import URGENT, key_mac
from robot_library.errors import SetupError, WetreadError
from robot_library.model.audit import Happened
from robot_library.people.rights import HERE
from robot_library.web.shell import Ask

_ROUTINE, _RECENT = 10, 6
WAIT = 20.0
"""Seconds in which the window that is to be read must come to the front."""


class Start:
    """Everything at / and /start."""

    def __init__(self, house: House) -> None:
        self._house, self._films = house, Films(house.blobs)
        self._looking = asyncio.Lock()

    async def first(self, ask: Ask) -> Response:
        """The tiles, and what this person has started lately."""
        house = self._house
        if not ask.may("watch") and ask.may("people"):
            return RedirectResponse("/people", 303)
        bots = [bot for bot in house.startable if bot.by(ask.session.role.split())] if ask.may("start") else []
        favourite = await asyncio.to_thread(house.book.favourites, ask.who)
        often, mine = await house.desk.starts.often(ask.who), await house.desk.starts.of(ask.who, limit=_RECENT)
        items = {one.id: one for one in await house.desk.board.some(mine)}
        recent = [await house.shown(items[item], clear=ask.may("patients")) for item in mine if item in items]
        return await ask.page(
            "start.html", bots=recent_first(bots, favourite, often), favourite=favourite, recent=recent,
            now=time.time(),
        )  # fmt: skip

    async def form(self, ask: Ask) -> Response:
        """What a bot asks."""
        bot = self._bot(ask)
        return await self._form(ask, bot, {}, {})

    async def _form(self, ask: Ask, bot: Startable, values: dict[str, str], wrong: dict[str, str]) -> Response:
        fields = boxes(bot, values, ask.words, wrong)
        return await ask.page(
            "form.html", bot=bot, boxes=fields, wrong=[box for box in fields if box.wrong],
            films=takes_films(bot), ticket=ask.text("films", 60), urgent=bool(ask.text("urgent")), focus=_focus(fields),
            stops=await self._house.desk.switches.list(), front=self._sits_here(ask) and takes_numbers(bot),
            front_wait=int(WAIT),
        )  # fmt: skip

    async def begin(self, ask: Ask) -> Response:
        """Put the order into the queue; nothing runs on it that nobody confirms."""
        bot, house = self._bot(ask), self._house
        given = {name: ask.text(f"in.{name}", 500) for name in bot.workflow.item}
        films = film_input(bot)
        if films is not None:
            given[films] = await asyncio.to_thread(self._films.take, ask.text("films", 60), ask.who)
        values, wrong = checked(bot, given, ask.words)
        if wrong:
            return await self._form(ask, bot, given, wrong)
        if bot.problem:
            raise SetupError(ask.words("start.problem"))
        urgent, key = bool(ask.text("urgent")), bot.key(values)
        told = Happened("decision", "start bot", bot=bot.name, person=ask.who)
        await asyncio.to_thread(house.desk.store.trail.record, told)
        made = await house.desk.add(
            bot.name, values, key, priority=URGENT if urgent else _ROUTINE,
            due=time.time() + bot.limit if urgent else None, started_by=ask.who,
        )  # fmt: skip
        self._films.forget(ask.text("films", 60))
        if made is not None:
            return RedirectResponse(f"/orders/{made.id}", 303)
        return await self._known(ask, bot, key)

    async def _known(self, ask: Ask, bot: Startable, key: str) -> Response:
        """The order is in the queue, or was: there is one of it, whoever started it, a person or a schedule."""
        item = await self._house.desk.items.by_key(key_mac(self._house.sealer, bot.name, key))
        if item is None:
            raise SetupError(ask.words("start.known"))
        return ask.back(f"/orders/{item}", ask.words("start.known"))

    async def film(self, ask: Ask) -> Response:
        """Take one dropped object in; says what its header fills in."""
        bot = self._bot(ask)
        data = await ask.body(LARGEST)
        if data is None or not takes_films(bot):
            return JSONResponse({"said": ask.words("drop.large")}, 413)
        try:
            ticket = ask.request.headers.get("x-films", "")[:60]
            ticket, one = await asyncio.to_thread(self._films.add, ticket, ask.who, data)
        except WetreadError:
            return JSONResponse({"said": ask.words("drop.refused")}, 422)
        said = ask.words("drop.taken", count=len(one.blobs))
        return JSONResponse({"ticket": ticket, "fields": from_film(bot, one.fields), "said": said})

    async def front(self, ask: Ask) -> Response:
        """What the next window that comes to the front says, for the form's fields. Nothing of it is kept."""
        bot, look = self._bot(ask), self._house.front
        if look is None or not self._sits_here(ask):
            raise SetupError(ask.words("front.elsewhere"))
        if self._looking.locked():
            return JSONResponse({"said": ask.words("front.busy")}, 409)
        async with self._looking:
            try:
                found = await asyncio.to_thread(lambda: seen(bot, look(WAIT)))
            except WetreadError:
                return JSONResponse({"said": ask.words("front.none")}, 422)
        word = "several" if found.several else "nothing" if not found.fits else "drawn" if found.drawn else "read"
        return JSONResponse({"fields": found.only, "several": found.several, "said": ask.words(f"front.{word}")})

    def _sits_here(self, ask: Ask) -> bool:
        """Whether who asks sits before the screen of this machine."""
        return self._house.front is not None and HERE in ask.session.role.split()

    async def favourite(self, ask: Ask) -> Response:
        """A bot goes to the front, or back."""
        bot = self._bot(ask)
        await asyncio.to_thread(self._house.book.favour, ask.who, bot.name, bool(ask.text("on")))
        return RedirectResponse("/", 303)

    def _bot(self, ask: Ask) -> Startable:
        name, roles = ask.request.path_params["bot"], ask.session.role.split()
        found = next((bot for bot in self._house.startable if bot.name == name and bot.by(roles)), None)
        if found is None:
            raise SetupError(ask.words("start.not_yours"))
        return found


def _focus(fields: Sequence[Box]) -> str:
    """The field to begin with: the first that is wrong, or empty."""
    for box in fields:
        if box.wrong or not box.value:
            return str(box.name)
    return ""
