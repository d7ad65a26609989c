"""`wetread screens look`: what a locator matches, on the live screen or on a recorded one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.screens.opened import apps_by_map, let_in_by_hand, pair
from robot_library.cli.site import db_option, home_option, project_option
from robot_library.errors import AuthoringError, SetupError

if TYPE_CHECKING:
    from robot_library.drivers.browser.inspecting import Matched
    from robot_library.interfaces import ScreenSession
    from robot_library.model.screen import Locator, ScreenMap
    from robot_library.parsing.library import Library

Looked = tuple[list["Matched"], bytes]


@click.command()
@click.argument("name")
@click.argument("thing", metavar="SCREEN[.TARGET]")
@click.argument("locator", required=False)
@click.option(
    "--where", "keys", multiple=True, metavar="KEY=VALUE", help="What the screen is opened for: a test order."
)
@click.option("--screens", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Recorded screens; without it, the live system.")  # fmt: skip
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="A covered picture, matches outlined.")
@project_option
@home_option
@db_option
@click.option("--headed", is_flag=True, help="Show the browser.")
@json_option
def look(
    name: str, thing: str, locator: str | None, keys: tuple[str, ...], folder: Path | None, picture: Path | None,
    project: Path | None, home: Path, db: str | None, headed: bool, as_json: bool,
) -> int:  # fmt: skip
    """What does a locator match on a screen of the map NAME? How many things, and what each is.

    LOCATOR is written as in a map; without it, each way of TARGET is tried. On the live system the screen is opened as
    `verify` opens it: nothing is typed, nothing pressed that is final. Names that the map does not know to be nobody's
    are covered. Exit code 0: one of them matches exactly one thing.

    \b
    wetread screens look demo-ehr order.mrn --where order=REQ005626
    wetread screens look demo-ehr order '{label: "MRN:"}' --where order=REQ005626 --picture look.png
    wetread screens look demo-ehr order.mrn --where order=REQ005626 --screens recorded
    """
    from robot_library.parsing.library import Library

    library = Library.find(project)
    screens = library.screen_map(name)
    screen, _, target = thing.partition(".")
    ways, frame = _ways(screens, screen, target, locator)
    if screens.kind != "browser":
        raise SetupError("only screens in a browser can be looked at so.", cure="In programs: wetread screens point.")
    where = dict(pair(text) for text in keys)
    if folder is not None:
        found, shot = asyncio.run(_recorded(screens, screen, where, folder, ways, frame, headed=headed))
    else:
        found, shot = asyncio.run(_live(library, name, screen, where, ways, frame, home, db, headed=headed))
    if picture is not None:
        picture.write_bytes(shot)
    if as_json:
        print_json({"ways": [vars(one) for one in found]})
    else:
        for one in found:
            click.echo(f"{one.way}: {one.count} match{'es' * (one.count != 1)}")
            for line in one.things:
                click.echo(f"    {line}")
    return 0 if any(one.count == 1 for one in found) else 1


def _ways(
    screens: ScreenMap, screen: str, target: str, locator: str | None
) -> tuple[tuple[Locator, ...], Locator | None]:
    """The locators to try, and the frame they are looked for in. UsageError for what the map does not have."""
    from robot_library.model.screen import Locator
    from robot_library.parsing.build import model_from_text

    there = screens.screens.get(screen)
    if there is None:
        raise click.UsageError(f"The map has no screen {screen!r}: it has {', '.join(screens.screens)}.")
    if target and target not in there.targets:
        raise click.UsageError(f"Screen {screen!r} has no target {target!r}.")
    frame = there.targets[target].frame if target else None
    if locator is None:
        if not target:
            raise click.UsageError("Give a locator, or a target of the screen: SCREEN.TARGET.")
        return there.targets[target].find, frame
    try:
        return (model_from_text(locator, Locator, "LOCATOR"),), frame
    except AuthoringError as wrong:
        raise click.UsageError(f"LOCATOR is written as in a map, as in '{{label: Status}}': {wrong}") from None


async def _recorded(
    screens: ScreenMap, screen: str, where: Mapping[str, str], folder: Path, ways: tuple[Locator, ...],
    frame: Locator | None, *, headed: bool,
) -> Looked:  # fmt: skip
    from robot_library.authoring.recording import Recorded
    from robot_library.drivers.browser.recorded import BASE, RecordedDriver
    from robot_library.model.bot import App

    driver = RecordedDriver(Recorded(folder).page, headed=headed or None)
    try:
        session = await driver.session("look", App(map="look", url=f"{BASE}/look"), screens, None)
        return await _matched(session, screen, where, ways, frame)
    finally:
        await driver.close()


async def _live(
    library: Library, name: str, screen: str, where: Mapping[str, str], ways: tuple[Locator, ...],
    frame: Locator | None, home: Path, db: str | None, *, headed: bool,
) -> Looked:  # fmt: skip
    from robot_library.bot import pictures
    from robot_library.drivers.by_kind import drivers
    from robot_library.safeguards.vault import Vault

    apps = {name: apps_by_map(library, name)[name]}
    ((app, screens),) = apps.values()
    driver = drivers(pictures(library), headed=headed or None)
    try:
        async with let_in_by_hand(library, apps, driver, home, db) as admitted:
            credential = None
            if app.credential:
                credential = admitted.credential(app.credential, Vault().credential(app.credential))
            session = await driver.session(name, app, screens, credential)
            try:
                return await _matched(session, screen, where, ways, frame)
            finally:
                await session.close()
    finally:
        await driver.close()


async def _matched(
    session: ScreenSession, screen: str, where: Mapping[str, str], ways: tuple[Locator, ...], frame: Locator | None
) -> Looked:
    from robot_library.drivers.browser.inspecting import matched
    from robot_library.drivers.browser.view import BrowserView

    view = await session.open(screen, where)
    if not isinstance(view, BrowserView):
        raise SetupError("only screens in a browser can be looked at so.", cure="In programs: wetread screens point.")
    return await matched(view, ways, frame)
