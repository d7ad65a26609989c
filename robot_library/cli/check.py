"""`wetread check`: every mistake at once, with its place."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json, say
from robot_library.cli.site import project_option

if TYPE_CHECKING:
    from robot_library.model.diagnostic import Diagnostic
    from robot_library.parsing.library import Library


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@project_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True,
    help="github: annotations, shown beside the lines of a pull request.",
)  # fmt: skip
@click.option("--fix", is_flag=True, help="First mend what leaves no doubt, and lay the files out; says what it did.")
@click.option(
    "--screens", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Look up every target that the project's bots name on the screens recorded in this folder, too.",
)  # fmt: skip
@click.option("--watch", is_flag=True, help="Stay, and check again whenever a file is saved.")
@json_option
def check(
    paths: tuple[Path, ...],
    project: Path | None,
    form: str,
    fix: bool,
    screens: Path | None,
    watch: bool,
    as_json: bool,
) -> int:
    """Find every mistake in workflows, screen maps, bots, skills and site.yaml, before a screen opens.

    PATHS are files or folders; without any, the whole project. Exit code 0: no errors; 2: errors.

    --fix writes a known name where one letter of it is wrong and no other is near, and lays files out as `wetread fmt`
    does. It never touches what decides what is typed or pressed, whose record it is, or what a person is asked; look
    at what it says all the same.

    \b
    wetread check
    wetread check --fix
    wetread check --watch              while you write
    wetread check --screens recorded   and targets that match nothing, or too much, on recorded screens
    wetread check workflows/my-workflow bots/my-bot.yaml
    wetread check --env prod           with production's addresses and limits
    wetread check --format github      in a CI job
    """
    from robot_library.cli.watching import keep_watching
    from robot_library.parsing.library import Library

    def go(_changed: Sequence[Path] | None) -> int:
        return _go(paths, project, form, fix, screens, as_json)

    return keep_watching(Library.own(project).folders[0], go) if watch else go(None)


def _go(
    paths: tuple[Path, ...], project: Path | None, form: str, fix: bool, screens: Path | None, as_json: bool
) -> int:
    import gc

    from robot_library.lint import check as check_files
    from robot_library.lint.files import files_below
    from robot_library.parsing.library import Library

    library = Library.find(project) if paths else Library.own(project)
    _say_environment(library)
    fixed = _fix(paths or library.folders[:1], project) if fix else []
    gc.disable()  # nothing is let go of meanwhile: looking for it is a tenth of the time
    try:
        found = check_files(paths or library.folders[:1], library)
    finally:
        gc.enable()
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    empty = [path for path in paths or library.folders[:1] if path.is_dir() and not files_below(path)]
    for path in empty:
        click.echo(f"Nothing to check in {path}: no workflow, screen map, bot, skill, case or site.yaml.", err=True)
    if screens is not None:
        found, errors = _on_screens(library, screens, found, errors)
    if as_json or form == "json":
        said = {"fixed": fixed} if fix else {}
        print_json({**said, "diagnostics": [diagnostic.model_dump() for diagnostic in found]})
    else:
        for line in fixed:
            click.echo(f"fixed  {line}", err=True)
        for diagnostic in found:
            say(_annotation(diagnostic) if form == "github" else str(diagnostic))
        warnings = len(found) - errors
        if found:
            click.echo(f"{errors} error(s), {warnings} warning(s).", err=True)
        elif len(empty) < len(paths or [library]):
            click.echo("No mistakes found.")
    return 2 if errors else 0


def _on_screens(library: Library, folder: Path, found: list[Diagnostic], errors: int) -> tuple[list[Diagnostic], int]:
    """What recorded screens say, too: only of files without a mistake can a browser be asked."""
    from robot_library.authoring.looking_up import mistakes

    if errors:
        click.echo("The recorded screens are looked at once there are no errors.", err=True)
        return found, errors
    more = asyncio.run(mistakes(library, folder))
    return [*found, *more], len(more)


def _say_environment(library: Library) -> None:
    """On stderr: which environment's addresses and limits the files are held against."""
    from robot_library.cli.environments import header
    from robot_library.errors import AuthoringError

    try:
        said = header(library)
    except AuthoringError:  # said with the rest
        return
    if said:
        click.echo(said, err=True)


def _fix(paths: Sequence[Path], project: Path | None) -> list[str]:
    """Mend spelling, then lay out what can be read; what was done, one line each."""
    from robot_library.cli.fmt import write_file
    from robot_library.errors import AuthoringError
    from robot_library.lint.files import files_below
    from robot_library.lint.fixing import mended
    from robot_library.parsing.formatting import formatted
    from robot_library.parsing.library import Library, shown
    from robot_library.parsing.nodes import read_text

    fixes, texts = mended(paths, lambda: Library.find(project))
    done = [str(one) for one in fixes]
    for file in dict.fromkeys(file for path in paths for file in (files_below(path) if path.is_dir() else [path])):
        name, text = shown(file), texts.get(file.resolve())
        try:
            old = read_text(file, name)
            new = formatted(text if text is not None else old, name)
        except AuthoringError:  # said by the check that follows; what was mended in it is kept
            old, new = "", text or ""
        if new and new != old:
            write_file(file, new)
            if text is None:
                done.append(f"{name}: laid out")
    return done


def _annotation(one: Diagnostic) -> str:
    """A workflow command of GitHub Actions; what has a meaning there is escaped as it asks."""
    place = ",".join(
        f"{key}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in (("file", one.file), ("line", one.line), ("col", one.column), ("title", one.code))
    )
    return f"::{one.severity} {place}::{_escaped(' '.join(filter(None, (one.message, one.hint))))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
