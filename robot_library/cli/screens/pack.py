"""`wetread screens pack`: a screen map that others can use."""

from __future__ import annotations

from pathlib import Path

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import project_option


@click.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The archive; without it, NAME.zip here.")
@click.option("--nobodys", multiple=True, metavar="TEXT", help="This text is nobody's, whatever it looks like.")
@project_option
@json_option
def pack(name: str, out: Path | None, nobodys: tuple[str, ...], project: Path | None, as_json: bool) -> None:
    """Put the screen map NAME, and the maps of yours that it is built on, into an archive for other hospitals.

    Refused, each place named, where anything in it looks like somebody's data: dates, long numbers and names in
    locators, dates and numbers in comments, addresses. No recorded screen and no picture goes into it. Look through it
    all the same before you give it away. The other hospital unpacks it in the folder of its project.

    \b
    wetread screens pack ward
    wetread screens pack ward --out ward-7.zip --nobodys "Ward 10000"
    """
    from robot_library.authoring.packing import packed
    from robot_library.parsing.library import Library

    data, about = packed(Library.find(project), name, nobodys)
    goal = out or Path(f"{name}.zip")
    goal.parent.mkdir(parents=True, exist_ok=True)
    goal.write_bytes(data)
    if as_json:
        print_json({"file": str(goal), **about})
        return
    for file in about["with"]:
        click.echo(file)
    if about["needs"]:
        click.echo(f"Needs what comes with wetread {about['wetread']}: {', '.join(about['needs'])}.")
    click.echo(f"Packed: {goal}. Look through it before you give it away.", err=True)
