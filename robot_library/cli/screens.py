"""`wetread screens`: are the screens still as their maps say?"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.screens_heal import heal
from robot_library.cli.screens_look import look
from robot_library.cli.screens_pack import pack
from robot_library.cli.screens_point import point
from robot_library.cli.site import db_option, home_option, project_option
from robot_library.errors import ItemError, LineStopped, SetupError

if TYPE_CHECKING:
    from robot_library.actions.canary import Met, ScreenSeen
    from robot_library.drivers.browser.snapshot import RawScreen
    from robot_library.engine.line.line import Pass
    from robot_library.interfaces import Driver, TargetSeen, View
    from robot_library.model.bot import App
    from robot_library.model.screen import ScreenMap
    from robot_library.parsing.library import Library

App_ = tuple["App", "ScreenMap"]
_NAME = "screens-verify"
"""What a look by hand is called where bots have a name."""


@click.group()
def screens() -> None:
    """Are the screens still as their maps say? Point at what a map lacks.

    \b
    wetread screens verify chest-xray-preread --where order=TEST-1 --json
    wetread screens point screens/ward.yaml orders.show
    wetread screens snapshot chest-xray-preread --where order=TEST-1
    wetread screens look demo-ehr order '{label: "MRN:"}' --where order=TEST-1
    wetread screens heal --review
    wetread screens pack ward
    """


screens.add_command(point)
screens.add_command(heal)
screens.add_command(look)
screens.add_command(pack)


@screens.command()
@click.argument("name")
@click.option("--where", "keys", multiple=True, metavar="KEY=VALUE", help="What to open screens for: a test order.")
@click.option("--sample", is_flag=True, help="Take missing keys from what is shown on the way.")
@click.option("--leave-out", multiple=True, metavar="SCREEN[.TARGET]", help="Not looked for.")
@click.option(
    "--accept-version", is_flag=True, help="All as mapped: write the application's version into the map as verified."
)
@project_option
@home_option
@db_option
@click.option("--headed", is_flag=True, help="Show the browser.")
@json_option
def verify(
    name: str, keys: tuple[str, ...], sample: bool, leave_out: tuple[str, ...], accept_version: bool,
    project: Path | None, home: Path, db: str | None, headed: bool, as_json: bool,
) -> int:  # fmt: skip
    """Open every mapped screen of NAME (a bot, or a screen map that a bot uses), and look for each target.

    Signs in as the bot does, when the line lets it: not where a system is closed or stopped, and not while a worker is
    at work with the same credential. Whether the bot itself is disabled or stopped does not matter. Types nothing
    into records, presses nothing that is final. Exit code 0: all as mapped.

    \b
    first            found by its first locator
    healed           found by a later one; reading goes on, mend the map
    moved            only a later one finds it, and a bot may not follow it there: it would stop
    missing          not found
    ambiguous        there twice

    \b
    wetread screens verify chest-xray-preread --where order=TEST-1
    wetread screens verify demo-ehr --sample
    wetread screens verify demo-ehr --sample --accept-version    after the system was updated
    """
    from robot_library.bot import pictures
    from robot_library.drivers.by_kind import drivers
    from robot_library.parsing.library import Library

    library = Library.find(project)
    where = dict(pair(text) for text in keys)
    apps = apps_by_map(library, name)
    driver, versions = drivers(pictures(library), headed=headed or None), dict[str, str]()
    seen = asyncio.run(_verify(library, apps, where, sample, leave_out, home, db, driver, versions=versions))
    whole = not leave_out and not any(one.lacks for found in seen.values() for one in found)
    bad = sum(one.bad for found in seen.values() for one in found)
    unknown = {each: shown for each, shown in versions.items() if not _fits(apps[each][1], shown)}
    if accept_version and not bad and whole:
        unknown = {each: shown for each, shown in unknown.items() if not _accept(library, each, shown)}
    if as_json:
        print_json({"ok": not bad and not unknown, "bad": bad, "versions": versions, "unverified": sorted(unknown),
                    "maps": {each: [_data(one) for one in seen[each]] for each in seen}})  # fmt: skip
    else:
        print_table(("screen", "target", "found", "by"), [row for each in seen for row in _rows(each, seen[each])])
        click.echo(f"{bad} not as mapped." if bad else "All as mapped.", err=True)
        for each, shown in unknown.items():
            click.echo(_unverified(each, shown), err=True)
    return 1 if bad or unknown else 0


def _fits(screens: ScreenMap, shown: str) -> bool:
    return screens.version is None or screens.version.fits(shown)


def _unverified(system: str, shown: str) -> str:
    if not shown:
        return f"{system} does not show its version where its map says: nothing is typed there. Mend `version`."
    return (
        f"{system} is version {shown}, on which its map was not verified: nothing is typed there. If every screen was "
        "opened and all is as mapped, --accept-version writes it into the map."
    )


def _accept(library: Library, name: str, shown: str) -> bool:
    """Write a version into its map; whether that was done."""
    from robot_library.authoring.accepting import accepted
    from robot_library.cli.fmt import write_file
    from robot_library.parsing.library import shown as called
    from robot_library.parsing.nodes import read_text

    if not shown:
        return False
    path = library.path("screen", name)
    write_file(path, accepted(read_text(path, called(path)), shown, called(path)))
    click.echo(f"{called(path)}: verified on {shown}. What was approved must be approved anew.", err=True)
    return True


@screens.command()
@click.argument("name")
@click.option("--where", "keys", multiple=True, metavar="KEY=VALUE", help="What to open screens for: an order.")
@click.option("--sample", is_flag=True, help="Take missing keys from what is shown on the way.")
@click.option("--leave-out", multiple=True, metavar="SCREEN", help="Not recorded.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; without it, `recorded` in the project."
)
@project_option
@home_option
@db_option
@click.option("--headed", is_flag=True, help="Show the browser.")
@json_option
def snapshot(
    name: str, keys: tuple[str, ...], sample: bool, leave_out: tuple[str, ...], out: Path | None, project: Path | None,
    home: Path, db: str | None, headed: bool, as_json: bool,
) -> int:  # fmt: skip
    """Record every screen of NAME that can be opened: its document and a covered picture, for `recorded` cases.

    Opens screens as `verify` does: types nothing, presses nothing that is final. Before anything is written, every word
    that the map does not know as its own is replaced, the same one always by the same: names, numbers and dates are
    made up, and nobody without this site's key can tell what they were. Says by which keys a screen is found.

    \b
    wetread screens snapshot first-bot --where order=REQ005626
    wetread screens snapshot demo-ehr --sample --out recorded
    """
    from robot_library.authoring.recording import Masker, write_recorded
    from robot_library.bot import pictures
    from robot_library.cli.site import open_key
    from robot_library.drivers.by_kind import drivers
    from robot_library.parsing.library import Library, project_above

    library = Library.find(project)
    apps = apps_by_map(library, name)
    taken: list[RawScreen] = []
    driver = drivers(pictures(library), headed=headed or None)
    where = dict(pair(text) for text in keys)
    seen = asyncio.run(_verify(library, apps, where, sample, leave_out, home, db, driver, taken))
    masker = Masker(open_key(home).derive("recorded-screens"))
    folder = out or (project or project_above(Path.cwd()) or Path()) / "recorded"
    found = write_recorded(taken, {screens.system: screens for _, screens in apps.values()}, masker, folder)
    missed = [f"{each}.{one.screen}" for each in seen for one in seen[each] if one.code or one.lacks]
    if as_json:
        print_json({"folder": str(folder), "screens": found, "missed": missed})
    else:
        print_table(
            ("system", "screen", "found by"), [(str(one["system"]), str(one["screen"]), _keyed(one)) for one in found]
        )
        for each in missed:
            click.echo(f"not recorded: {each}", err=True)
    return 1 if missed else 0


def _keyed(one: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in one["where"].items())


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


async def _verify(
    library: Library, apps: Mapping[str, App_], where: Mapping[str, str], sample: bool, leave_out: tuple[str, ...],
    home: Path, db: str | None, driver: Driver, taken: list[RawScreen] | None = None,
    versions: dict[str, str] | None = None,
) -> dict[str, list[ScreenSeen]]:  # fmt: skip
    """`versions` takes what each application shows, where its map says that it does."""
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
                    found[name] = await look_round(session, known, leave_out, _taking(taken))
                    if versions is not None and screen_map.version and isinstance(session, TellsVersion):
                        versions[name] = await session.version()
                finally:
                    await session.close()
    except LineStopped as held:
        reason = held.message.partition(";")[0]
        raise LineStopped(f"{reason}; screens were not looked at to the end.", cure=held.cure) from None
    finally:
        await driver.close()
    if taken is None:
        await _note(home, db, found)
    return found


def _taking(taken: list[RawScreen] | None) -> Met | None:
    """Takes each view that is looked at, once its fields have filled."""
    if taken is None:
        return None

    async def met(view: View, seen: Sequence[TargetSeen]) -> None:
        from robot_library.drivers.browser.snapshot import take
        from robot_library.drivers.browser.view import BrowserView

        if not isinstance(view, BrowserView):
            raise SetupError("only screens in a browser can be recorded.", cure="Leave the desktop's map out.")
        targets = view.stage.screen.targets
        names = [one.target for one in seen if not one.table and one.found == "first"]
        with contextlib.suppress(ItemError):
            await view.read([name for name in names if targets[name].use in ("read", "identity", "state")])
        taken.append(await take(view))

    return met


@asynccontextmanager
async def let_in_by_hand(
    library: Library, apps: Mapping[str, App_], driver: Driver, home: Path, db: str | None
) -> AsyncIterator[Pass]:
    """Past the same door as every worker's goes, with a name of its own: this is no run of the bot."""
    from robot_library.cli.site import make_engine, open_key
    from robot_library.engine.line.entry import let_in
    from robot_library.engine.ports import Visitor
    from robot_library.model.bot import BotSpec

    spec = BotSpec(bot=_NAME, about="", workflow=_NAME, apps={name: app for name, (app, _) in apps.items()})
    visitor = Visitor(bot=spec, driver=driver, maps={name: screen_map for name, (_, screen_map) in apps.items()})
    key = open_key(home, create=True)
    engine = make_engine(home, key, url=db, executor=f"verify-{os.getpid()}", site=library.site())
    await engine.open()
    try:
        await engine.line.start()
        async with let_in(engine.line, visitor) as admitted:
            yield admitted
    finally:
        await engine.line.stop()
        engine.store.close()


async def _note(home: Path, db: str | None, found: Mapping[str, list[ScreenSeen]]) -> None:
    """Keep the result, so that whoever is to be told is told, and told when it is over."""
    from robot_library.actions.canary import told
    from robot_library.cli.site import open_desk, open_key
    from robot_library.engine.records.checks import Checks
    from robot_library.safeguards.sealed import SealedJson

    try:
        sealer = SealedJson(open_key(home))
        async with open_desk(home, url=db) as desk:
            for name, seen in found.items():
                counts = {"screens": len(seen), "bad": sum(one.bad for one in seen)}
                await Checks(desk.store, sealer).add("canary", name, counts, counts["bad"], told(seen))
    except SetupError as failure:
        click.echo(f"The result is not kept: {failure}", err=True)


def _rows(name: str, seen: list[ScreenSeen]) -> list[tuple[str, str, str, str]]:
    rows = []
    for one in seen:
        screen = f"{name}.{one.screen}"
        if one.code or one.lacks:
            rows.append((screen, "", one.code or f"no key: {', '.join(one.lacks)}", ""))
        for target in one.targets:
            by = f"locator {target.way}" if target.way and not target.table else ""
            rows.append((screen, target.target, target.found.replace("_", " "), by))
    return rows


def _data(one: ScreenSeen) -> dict[str, Any]:
    targets = [{"target": t.target, "found": t.found, "way": t.way, "table": t.table} for t in one.targets]
    return {"screen": one.screen, "code": one.code, "lacks": list(one.lacks), "bad": one.bad, "targets": targets}
