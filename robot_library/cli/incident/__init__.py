"""`wetread incident`: somebody says that something was wrong; and the bundle for whoever must look at it."""

from __future__ import annotations

import click

from robot_library.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "report": ("robot_library.cli.incident.report:report", "Say that an item was wrong. The word may be left out."),
    "list": ("robot_library.cli.incident.report:listed", "What was said to be wrong, and stands open."),
    "bundle": ("robot_library.cli.incident.files:bundle", "Make the bundle of an incident, again."),
    "verify": ("robot_library.cli.incident.files:verify", "Is a bundle as it was made? Exit code 1 if not."),
    "open": ("robot_library.cli.incident.files:open_it", "Decrypt a bundle's evidence, where you may see it."),
    "close": ("robot_library.cli.incident.report:close", "Somebody has looked, and done what was to be done."),
}


class _Incident(LazyGroup):
    """`wetread incident ITEM …` says the same as `wetread incident report ITEM …`."""

    table = COMMANDS

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in COMMANDS and args[0] not in ("-h", "--help"):
            args = ["report", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Incident)
def incident() -> None:
    """Say that what became of an item was wrong. It is kept, noted on the item and told; it stops nothing by itself.

    \b
    wetread incident 3f9a --why "left and right confused" --out incident.zip
    wetread stop --bot chest-xray-preread --why "see incident"
    wetread incident verify incident.zip
    wetread incident close 5b11 --why "map corrected, two records corrected"
    """
