"""What a person sees while a bot works: one bar, the step at hand, a line for each item that ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robot_library.engine.ports import Event, Listener

_WORDS = {
    "typed": ("green", "draft typed"),
    "needs_person": ("yellow", "needs a person"),
    "waiting_for_person": ("yellow", "waits for a person"),
    "refused": ("red", "refused"),
    "already_reported": ("blue", "already reported"),
    "shadow": ("dim", "seen by a shadow"),
}


@contextmanager
def item_progress(total: int, labels: dict[str, str], *, quiet: bool) -> Iterator[Listener]:
    """A listener for the engine. `labels` say what to call an item; without one, its opaque id is shown."""
    if quiet:
        yield lambda event: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from robot_library.model.shown import plain

    console = Console(file=sys.stderr)
    columns = (
        SpinnerColumn(),
        BarColumn(30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=total)

        def listen(event: Event) -> None:
            label = escape(plain(labels.get(event.item, event.item[:10])))
            if event.moment == "step":
                bar.update(task, description=f"{label}: {escape(plain(event.title))}")
            elif event.moment == "item":
                colour, words = _WORDS.get(event.outcome, ("default", event.outcome))
                bar.console.print(f"  {label:<14} [{colour}]{words:<18}[/] {event.code}".rstrip())
                bar.advance(task)

        yield listen


@contextmanager
def counted(what: str, *, quiet: bool) -> Iterator[Callable[[int, int, str], None]]:
    """A callback (done, total, text) that draws a bar on stderr."""
    if quiet:
        yield lambda done, total, text: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(30), MofNCompleteColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(what)
        yield lambda done, total, text: bar.update(task, completed=done, total=total, description=f"{what}: {text}")
