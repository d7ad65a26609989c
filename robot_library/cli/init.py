"""`wetread init`: a project to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from robot_library.cli.output import json_option, print_json


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path())
@json_option
def init(folder: Path, as_json: bool) -> None:
    """Begin a project in DIR (without it: here): a bot that works at the demo hospital, to be changed step by step.

    Writes a bot, its workflow, screen map and report template, a README, and settings with which VS Code completes
    and explains every key. Files that stand there already are left as they are.

    \b
    wetread init my-bots
    cd my-bots
    wetread check
    """
    from robot_library.authoring.starting import start_project

    written, kept = start_project(folder)
    if as_json:
        print_json({"folder": str(folder), "written": written, "kept": kept})
        return
    for path in kept:
        click.echo(f"kept      {path}", err=True)
    for path in written:
        click.echo(f"written   {path}")
    if written:
        click.echo(f"\nGo on with {folder / 'README.md'}.", err=True)
