"""`wetread skills new`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import project_option

if TYPE_CHECKING:
    from robot_library.skills.importing.draft import Draft


@click.command("new")
@click.argument("name")
@click.option("--kind", type=click.Choice(("film", "volume", "text", "table")), default="film", help="What it reads.")
@click.option("--task", type=click.Choice(("classification", "segmentation")), help="Of a volume; else classification.")
@project_option
@json_option
def new(name: str, kind: str, task: str | None, project: Path | None, as_json: bool) -> None:
    """Begin a skill: a folder with a commented skill.yaml, TODO where something must be said.

    \b
    wetread skills new my-skill
    wetread check skills/my-skill       # what is left to do
    """
    from robot_library.skills.importing.draft import Draft

    chosen = task or ("segmentation" if kind == "volume" else "classification")
    if chosen == "segmentation" and kind != "volume":
        raise click.UsageError("A segmentation reads a volume: add --kind volume.")
    write_draft(Draft(name, chosen, kind), {}, [], project, as_json)  # type: ignore[arg-type]


def write_draft(draft: Draft, files: dict[str, bytes], said: list[str], project: Path | None, as_json: bool) -> None:
    """Make the skill's folder and say what is left to fill in. `said`: what was seen of the model."""
    from robot_library.parsing.library import project_above
    from robot_library.skills.importing.draft import render
    from robot_library.skills.importing.folder import new_folder, todo

    text = render(draft).encode()
    home = project or project_above(Path.cwd())
    folder = new_folder((home or Path()) / "skills", draft.name, {"skill.yaml": text, **files})
    left = todo(folder)
    if as_json:
        print_json({"skill": draft.name, "folder": str(folder), "model": said, "todo": left})
        return
    for line in said:
        click.echo(line)
    click.echo(f"Written: {folder}. To be filled in ({len(left)}), then `wetread check {folder}`:")
    for line in left:
        click.echo(f"  {line}")
    if home is None:
        click.echo("This folder is no project yet: put an empty wetread.toml into it, or give --project.")
