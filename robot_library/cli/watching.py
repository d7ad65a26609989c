"""--watch: a command that is done again whenever an author's file is saved, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from robot_library.errors import WetreadError

Round = Callable[[Sequence[Path] | None], int]
"""One go: for the files that have changed, or None for the first. Returns the exit code as things stand."""


def keep_watching(folder: Path, go: Round) -> int:
    """Do it, then again at every change below `folder`. What is wrong in a file is said and waited for. Ctrl-C ends;
    returns the exit code of the last go."""
    from robot_library.authoring.touching import Watch

    code = 0
    changed: Sequence[Path] | None = None
    try:
        while True:
            watch = Watch(folder)  # before the go: what is saved meanwhile counts
            done = True
            try:
                code = go(changed)
            except WetreadError as failure:
                click.echo(f"wetread: {failure}", err=True)
                code, done = failure.exit_code, False
            click.echo(f"Watching {len(watch)} files below {folder}. Ctrl-C ends.", err=True)
            saved = watch.changed()
            names = ", ".join(path.relative_to(folder.resolve()).as_posix() for path in saved[:3])
            more = f" and {len(saved) - 3} more" if len(saved) > 3 else ""
            click.echo(f"\n{time.strftime('%H:%M:%S')}  {names}{more}", err=True)
            if done:
                changed = saved
            elif changed is not None:  # what could not be read before is still owed
                changed = [*changed, *saved]
    except KeyboardInterrupt:
        click.echo("\nNo longer watching.", err=True)
    return code
