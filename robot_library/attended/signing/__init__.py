"""Sign-off: reports on their way out, where a site lets wetread hold them (`deliveries`), and critical results.

    listed     what is to be reviewed, released and begun; critical results that nobody has acknowledged
    report     one version: read, edited, reviewed, released, corrected, added to, taken back
    retracted  a released one taken back as entered in error, and what a person then sees to in the record
    critical   what was found, who was told, who has acknowledged it

Everything goes through the engine's own doors (releases, critical), which check role, order and words once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from robot_library.attended.house import House
from robot_library.attended.rooms import Room, Tab
from robot_library.attended.signing.critical import Critical
from robot_library.attended.signing.listed import Listed
from robot_library.attended.signing.report import Reports
from robot_library.attended.signing.retracted import Retracted
from robot_library.web.shell import Ask, Shell


def _routes(shell: Shell, house: House) -> Sequence[BaseRoute]:
    page, act, listed, reports, critical = shell.page, shell.act, Listed(house), Reports(house), Critical(house)
    retracted = Retracted(house)
    return [
        page("/reports", listed.page, role="patients"),
        act("/reports/begin/{item}", listed.begin, role="release"),
        page("/reports/{version}", reports.page, role="patients"),
        act("/reports/{version}/save", reports.save, role="drafts"),
        *(
            act(f"/reports/{{version}}/{what}", getattr(reports, what), role="release")
            for what in ("review", "release", "correct", "addendum", "withdraw")
        ),
        act("/reports/{version}/retract", retracted.retract, role="release"),
        act("/reports/{version}/cleared", retracted.cleared, role="drafts"),
        act("/critical/found/{item}", critical.found, role="release"),
        act("/critical/{result}/told", critical.told, role="drafts"),
        act("/critical/{result}/acknowledged", critical.acknowledged, role="drafts"),
    ]


async def _tabs(house: House, ask: Ask) -> Sequence[Tab]:
    if not ask.may("patients"):
        return []
    open_ones = await house.desk.critical.all()
    waiting = await house.desk.releases.count("draft", "reviewed")
    unseen = await house.desk.retractions.open()
    hot, count = bool(open_ones or unseen), waiting + len(open_ones) + len(unseen)
    return [Tab("/reports", "reports", "gf", "patients", count, hot=hot)]


async def _changes(house: House) -> Mapping[str, str]:
    newest = await house.desk.releases.newest(limit=1)
    critical = [(one.id, one.told) for one in await house.desk.critical.all()]
    return {"reports": repr([(one.id, one.step) for one in newest] + critical)}


SIGNING = Room(Path(__file__).parent, _routes, _tabs, _changes)
