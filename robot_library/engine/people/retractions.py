"""Taking back a report that was released in error: on the wrong patient, of the wrong study.

A retraction is a version of its own, linked to the last released one, sealed and sent as every version is, and the
last there will ever be of its report. What a bot has typed into the record it does not undo: as long as no person
has, it stands on a list.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from robot_library.engine.database.store import Store
from robot_library.engine.people.releases import OPEN, Releases, may, signed
from robot_library.errors import ReleaseRefused
from robot_library.model.release import ReportVersion, Status

STATUS: Status = "entered_in_error"
_SEES_TO_IT = ("reviewer", "clerk")


class Retractions:
    """Every retraction of a site."""

    def __init__(self, store: Store, releases: Releases) -> None:
        self._store, self._releases = store, releases

    async def retract(self, version: ReportVersion, who: str, role: str, why: str) -> ReportVersion:
        """Take back what was released: everybody who was sent anything of this report is told never to use it. What
        was begun of it since (a correction) is withdrawn with it. `why` is kept here, and sent to nobody: it may name
        another patient. Refused without a reason, and unless `version` is the last released one, as it was read."""
        may(role, "take back a released")
        made = signed(who, role)
        if not why.strip():
            raise ReleaseRefused("it must be said why a released report is taken back.")
        there = await self._releases.versions(version.report)
        released = [one for one in there if one.status == "released"]
        if version.status != "released" or released[-1:] != [version]:
            raise ReleaseRefused(
                "this is not the last released version of its report.", cure="Read the report again, as it stands now."
            )
        retraction = ReportVersion(
            id=secrets.token_hex(12), report=version.report, number=1 + max(one.number for one in there),
            item=version.item, bot=version.bot, relation="retraction", replaces=version.id, why=why.strip(),
            status=STATUS, content=version.content, made=made, changed=made.at, acted=who,
        )  # fmt: skip
        begun = [
            one.model_copy(update={"status": "taken_back", "step": one.step + 1, "changed": made.at, "acted": who})
            for one in there
            if one.status in OPEN
        ]

        def work(connection: sa.Connection) -> None:
            self._releases.hold(connection, version.report)
            for one in begun:
                self._releases.add(connection, one, "take back report", who)
            self._releases.begin(connection, retraction, "retract released report (entered in error)")

        await self._store.write(work)
        return retraction

    async def cleared(self, retraction: ReportVersion, how: str, who: str, role: str) -> ReportVersion:
        """A person has seen to what was typed into the record: `how`. Once."""
        if role not in _SEES_TO_IT:
            raise ReleaseRefused(f"the role {role or 'none'!r} works in no record.", cure="A clerk or a reviewer does.")
        if retraction.status != STATUS or retraction.cleared is not None:
            raise ReleaseRefused("there is nothing of this version to be seen to, or no longer.")
        if not how.strip():
            raise ReleaseRefused("it must be said what was done in the record.")
        if await self._releases.get(retraction.id) != retraction:
            raise ReleaseRefused("this version does not stand as you have read it.", cure="Read it again.")
        by = signed(who, role)
        after = retraction.model_copy(
            update={
                "cleared": by,
                "cleared_how": how.strip(),
                "step": retraction.step + 1,
                "changed": by.at,
                "acted": who,
            }
        )
        what = "typed text seen to in the record"
        await self._store.write(lambda connection: self._releases.add(connection, after, what, who, deliver=False))
        return after

    async def of(self, report: str) -> ReportVersion | None:
        """The retraction of a report, if it was taken back."""
        last = (await self._releases.versions(report))[-1:]
        return last[0] if last and last[0].status == STATUS else None

    async def of_item(self, item: str) -> ReportVersion | None:
        """The retraction of an item's report, if it was taken back."""
        return next((one for one in await self._releases.of(item) if one.status == STATUS), None)

    async def open(self) -> list[ReportVersion]:
        """Those whose typed text no person has seen to yet, the newest first."""
        return [one for one in await self._releases.newest(status=STATUS, limit=1000) if one.cleared is None]
