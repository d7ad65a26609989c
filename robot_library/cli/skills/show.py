"""`wetread skills list` and `show`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.skills.host import host_for, project_option
from robot_library.errors import SetupError


@click.command("list")
@project_option
@json_option
def list_skills(project: Path | None, as_json: bool) -> None:
    """Installed skills with version, task and status."""
    with tempfile.TemporaryDirectory() as folder:
        host, _ = host_for(project, Path(folder), None)
        manifests = [host.load(name).manifest for name in host.names()]
    if as_json:
        print_json([manifest.model_dump(mode="json") for manifest in manifests])
        return
    rows = [(m.skill, m.version, m.task, m.clinical.status, m.model.license) for m in manifests]
    print_table(("skill", "version", "task", "status", "licence of the model"), rows)


@click.command("show")
@click.argument("name")
@project_option
@json_option
def show(name: str, project: Path | None, as_json: bool) -> None:
    """A skill's card: what it is for, what not, and how good it was found to be."""
    with tempfile.TemporaryDirectory() as folder:
        skill = host_for(project, Path(folder), None)[0].load(name)
    if as_json:
        print_json(skill.manifest.model_dump(mode="json"))
        return
    card = skill.folder / "card.md"
    if not card.is_file():
        raise SetupError(
            f"skill {name!r} has no card.md.",
            cure="`wetread skills evaluate NAME --data labels.csv --update --dataset …` writes one.",
        )
    click.echo(card.read_text(encoding="utf-8"))
