"""`wetread check`: every mistake at once, with its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json

if TYPE_CHECKING:
    from robot_library.model.diagnostic import Diagnostic


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--project", type=click.Path(path_type=Path), help="Folder with bots/, workflows/, skills/.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True,
    help="github: annotations, shown beside the lines of a pull request.",
)  # fmt: skip
@json_option
def check(paths: tuple[Path, ...], project: Path | None, form: str, as_json: bool) -> int:
    """Find every mistake in workflows, screen maps, bots, skills and site.yaml, before a screen opens.

    PATHS are files or folders; without any, the whole project. Exit code 0: no errors; 2: errors.

    \b
    wetread check
    wetread check workflows/my-workflow bots/my-bot.yaml
    wetread check --format github      in a CI job
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
    if as_json or form == "json":
        print_json({"diagnostics": [diagnostic.model_dump() for diagnostic in found]})
    else:
        for diagnostic in found:
            click.echo(_annotation(diagnostic) if form == "github" else str(diagnostic))
        warnings = len(found) - errors
        click.echo(f"{errors} error(s), {warnings} warning(s)." if found else "No mistakes found.", err=bool(found))
    return 2 if errors else 0


def _annotation(one: Diagnostic) -> str:
    """A workflow command of GitHub Actions; what has a meaning there is escaped as it asks."""
    place = ",".join(
        f"{key}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in (("file", one.file), ("line", one.line), ("col", one.column), ("title", one.code))
    )
    return f"::{one.severity} {place}::{_escaped(' '.join(filter(None, (one.message, one.hint))))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
