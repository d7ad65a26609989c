"""`wetread skills compare`, `switch` and `rollback`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import home_option, project_option

if TYPE_CHECKING:
    from robot_library.model.trust import SkillTrust
    from robot_library.skills.monitor.versions import Moved


@click.command("compare")
@click.argument("name")
@project_option
@home_option
@json_option
def compare(name: str, project: Path | None, home: Path, as_json: bool) -> int:
    """Champion against challenger on the images both have seen in daily use.

    \b
    A challenger is a second skill folder: skills/versions/challenger/NAME. Bots run it silently beside the champion;
    its answers are only kept, never used.

    \b
    wetread skills compare chest-xray-pneumonia
    """
    from robot_library.cli.skills.site import monitor, skill_folder
    from robot_library.errors import SetupError
    from robot_library.skills.manifest import load_manifest
    from robot_library.skills.monitor.compare import compare as compared
    from robot_library.skills.monitor.versions import challenger_of

    folder = skill_folder(name, project)
    other = challenger_of(folder)
    if other is None:
        raise SetupError(
            f"{name} has no challenger.", cure=f"Put one into {folder.parent}/versions/challenger/{name}/."
        )
    ours, theirs = load_manifest(folder), load_manifest(other)
    with monitor(home) as store:
        champion = store.observations(name, model_sha256=ours.model.sha256)
        challenger = store.observations(name, "challenger", model_sha256=theirs.model.sha256)
        corrected = store.corrections(name)
    champion = [one for one in champion if one.version == ours.version]
    challenger = [one for one in challenger if one.version == theirs.version]
    found = compared(champion, challenger, corrected)
    if as_json:
        print_json(found.model_dump())
        return 0
    from robot_library.skills.evaluation.page import ranged

    rows = [(f"champion → challenger: {key}", str(count)) for key, count in found.answers.items()]
    rows += [
        ("they differ on", ranged(found.differ)),
        ("positive for one alone", f"{found.only_champion_positive} / {found.only_challenger_positive}, "
         f"p = {found.p_positive:.3g}"),
        ("decided by a person", str(found.decided)),
        ("right alone", f"{found.only_champion_right} / {found.only_challenger_right}, p = {found.p_right:.3g}"),
        ("AUROC", f"{ranged(found.champion_auroc)} / {ranged(found.challenger_auroc)}"),
        ("AUROC, challenger minus champion", ranged(found.auroc_difference)),
    ]  # fmt: skip
    title = f"{name}: champion {ours.version} / challenger {theirs.version} on {found.n} images"
    print_table(("", "champion / challenger"), rows, title=title)
    click.echo("Persons see mostly what the champion was unsure of: their words speak of such cases only.")
    return 0


@click.command("switch")
@click.argument("name")
@project_option
@json_option
def switch(name: str, project: Path | None, as_json: bool) -> int:
    """Make the challenger the champion. The earlier version is kept in skills/versions/previous/NAME.

    \b
    Refused when the new model's hash is not its manifest's, its signature does not hold (or is lacking where the site
    demands one), or one of its golden cases differs here.
    Running bots go on with the version they loaded; start them again.

    \b
    wetread skills switch chest-xray-pneumonia
    """
    from robot_library.cli.skills.site import skill_folder
    from robot_library.errors import SetupError
    from robot_library.parsing.library import Library
    from robot_library.skills.monitor.versions import challenger_of
    from robot_library.skills.monitor.versions import switch as move

    champion = skill_folder(name, project)
    other = challenger_of(champion)
    if other is not None and (wrong := _golden(other, Library.find(project).site().skills)):
        raise SetupError(f"the challenger of {name} fails a golden case: {wrong}.", cure="Nothing was switched.")
    return _say(move(champion), as_json)


def _golden(folder: Path, trust: SkillTrust) -> str:
    """The first golden case that differs here, or "". Raises SetupError: not signed as it must be."""
    from robot_library.hospital.films import make_film
    from robot_library.skills.golden import run_golden
    from robot_library.skills.host import Skill

    return next(
        (
            f"{result.case}, expected {result.expected}, found {result.found}"
            for result in run_golden(Skill(folder, trust=trust), make_film)
            if not result.passed
        ),
        "",
    )


@click.command("rollback")
@click.argument("name")
@project_option
@json_option
def rollback(name: str, project: Path | None, as_json: bool) -> int:
    """Go back to the version before the last switch, at once. The present one becomes the challenger.

    \b
    wetread skills rollback chest-xray-pneumonia
    """
    from robot_library.cli.skills.site import skill_folder
    from robot_library.skills.monitor.versions import rollback as move

    return _say(move(skill_folder(name, project)), as_json)


def _say(moved: Moved, as_json: bool) -> int:
    if as_json:
        print_json(moved.model_dump())
    else:
        click.echo(f"{moved.skill}: {moved.now} ({moved.now_sha256[:12]}…) runs now, {moved.before} before.")
    return 0
