"""`wetread queue`: what is in the queue; putting something in, sending back, taking out."""

from __future__ import annotations

import click

from robot_library.cli.lazy import lazy

HERE = "robot_library.cli.queue."
COMMANDS: dict[str, tuple[str, str]] = {
    "add": (HERE + "add:add", "Put items into a bot's queue, one or a whole CSV file."),
    "list": (HERE + "look:listed", "List items: by state, bot, age, code."),
    "show": (HERE + "look:show", "Everything about one item: how it stands, its steps, what people wrote."),
    "dead": (HERE + "look:dead", "Items that were given up, with the step they ended at."),
    "retry": (HERE + "act:retry", "Send ended items back into the queue, one or many."),
    "note": (HERE + "act:note", "Write something about an item; it stays with it, encrypted."),
    "cancel": (HERE + "act:cancel", "Take items out of the bot's hands; what is at work stops before its next step."),
}


@click.group(cls=lazy(COMMANDS))
def queue() -> None:
    """The queue of work items, from outside: nothing here runs a bot or needs a worker.

    \b
    wetread queue add chest-xray-preread --set order=REQ0001 --priority stat
    wetread queue list --state dead --json
    wetread queue retry --bot chest-xray-preread --code ScreenNotReached
    """
