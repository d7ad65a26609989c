"""`wetread skills test`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import project_option
from robot_library.cli.skills.host import host_for, provider_option


@click.command("test")
@click.argument("name")
@project_option
@provider_option
@json_option
def test(name: str, project: Path | None, provider: str | None, as_json: bool) -> int:
    """Run a skill's golden cases on this machine. Exit code 1 if one differs, or if there is none.

    \b
    wetread skills test chest-xray-pneumonia
    """
    from robot_library.hospital.films import make_film
    from robot_library.skills.golden import run_golden

    with tempfile.TemporaryDirectory() as folder:
        skill = host_for(project, Path(folder), provider)[0].load(name)
        results = run_golden(skill, make_film)
    if as_json:
        print_json([vars(result) for result in results])
    else:
        for result in results:
            click.echo(str(result))
    if not results:
        click.echo(f"{name} has no golden cases: nothing was tested. docs/skills.md says how to write one.", err=True)
        return 1
    return 0 if all(result.passed for result in results) else 1
