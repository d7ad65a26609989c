"""`wetread bots`: which bots there are, which of them run by themselves, and when; who lets them go live."""

from __future__ import annotations

import click

from robot_library.cli.lazy import lazy

HERE = "robot_library.cli.bots."
COMMANDS: dict[str, tuple[str, str]] = {
    "list": (HERE + "look:listed", "List every bot: is it enabled, when it runs next, what is in its queue."),
    "show": (HERE + "look:show", "Everything about one bot: what it needs, its next runs, who decided what."),
    "next": (HERE + "look:next_runs", "When bots run next by the clock, enabled or not."),
    "enable": (HERE + "decide:enable", "Let a bot's triggers set it going, from now on."),
    "disable": (HERE + "decide:disable", "Let a bot take nothing more; its queue stays."),
    "stage": (HERE + "decide:stage", "Move a bot to a stage: draft, shadow, limited or live."),
    "ask": (HERE + "permission:ask", "Ask that a bot, exactly as it is now, may go one step further."),
    "approve": (HERE + "permission:approve", "Approve what was asked for a bot: another person than who asked."),
    "refuse": (HERE + "permission:refuse", "Say no to what was asked for a bot, or take back what you asked."),
    "withdraw": (HERE + "permission:withdraw", "End the approval of a bot: at once, by one person alone."),
    "approvals": (HERE + "permission:approvals", "How far a bot may go, and everything that was asked and decided."),
}


@click.group(cls=lazy(COMMANDS))
def bots() -> None:
    """Which bots there are, which of them run by themselves, and when.

    No bot runs by itself before a person has enabled it at this site.

    \b
    wetread bots list --json
    wetread bots enable chest-xray-preread --who "Dr. Chen"
    wetread bots next --count 3
    """
