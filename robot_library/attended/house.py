"""What the pages of the clerk's app ask for: made once by whoever serves them, and handed to every room."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from robot_library.attended.startable import Startable
from robot_library.engine.desk import Desk
from robot_library.engine.records.board import Listed
from robot_library.interfaces import BlobStore
from robot_library.parsing.library import Library
from robot_library.people.book import Book
from robot_library.people.provider.again import Again
from robot_library.people.provider.talks import provider_of
from robot_library.people.provider.way import Elsewhere
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson


@dataclass(frozen=True)
class Shown:
    """An order as a list shows it. `number` is what people know it by, for eyes that may see it; else its own id."""

    item: Listed
    title: str
    number: str
    paused: bool
    asks: bool
    """Waits for whoever started it to confirm the patient."""


@dataclass(frozen=True)
class House:
    """One site. `desk` is the door to its queue, `library` to its files, `blobs` to what was kept, encrypted, `book` to
    its people; `startable` are the bots that may be started by hand.

    `zone` is the site's time zone, for moments on pages. `front` reads the window that whoever sits here brings to the
    front (seconds to wait for it; texts, the surest first); None where the app is not on their own machine.
    """

    home: Path
    key: SiteKey
    sealer: SealedJson
    desk: Desk
    library: Library
    blobs: BlobStore
    book: Book
    zone: str = "UTC"
    startable: tuple[Startable, ...] = ()
    front: Callable[[float], Iterator[Sequence[str]]] | None = None

    def bot(self, name: str) -> Startable | None:
        """A bot that may be started by hand, by its name."""
        return next((bot for bot in self.startable if bot.name == name), None)

    def elsewhere(self) -> Elsewhere | None:
        """The hospital's own sign-in, where site.yaml names one. SetupError if it cannot be used here."""
        provider = provider_of(self.library.site().sign_in.oidc)
        return Elsewhere(provider, self.book, self.sealer, self.desk.store.trail) if provider else None

    def again(self) -> Again | None:
        """The same sign-in, asked once more for one thing. SetupError if it cannot be used here."""
        provider = provider_of(self.library.site().sign_in.oidc)
        return Again(provider, self.book, self.desk.store.trail) if provider else None

    async def shown(self, item: Listed, *, clear: bool) -> Shown:
        """How an order stands in a list; `clear`: its number may be seen."""
        from robot_library.model.confirm import CONFIRM

        bot, number = self.bot(item.bot), item.id[:8]
        if clear and bot is not None and bot.workflow.item:
            payload = (await self.desk.items.get(item.id)).item.payload
            first = bot.workflow.collect.key if bot.workflow.collect else next(iter(bot.workflow.item))
            number = payload.get(first) or number
        title = bot.title if bot is not None else item.bot
        asks = item.state == "waiting_for_person" and item.code == CONFIRM
        return Shown(item, title, number, item.id in await self.desk.pauses.some([item.id]), asks)
