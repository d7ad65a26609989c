"""The driver that a map asks for: each kind is started when the first map of it is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from robot_library.abilities import Asks, AtScreenSaid, HearsAtScreen
from robot_library.interfaces import Credential, Driver, ScreenSession
from robot_library.model.at_screen import AtScreen
from robot_library.model.bot import App
from robot_library.model.screen import ScreenMap


class DriverByKind:
    """A Driver over all kinds of screens. `start`: what makes the driver of each kind."""

    def __init__(self, start: dict[str, Callable[[], Driver]]) -> None:
        self._start = start
        self._started: dict[str, Driver] = {}
        self._said: Callable[[AtScreenSaid], None] | None = None

    async def session(self, role: str, app: App, screen_map: ScreenMap, credential: Credential | None) -> ScreenSession:
        """See interfaces.Driver."""
        return await self._of(screen_map).session(role, app, screen_map, credential)

    async def leave(self, app: App, screen_map: ScreenMap, credential: Credential | None) -> None:
        """See interfaces.Driver."""
        if screen_map.kind in self._started:
            await self._started[screen_map.kind].leave(app, screen_map, credential)

    async def ask(self, app: App, screen_map: ScreenMap, path: str | None = None) -> str:
        """See interfaces.Asks. A remote screen is asked for a picture. The server behind a desktop's program is asked
        by the browser, where it has an http address; one that has none is taken to answer."""
        if app.program is not None and app.program.remote:
            driver = self._of(screen_map)
            if isinstance(driver, Asks) and (code := await driver.ask(app, screen_map, path)):
                return code
        if not app.url.startswith(("http://", "https://")):
            return ""
        if screen_map.kind != "browser":
            screen_map = screen_map.model_copy(update={"kind": "browser", "maintenance": None, "sign_in": None})
        driver = self._of(screen_map)
        return await driver.ask(app, screen_map, path) if isinstance(driver, Asks) else ""

    def hear(self, said: Callable[[AtScreenSaid], None]) -> None:
        """See interfaces.HearsAtScreen."""
        self._said = said
        for driver in self._started.values():
            if isinstance(driver, HearsAtScreen):
                driver.hear(said)

    async def close(self) -> None:
        """Close every driver that was started."""
        started, self._started = list(self._started.values()), {}
        for driver in started:
            await driver.close()

    def _of(self, screen_map: ScreenMap) -> Driver:
        kind = screen_map.kind
        if kind not in self._started:
            driver = self._started[kind] = self._start[kind]()
            if self._said is not None and isinstance(driver, HearsAtScreen):
                driver.hear(self._said)
        return self._started[kind]


def drivers(
    pictures: Callable[[str], Sequence[Path]], *, downloads: Path | None = None, headed: bool | None = None,
    at_screen: AtScreen | None = None,
) -> Driver:  # fmt: skip
    """Every kind that there is. `pictures`: a desktop map's name → the folder of its pictures; `at_screen`: what holds
    on a person's own screen."""

    def browser() -> Driver:
        from robot_library.drivers.browser import BrowserDriver

        return BrowserDriver(downloads=downloads, headed=headed, at_screen=at_screen)

    def desktop() -> Driver:
        from robot_library.drivers.desktop import DesktopDriver

        return DesktopDriver(pictures, at_screen)

    return DriverByKind({"browser": browser, "desktop": desktop})
