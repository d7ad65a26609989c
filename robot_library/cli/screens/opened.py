"""Screens opened by hand, as a bot would open them: past the line's door, under a name that is no bot's."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.errors import LineStopped, SetupError

if TYPE_CHECKING:
    from robot_library.actions.canary import Met, ScreenSeen
    from robot_library.engine.line.line import Pass
    from robot_library.interfaces import Driver
    from robot_library.model.bot import App
    from robot_library.model.screen import ScreenMap
    from robot_library.parsing.library import Library

App_ = tuple["App", "ScreenMap"]
_NAME = "screens-verify"
"""What a look by hand is called where bots have a name."""


def pair(text: str) -> tuple[str, str]:
    """KEY=VALUE of an option."""
    key, equals, value = text.partition("=")
    if not equals or not key or not value:
        raise click.UsageError("--where takes KEY=VALUE.")
    return key, value


def apps_by_map(library: Library, name: str) -> dict[str, App_]:
    """By map: the systems of a bot, or the one system that a bot signs in to by this map."""
    from robot_library.bot import apps_of

    if name in library.names("bot"):
        return {screens.system: (app, screens) for app, screens in apps_of(name, library).values()}
    library.screen_map(name)
    failure: SetupError | None = None
    for bot in library.names("bot"):
        if any(app.map == name for app in library.bot(bot).apps.values()):
            try:
                found = apps_of(bot, library).values()
            except SetupError as lacking:
                failure = lacking
                continue
            return {name: next(pair for pair in found if pair[0].map == name)}
    raise failure or SetupError(f"no bot uses the screen map {name!r}.", cure="Name a bot that signs in to it.")


async def looked_over(
    library: Library, apps: Mapping[str, App_], where: Mapping[str, str], sample: bool, leave_out: tuple[str, ...],
    home: Path, db: str | None, driver: Driver, met: Met | None = None,
    versions: dict[str, str] | None = None,
) -> dict[str, list[ScreenSeen]]:  # fmt: skip
    """Every screen that can be opened, once; the driver is closed. `met` is told of each; `versions` takes what each
    application shows, where its map says that it does."""
    from robot_library.abilities import TellsVersion
    from robot_library.actions.canary import Keys, look_round
    from robot_library.safeguards.vault import Vault

    found: dict[str, list[ScreenSeen]] = {}
    known = Keys(where, [screen_map for _, screen_map in apps.values()], sample=sample)
    try:
        async with let_in_by_hand(library, apps, driver, home, db) as admitted:
            for name, (app, screen_map) in apps.items():
                credential = Vault().credential(app.credential) if app.credential else None
                if credential is not None and app.credential:
                    credential = admitted.credential(app.credential, credential)
                session = await driver.session(name, app, screen_map, credential)
                try:
                    found[name] = await look_round(session, known, leave_out, met)
                    if versions is not None and screen_map.version and isinstance(session, TellsVersion):
                        versions[name] = await session.version()
                finally:
                    await session.close()
    except LineStopped as held:
        reason = held.message.partition(";")[0]
        raise LineStopped(f"{reason}; screens were not looked at to the end.", cure=held.cure) from None
    finally:
        await driver.close()
    return found


@asynccontextmanager
async def let_in_by_hand(
    library: Library, apps: Mapping[str, App_], driver: Driver, home: Path, db: str | None
) -> AsyncIterator[Pass]:
    """Past the same door as every worker's goes, with a name of its own: this is no run of the bot. Told first: the
    systems see the bot's account, and not who is behind it."""
    from robot_library.cli.site import make_engine, open_key
    from robot_library.engine.line.entry import let_in
    from robot_library.engine.ports import Visitor
    from robot_library.model.audit import Happened
    from robot_library.model.bot import BotSpec

    spec = BotSpec(bot=_NAME, about="", workflow=_NAME, apps={name: app for name, (app, _) in apps.items()})
    visitor = Visitor(bot=spec, driver=driver, maps={name: screen_map for name, (_, screen_map) in apps.items()})
    key = open_key(home, create=True)
    engine = make_engine(home, key, url=db, executor=f"verify-{os.getpid()}", site=library.site())
    await engine.open()
    try:
        await engine.line.start()
        async with let_in(engine.line, visitor) as admitted:
            for app, _ in apps.values():
                engine.store.trail.record(Happened("sign_in", "screens by hand", "begun", system=app.map))
            yield admitted
    finally:
        await engine.line.stop()
        engine.store.close()
