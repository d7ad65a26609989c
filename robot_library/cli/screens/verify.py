"""`wetread screens verify`: are the screens still as their maps say?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.screens.opened import apps_by_map, looked_over, pair
from robot_library.cli.site import db_option, home_option, project_option
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.actions.canary import ScreenSeen
    from robot_library.model.screen import ScreenMap
    from robot_library.parsing.library import Library


@click.command()
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
    seen = asyncio.run(looked_over(library, apps, where, sample, leave_out, home, db, driver, versions=versions))
    asyncio.run(_note(home, db, seen))
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
