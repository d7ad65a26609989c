"""Who gets which step of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from robot_library.engine.people.outbox import Letter
from robot_library.errors import AuthoringError
from robot_library.model.delivery import Delivery
from robot_library.model.release import ReportVersion
from robot_library.parsing.library import Library

Targets = Callable[[str], Mapping[str, Delivery]]
"""Bot → its deliveries by name."""


def targets(library: Library) -> Targets:
    """Of site.yaml those for the bot, and the bot's own, which are called BOT/NAME."""

    def of(bot: str) -> Mapping[str, Delivery]:
        found = {name: one for name, one in library.site().deliveries.items() if not one.bots or bot in one.bots}
        if library.look("bot", bot) is None:
            raise AuthoringError(f"there is no bot {bot!r}, and so it is not known where its reports go.")
        return found | {f"{bot}/{name}": one for name, one in library.bot(bot).deliveries.items()}

    return of


def receivers(
    version: ReportVersion, known: Mapping[str, Delivery], before: Iterable[Letter]
) -> tuple[dict[str, str], list[str]]:
    """Name → kind of everybody who gets this step, and the names of those who should but are no longer known.

    before: the report's earlier deliveries. Whoever got something of a report gets all that corrects it or takes it
    back; a correction goes to nobody as preliminary, since what it corrects is final.
    """
    got = {one.target for one in before if one.went_out}
    match version.status:
        case "reviewed" if version.relation == "first":
            wanted = {name for name, one in known.items() if "reviewed" in one.statuses}
        case "released":
            wanted = got | {name for name, one in known.items() if "released" in one.statuses}
        case "taken_back":
            wanted = {one.target for one in before if one.version == version.id and one.went_out}
        case "entered_in_error":
            wanted = got
        case _:
            wanted = set()
    return {name: known[name].kind for name in sorted(wanted & set(known))}, sorted(wanted - set(known))
