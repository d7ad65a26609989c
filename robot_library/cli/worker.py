"""`wetread worker`: one process that runs the items of bots, until it is told to leave."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from robot_library.cli.environments import header
from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import db_option, home_option, log_option, open_key, project_option

if TYPE_CHECKING:
    from robot_library.unattended.worker import Says

EXIT_CUT_SHORT = 130
_WORDS = {
    "ready": "{worker} is at work. Bots: {bots}. Ctrl-C stops.",
    "cannot": "{worker} cannot run bot {bot}, which is enabled: {why}",
    "loaded": "{worker} runs bot {bot} from now on.",
    "item": "{item}: {outcome} {code}",
    "stopping": "{worker} finishes the step at hand. Ctrl-C again ends it at once.",
    "stopped": "{worker} has stopped. Nothing is lost.",
}


@click.command()
@click.option("--bot", "bots", multiple=True, help="Only this bot (again: several), enabled or not.")
@click.option(
    "--executor", default="worker", show_default=True, metavar="NAME", help="Its name: one live process each."
)
@home_option
@project_option
@db_option
@click.option("--until-eof", is_flag=True, help="Also leave when the input ends: for whoever starts workers.")
@log_option
@json_option
def worker(
    bots: tuple[str, ...], executor: str, home: Path, project: Path | None, db: str | None, until_eof: bool,
    log_format: Literal["text", "json"], as_json: bool,
) -> int:  # fmt: skip
    """Run the items of every enabled bot, until Ctrl-C or SIGTERM.

    Several may run on one home, each under a name of its own. Told to leave, a worker finishes the step at hand and
    lets the rest go to others (exit code 0); told twice, it lays everything down at once (130). Nothing is lost either
    way, nor by a power cut.

    \b
    wetread worker                                     every bot that `wetread bots enable` has enabled
    wetread worker --bot chest-xray-preread            this one, enabled or not
    wetread worker --executor worker-2                 a second one, from another window
    """
    from robot_library.parsing.library import Library
    from robot_library.unattended.logs import configure
    from robot_library.unattended.worker import Worker

    configure(executor, log_format)
    says = _says(as_json)
    library = Library.find(project, to_run=True)
    if said := header(library):
        logging.getLogger(__name__).info("%s", said)
    made = Worker(home, library, open_key(home, create=True), executor, url=db, bots=bots, says=says)
    in_peace = asyncio.run(_run(made, until_eof))
    says("stopped", {"worker": executor})
    return 0 if in_peace else EXIT_CUT_SHORT


async def _run(made: Any, until_eof: bool) -> bool:
    """False if it was cut short."""
    leave = asyncio.Event()
    work = asyncio.create_task(made.run(leave))

    def told() -> None:
        if leave.is_set():
            work.cancel()
        leave.set()

    with _signals(told):
        if until_eof:
            _at_end_of_input(leave)
        try:
            await work
        except asyncio.CancelledError:
            return False
    return True


@contextmanager
def _signals(told: Any) -> Iterator[None]:
    """Plain handlers: they exist on Windows too."""
    loop = asyncio.get_running_loop()
    names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(told)) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _at_end_of_input(leave: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def read() -> None:
        # Not sys.stdin: a thread that waits in its buffer makes Python abort where the process ends otherwise.
        while os.read(sys.stdin.fileno(), 4096):
            pass
        loop.call_soon_threadsafe(leave.set)

    threading.Thread(target=read, name="wetread-input", daemon=True).start()


def _says(as_json: bool) -> Says:
    """How what happens is told: a line of JSON each, or in words."""

    def say(event: str, about: Mapping[str, Any]) -> None:
        if as_json:
            print_json({"event": event, **about})
        else:
            shown = {
                key: ", ".join(value) or "none" if isinstance(value, list) else value for key, value in about.items()
            }
            click.echo(_WORDS[event].format_map(shown).rstrip())
        sys.stdout.flush()

    return say
