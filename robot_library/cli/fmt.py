"""`wetread fmt`: one layout for every author's file."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json

if TYPE_CHECKING:
    from robot_library.model.diagnostic import Diagnostic


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file is laid out otherwise.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change. Exit code as for --check.")
@click.option("--project", type=click.Path(path_type=Path), help="Folder with bots/, workflows/, skills/.")
@json_option
def fmt(paths: tuple[Path, ...], check: bool, diff: bool, project: Path | None, as_json: bool) -> int:
    """Lay out workflows, screen maps, bots, manifests, cases and site.yaml in one way.

    PATHS are files or folders; without any, the whole project. Comments stay, line ends stay, and a file is written
    only when it is proven to mean the same as before. Exit code 2: a file is no YAML, or cannot be kept as it means.

    \b
    wetread fmt
    wetread fmt --diff workflows/first-bot
    wetread fmt --check            for a commit hook or CI
    """
    changed: list[Path] = []
    wrong: list[Diagnostic] = []
    for path in _files(paths, project):
        try:
            old, new = _both(path)
        except _Wrong as error:
            wrong += error.diagnostics
            continue
        if old == new:
            continue
        changed.append(path)
        if diff:
            _show(path, old, new)
        elif not check:
            write_file(path, new)
    _tell(changed, wrong, check or diff, as_json)
    return 2 if wrong else int(bool(changed) and (check or diff))


class _Wrong(Exception):
    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__()
        self.diagnostics = diagnostics


def _files(paths: Sequence[Path], project: Path | None) -> list[Path]:
    from robot_library.lint.files import files_below
    from robot_library.parsing.library import Library

    found: list[Path] = []
    for path in paths or Library.own(project).folders[:1]:
        found += files_below(path) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def _both(path: Path) -> tuple[str, str]:
    """What stands in a file, and how it would be laid out."""
    from robot_library.errors import AuthoringError
    from robot_library.parsing.formatting import formatted
    from robot_library.parsing.library import shown
    from robot_library.parsing.nodes import read_text

    name = shown(path)
    try:
        text = read_text(path, name)
        return text, formatted(text, name)
    except AuthoringError as error:
        raise _Wrong(error.diagnostics) from None


def _show(path: Path, old: str, new: str) -> None:
    from robot_library.parsing.library import shown

    name = shown(path)
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), name, f"{name} (laid out)", lineterm="", n=2)
    click.echo("\n".join(lines))


def write_file(path: Path, text: str) -> None:
    """In one move: whoever reads meanwhile sees the old file or the new one."""
    path = path.resolve()
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(text.encode("utf-8"))
        beside.chmod(path.stat().st_mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _tell(changed: Sequence[Path], wrong: Sequence[Diagnostic], only_look: bool, as_json: bool) -> None:
    from robot_library.parsing.library import shown

    names = [shown(path) for path in changed]
    if as_json:
        print_json({"changed": names, "written": not only_look, "diagnostics": [one.model_dump() for one in wrong]})
        return
    for one in wrong:
        click.echo(str(one), err=True)
    for name in names:
        click.echo(f"{'would change' if only_look else 'laid out'}  {name}", err=True)
    if not changed and not wrong:
        click.echo("Every file is laid out well.", err=True)
