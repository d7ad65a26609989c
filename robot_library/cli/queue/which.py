"""Which items are meant: options that list and retry share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
OPEN = ("new", "in_progress", "waiting_for_person")
ENDED = ("done", "business_exception", "application_exception", "dead")


def states_option(command: F) -> F:
    """--state, several; `open` and `ended` stand for theirs."""

    def spelt_out(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
        groups = {"open": OPEN, "ended": ENDED}
        return tuple(dict.fromkeys(state for word in given for state in groups.get(word, (word,))))

    return click.option(
        "--state", "states", multiple=True, type=click.Choice(("open", "ended", *OPEN, *ENDED)), callback=spelt_out,
        help="Only those that stand so (again: several).",
    )(command)  # fmt: skip


def span(text: str | None) -> float | None:
    """`2 h` → the moment two hours ago; None for nothing said."""
    from robot_library.model.values import parse_duration

    if text is None:
        return None
    try:
        return time.time() - parse_duration(text).total_seconds()
    except ValueError as wrong:
        raise click.BadParameter(str(wrong)) from None
