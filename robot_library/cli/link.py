"""`wetread link`: the one-time link with which one person enters the dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import home_option, make_trail, open_key

if TYPE_CHECKING:
    from robot_library.people.rights import LinkRole

_USUAL = "http://127.0.0.1:8440"


@click.command()
@click.option("--who", default="", help="Whom it is for; stands beside everything they do. Without it they are asked.")
@click.option(
    "--role", type=click.Choice(["operator", "viewer"]), default="operator", show_default=True,
    help="A viewer looks on; an operator also stops, sends back, cancels.",
)  # fmt: skip
@click.option("--url", help="Where `wetread serve` is reached. Without it: where it serves this home, or did last.")
@home_option
@json_option
def link(who: str, role: LinkRole, url: str | None, home: Path, as_json: bool) -> None:
    """Make a link that lets one person into the dashboard, once, within a quarter of an hour.

    \b
    wetread link --who "Dr. Chen"
    wetread link --role viewer --who "screen in room 3"
    """
    from robot_library.engine.database.trail import told_if_can_be
    from robot_library.model.audit import Happened
    from robot_library.people.entrances import dashboard_doors
    from robot_library.web.doors import LINK_LASTS

    key = open_key(home)
    told_if_can_be(make_trail(home, key), Happened("decision", f"link {role}", about=who.strip()[:80]))
    url = url or _served_at(home)
    token = dashboard_doors(home, key).link(role, who)
    found = {"link": f"{url.rstrip('/')}/enter/{token}", "who": who, "role": role, "seconds": LINK_LASTS}
    if as_json:
        print_json(found)
    else:
        click.echo(found["link"])


def _served_at(home: Path) -> str:
    """The address that the office of this home left, else the one it has where nothing else was asked for."""
    from robot_library.unattended.office import ADDRESS

    try:
        return (home / ADDRESS).read_text(encoding="utf-8").strip() or _USUAL
    except OSError:
        return _USUAL
