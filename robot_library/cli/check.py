"""`wetread check`: every mistake at once, with its place."""

from __future__ import annotations

from pathlib import Path

import click

from robot_library.cli.output import json_option, print_json


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--project", type=click.Path(path_type=Path), help="Folder with bots/, workflows/, skills/.")
@json_option
def check(paths: tuple[Path, ...], project: Path | None, as_json: bool) -> int:
    """Find every mistake in workflows, screen maps, bots, skills and site.yaml, before a screen opens.

    PATHS are files or folders; without any, the whole project. Exit code 0: no errors; 2: errors.

    \b
    wetread check
    wetread check workflows/my-workflow bots/my-bot.yaml
    """
    import gc

    from robot_library.lint import check as check_files
    from robot_library.parsing.library import Library

    library = Library.find(project)
    gc.disable()  # nothing is let go of meanwhile: looking for it is a tenth of the time
    try:
        found = check_files(paths or library.folders[:1], library)
    finally:
        gc.enable()
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    if as_json:
        print_json({"diagnostics": [diagnostic.model_dump() for diagnostic in found]})
    else:
        for diagnostic in found:
            click.echo(str(diagnostic))
        warnings = len(found) - errors
        click.echo(f"{errors} error(s), {warnings} warning(s)." if found else "No mistakes found.", err=bool(found))
    return 2 if errors else 0
