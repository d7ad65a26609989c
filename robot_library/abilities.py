"""What a driver or its session can do beside driving, if it can: asked for by `isinstance`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from robot_library.interfaces import View
from robot_library.model.bot import App
from robot_library.model.run import Called, Looked
from robot_library.model.screen import ScreenMap


@runtime_checkable
class Lends(Protocol):
    """A ScreenSession whose window can be lent to a person, who does one step in it."""

    async def lend(self, *, writes: bool) -> bool:
        """Show the window, and leave it alone from now on; False if nobody can see it. `writes`: what is typed there
        may be unsaved from now on."""

    async def stand(self, screen: str, where: Mapping[str, str]) -> View:
        """The current view, from now on: the screen that a person has led the window to. Nothing is pressed or walked;
        ScreenNotReached says what is there instead."""

    async def holds(self) -> dict[str, str]:
        """What each `write` target of the current view holds now, letter by letter; what is not there is left out."""

    def had_back(self, *, saved: bool) -> None:
        """The bot has its window again. `saved`: nothing typed in it is unsaved any more."""


AtScreenSaid = Literal["stop", "go_on", "touched"]
"""What a person at a bot's screen says: by the stop key, by the key that lets go on, by touching mouse or keyboard."""


@runtime_checkable
class HearsAtScreen(Protocol):
    """A driver that works on screens where persons sit."""

    def hear(self, said: Callable[[AtScreenSaid], None]) -> None:
        """Tell this one, from whatever thread."""


@dataclass(frozen=True)
class Sight:
    """What a window shows, whatever that is. `picture`: a covered PNG; `outline`: its parts, covered too; empty if not
    to be had."""

    picture: bytes = b""
    outline: str = ""


@runtime_checkable
class Traces(Protocol):
    """A ScreenSession that remembers how it got on."""

    def traced(self) -> tuple[list[Looked], list[Called]]:
        """Targets found and addresses asked, since this was last asked for."""

    async def sight(self) -> Sight:
        """What its window shows now. Nothing is waited for, signed in to or pressed; raises nothing of the page's."""


@runtime_checkable
class TellsVersion(Protocol):
    """A ScreenSession that can read which version of the application it works on."""

    async def version(self) -> str:
        """As the application shows it, by the map's `version`; empty if it cannot be read there."""


@runtime_checkable
class Outlines(Protocol):
    """A View that can tell the parts of its screen."""

    async def outline(self) -> str:
        """Roles and names, one part a line, patients' words covered; empty if the page does not hold still."""


@runtime_checkable
class Asks(Protocol):
    """A driver that can tell whether a system answers at all."""

    async def ask(self, app: App, screen_map: ScreenMap, path: str | None = None) -> str:
        """Ask once: without a credential, outside of every session, typing and pressing nothing. Empty if the system
        answers, whatever it says; else why not, as a code such as ERR_CONNECTION_REFUSED or HTTP 503."""
