"""`wetread skills drift`."""

from __future__ import annotations

from pathlib import Path

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import home_option, project_option


@click.command("drift")
@click.argument("name")
@click.option("--last", default=500, show_default=True, type=click.IntRange(1), help="Newest answers to look at.")
@click.option("--baseline", is_flag=True, help="Take all answers so far as this site's reference from now on.")
@project_option
@home_option
@json_option
def drift(name: str, last: int, baseline: bool, project: Path | None, home: Path, as_json: bool) -> int:
    """Are the newest answers, headers and pixels still like those the skill was measured with? Exit code 1 at stop.

    \b
    wetread skills drift chest-xray-pneumonia
    wetread skills drift chest-xray-pneumonia --baseline     after a person has looked, or after the first weeks
    """
    from robot_library.cli.skills.site import monitor, skill_folder
    from robot_library.errors import SetupError
    from robot_library.skills.manifest import load_manifest
    from robot_library.skills.monitor.drift import drift as compared
    from robot_library.skills.monitor.reference import FILE, load_reference, reference, save_reference
    from robot_library.skills.monitor.watch import local_reference

    folder = skill_folder(name, project)
    sha256, local = load_manifest(folder).model.sha256, local_reference(home, name)
    with monitor(home) as store:
        if baseline:
            made = reference(store.observations(name, model_sha256=sha256), store.last())
            save_reference(local, made)
            said = {"reference": str(local), "n": made.n}
            print_json(said) if as_json else click.echo(f"{made.n} answers are the reference now: {local}")
            return 0
        before = load_reference(local, folder / FILE)
        if before is None or before.model_sha256 != sha256:
            raise SetupError(
                f"skill {name!r} has no reference{'' if before is None else ' of its present model'}.",
                cure="`wetread skills drift NAME --baseline`, or `evaluate --update` on DICOM files.",
            )
        observed = store.observations(name, model_sha256=sha256, after=before.after, newest=last)
        found = compared(before, observed, last)
    if as_json:
        print_json(found.model_dump())
    else:
        rows = [
            (row.name, row.level, f"{row.psi:.3f}", f"{row.chance:.3f}", str(row.n), str(row.needed or "never"))
            for row in found.rows
        ]
        title = f"{name}: {found.level} ({found.n} answers against {found.reference_n})"
        if not local.is_file():
            click.echo("The reference is the evaluation's cases; a ward with less disease differs from them at once.")
        print_table(("quantity", "level", "PSI", "chance (1 %)", "n", "n needed"), rows, title=title)
    return 1 if found.level == "stop" else 0
