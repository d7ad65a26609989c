"""`wetread reports`: versions of reports, where they went, critical results."""

from __future__ import annotations

import click

from robot_library.cli.lazy import lazy

_COMMANDS: dict[str, tuple[str, str]] = {
    "list": ("robot_library.cli.reports.listed:listed", "Versions of reports, the newest first, and where they are."),
    "show": ("robot_library.cli.reports.listed:show", "One version: who did what, and each delivery."),
    "draft": ("robot_library.cli.reports.change:draft", "Make the first version from what a finished item left."),
    "take-back": ("robot_library.cli.reports.change:take_back", "Withdraw a version that was not released."),
    "deliver": ("robot_library.cli.reports.deliver:deliver", "Bring released reports to their receivers, now."),
    "write": ("robot_library.cli.reports.deliver:write", "Write a version into a folder, in the formats asked for."),
    "critical": ("robot_library.cli.reports.critical:critical", "Critical results: who was told, who acknowledged."),
}


@click.group(cls=lazy(_COMMANDS))
def reports() -> None:
    """Reports on their way out: versions, deliveries, critical results.

    \b
    wetread reports list --status released
    wetread reports show 3f9a
    wetread reports deliver
    """
