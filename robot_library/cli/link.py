"""`wetread link`: the one-time link with which one person enters the dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import home_option, open_key

if TYPE_CHECKING:
    from robot_library.web.rights import Role


@click.command()
@click.option("--who", default="", help="Whom it is for; stands beside everything they do. Without it they are asked.")
@click.option(
    "--role", type=click.Choice(["operator", "viewer"]), default="operator", show_default=True,
    help="A viewer looks on; an operator also stops, sends back, cancels.",
)  # fmt: skip
@click.option("--url", default="http://127.0.0.1:8440", show_default=True, help="Where `wetread serve` is reached.")
@home_option
@json_option
def link(who: str, role: Role, url: str, home: Path, as_json: bool) -> None:
    """Make a link that lets one person into the dashboard, once, within a quarter of an hour.

    \b
    wetread link --who "Dr. Chen"
    wetread link --role viewer --who "screen in room 3"
    """
    from robot_library.web.doors import LINK_LASTS, Doors

    key = open_key(home)
    token = Doors(home, key.derive("doors")).link(role, who)
    found = {"link": f"{url.rstrip('/')}/enter/{token}", "who": who, "role": role, "seconds": LINK_LASTS}
    if as_json:
        print_json(found)
    else:
        click.echo(found["link"])
