"""Items that wait for a person: the person is told, reminded, and then the next one is asked.

How long an item waits at most stands in its workflow (`wait:`), and is kept by the engine; here nobody is forgotten
meanwhile.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from robot_library.engine.records.alerts import Alerts, Found
from robot_library.engine.records.board import Board
from robot_library.model.site import Site

if TYPE_CHECKING:
    from robot_library.unattended.office import Office

CAUSE = "asked"
_MOST = 1000
"""More waiting items than anybody decides in a day are not told apart."""


class Asking:
    """The duty: one alert for each person that items wait for."""

    name = "asking"
    every = timedelta(seconds=30)

    async def run(self, office: Office) -> None:
        """Look who is waited for."""
        alerts = Alerts(office.desk.store, office.sealer)
        await alerts.keep(await asked(office.desk.board, office.site), {CAUSE})


async def asked(board: Board, site: Site) -> list[Found]:
    """Who is waited for, by how many items of which bots, and who is next."""
    page = await board.page(states=("waiting_for_person",), order="oldest", limit=_MOST)
    waiting: dict[str, Counter[str]] = {}
    first: dict[str, str] = {}
    for item in page.items:
        who = item.ask or "somebody"
        waiting.setdefault(who, Counter())[item.bot] += 1
        first.setdefault(who, item.id)
    return [_found(who, bots, first[who], site) for who, bots in sorted(waiting.items())]


def _found(who: str, bots: Counter[str], item: str, site: Site) -> Found:
    """The person asked is told at once and reminded once; then the others, in their order."""
    person, count = site.people.get(who), sum(bots.values())
    of = ", ".join(sorted(bots))
    text = f"{count} item{'' if count == 1 else 's'} of {of} wait{'s' if count == 1 else ''} for {who} to decide."
    if person is None:  # a role nobody has written an address for: those who are told everything
        return Found(CAUSE, who, text, item=item, count=count, tell=site.alerts.tell)
    return Found(
        CAUSE, who, text, item=item, count=count, tell=(who,), escalate=(who, *person.then),
        escalate_after=person.then_after.total_seconds(),
    )  # fmt: skip
