"""`wetread screens snapshot`: screens recorded, with everything of a patient replaced."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.screens.opened import apps_by_map, looked_over, pair
from robot_library.cli.site import db_option, home_option, project_option
from robot_library.errors import ItemError, SetupError

if TYPE_CHECKING:
    from robot_library.actions.canary import Met
    from robot_library.drivers.browser.snapshot import RawScreen
    from robot_library.interfaces import TargetSeen, View


@click.command()
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
    seen = asyncio.run(looked_over(library, apps, where, sample, leave_out, home, db, driver, _into(taken)))
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


def _into(taken: list[RawScreen]) -> Met:
    """Takes each view that is looked at, once its fields have filled."""

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
