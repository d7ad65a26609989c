"""`wetread skills list` and `show`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import project_option
from robot_library.cli.skills.host import host_for
from robot_library.errors import WetreadError

if TYPE_CHECKING:
    from robot_library.skills.host import LocalSkillHost


@click.command("list")
@project_option
@json_option
def list_skills(project: Path | None, as_json: bool) -> int:
    """Installed skills with version, task and status. Exit code 1 if one of them cannot be loaded; it is named all the
    same.

    \b
    wetread skills list --json       also sha256, use and signature
    """
    with tempfile.TemporaryDirectory() as folder:
        host, _ = host_for(project, Path(folder), None)
        found = [_row(host, name) for name in host.names()]
    if as_json:
        print_json(found)
    else:
        rows = [
            tuple(str(one.get(key, "")) for key in ("skill", "version", "task", "status", "license")) for one in found
        ]
        print_table(("skill", "version", "task", "status", "licence of the model"), rows)
        for one in found:
            if "problem" in one:
                click.echo(f"{one['skill']}: {one['problem']}", err=True)
    return 1 if any("problem" in one for one in found) else 0


def _row(host: LocalSkillHost, name: str) -> dict[str, Any]:
    """What is told of one skill; of one that cannot be loaded, why."""
    try:
        skill = host.load(name)
    except WetreadError as failure:
        return {"skill": name, "status": "cannot be loaded", "problem": str(failure)}
    one = skill.manifest
    return {
        "skill": one.skill,
        "version": one.version,
        "task": one.task,
        "sha256": one.model.sha256,
        "status": one.clinical.status,
        "license": one.model.license,
        "use": one.model.use,
        "signed_by": skill.signed_by,
        "about": one.about,
    }


@click.command("show")
@click.argument("name")
@click.option("--write", is_flag=True, help="Also write it, as card.md in the skill's folder.")
@project_option
@json_option
def show(name: str, write: bool, project: Path | None, as_json: bool) -> None:
    """A skill's card: what it is for, what not, and how good it was found to be, or that nobody has measured it.

    \b
    wetread skills show chest-xray-pneumonia
    wetread skills show my-skill --write
    """
    from robot_library.skills.card import card, write_card

    with tempfile.TemporaryDirectory() as folder:
        skill = host_for(project, Path(folder), None)[0].load(name)
    text = write_card(skill.folder) if write else card(skill.folder, skill.manifest)
    if as_json:
        print_json(skill.manifest.model_dump(mode="json"))
        return
    click.echo(text)
