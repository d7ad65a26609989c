"""Reports on their way out: draft → reviewed → released, corrections, addenda, taking back. The one door to them, with
`retractions` for what was released in error.

Rows are only ever added: each step of a version is sealed for its number and status, so that nothing released can be
changed, put back or made up in the database. Whoever acts hands in the version as it was read; if somebody else
was quicker, or the version stands otherwise, ReleaseRefused and nothing has happened.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.engine.records.items import Items
from robot_library.errors import ReleaseRefused, SetupError
from robot_library.interfaces import Sealer
from robot_library.model.audit import Happened, hashed
from robot_library.model.release import MAY_RELEASE, Content, Relation, ReportVersion, Section, Signed, Status

_r, _s = tables.reports.c, tables.report_steps.c
TO_ADDRESS = "*"
"""Target of an outbox row that has not been addressed yet."""
RETRACTED = "this report was taken back as entered in error: nothing follows it."
OPEN: tuple[Status, ...] = ("draft", "reviewed")
_DELIVERED: tuple[Status, ...] = ("reviewed", "released", "taken_back", "entered_in_error")
"""What receivers may have to hear of."""


class Releases:
    """Every version of every report of a site."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer
        self._items = Items(store, sealer)

    # ---- what people do ----

    async def draft(self, item: str, content: Content, who: str, role: str = "reviewer") -> ReportVersion:
        """The first version of an item's report. Refused if the item has one that was not taken back."""
        there = await self.of(item)
        if any(one.status == "entered_in_error" for one in there):
            raise ReleaseRefused(RETRACTED, cure="Report what is right in the EHR, or from the right order's item.")
        if any(one.status != "taken_back" for one in there):
            raise ReleaseRefused(
                "this item has a report already.", cure="Edit its draft, or correct what was released."
            )
        view = await self._items.get(item)
        report = self._sealer.mac(f"report|{item}|{len(there)}")[:32]
        return await self._new(report, 1, item, view.item.bot, "first", None, content, "", signed(who, role))

    async def edit(self, version: ReportVersion, content: Content, who: str, role: str) -> ReportVersion:
        """Change what an unreleased version says; one that was reviewed is a draft again. Whoever is no reviewer may
        change the order's numbers and the title only."""
        self._must_be(version, OPEN, "edit")
        _same_person(version.content, content)
        if role not in MAY_RELEASE:
            _only_administrative(version.content, content)
        await self._keeps_released_text(version, content)
        return await self._step(version, "edit report", who, status="draft", content=content, reviewed=None)

    async def review(
        self, version: ReportVersion, who: str, role: str, content: Content | None = None
    ) -> ReportVersion:
        """A reviewer has read the draft, and stands for it, as it is or as `content` now says."""
        may(role, "review")
        self._must_be(version, ("draft",), "review")
        content = content or version.content
        _same_person(version.content, content)
        await self._keeps_released_text(version, content)
        by = signed(who, role)
        return await self._step(version, "review report", who, status="reviewed", content=content, reviewed=by)

    async def release(self, version: ReportVersion, who: str, role: str) -> ReportVersion:
        """Let a reviewed version out. It never changes again, and is brought to everybody who is to get it."""
        may(role, "release")
        self._must_be(version, ("reviewed",), "release")
        return await self._step(version, "release report", who, status="released", released=signed(who, role))

    async def correct(self, version: ReportVersion, content: Content, who: str, role: str, why: str) -> ReportVersion:
        """A new draft that, once released, replaces a released version at everybody who got it."""
        may(role, "correct")
        await self._must_be_newest(version, "correct")
        _same_person(version.content, content)
        if not why.strip():
            raise ReleaseRefused("a correction says why.")
        return await self._next(version, "correction", content, why, signed(who, role))

    async def addendum(
        self, version: ReportVersion, text: str, who: str, role: str, title: str = "Addendum"
    ) -> ReportVersion:
        """A new draft that adds a section to a released version, whose own text stays as it is."""
        may(role, "add to")
        await self._must_be_newest(version, "add to")
        if not text.strip():
            raise ReleaseRefused("an addendum needs a text.")
        section = Section(id=f"addendum-{version.number + 1}", title=title, text=text.strip())
        content = version.content.model_copy(update={"sections": (*version.content.sections, section)})
        return await self._next(version, "addendum", content, "", signed(who, role))

    async def take_back(self, version: ReportVersion, who: str, role: str, why: str = "") -> ReportVersion:
        """Withdraw what was not released. Whoever was sent it as preliminary is told."""
        self._must_be(version, OPEN, "take back")
        if version.status == "reviewed":
            may(role, "take back")
        return await self._step(version, "take back report", who, status="taken_back", why=why or version.why)

    # ---- what there is ----

    async def get(self, ident: str) -> ReportVersion:
        """One version as it stands; SetupError if there is none of this id."""
        found = await self._read(_r.id == ident)
        if not found:
            raise SetupError(f"there is no report {ident[:32]!r} here.", cure="`wetread reports list`.")
        return found[0]

    async def find(self, letters: str) -> ReportVersion:
        """The one version whose id begins so; SetupError if there is none, or more than one."""
        found = await self._read(_r.id.startswith(letters, autoescape=True)) if letters else []
        if len(found) != 1:
            raise SetupError(
                f"{len(found)} reports begin with {letters[:32]!r}; one is needed.", cure="`wetread reports list`."
            )
        return found[0]

    async def of(self, item: str) -> list[ReportVersion]:
        """Every version of an item's reports, the oldest first."""
        return await self._read(_r.item == item)

    async def versions(self, report: str) -> list[ReportVersion]:
        """Every version of one report, the oldest first."""
        found = await self._read(_r.report == report)
        return sorted(found, key=lambda one: one.number)  # clocks are set back; numbers are not

    async def newest(self, *, status: Status | None = None, bot: str = "", limit: int = 200) -> list[ReportVersion]:
        """The newest versions, the newest first."""
        where = [_r.bot == bot] if bot else []
        if status is not None:
            where.append(_NEWEST.c.status == status)
        found = await self._read(*where, limit=limit)
        return [*reversed(found)]

    async def count(self, *statuses: Status) -> int:
        """How many versions stand so now."""
        query = sa.select(sa.func.count()).select_from(_NEWEST).where(_NEWEST.c.status.in_(statuses))
        return int(await self._store.read(lambda connection: connection.execute(query).scalar_one()))

    async def unreported(self, bots: Sequence[str], limit: int = 200) -> list[str]:
        """Items of these bots that have typed a draft and have no report here, the newest ones."""
        t = tables.items.c
        typed = sa.select(t.id).where(t.bot.in_(bots), t.state == "done", t.outcome == "typed")
        query = typed.where(~sa.exists().where(_r.item == t.id)).order_by(t.created.desc(), t.id).limit(limit)
        return [str(row[0]) for row in await self._store.read(lambda connection: connection.execute(query).all())]

    async def history(self, version: str) -> list[ReportVersion]:
        """One version step by step: as it stood after each."""
        query = sa.select(tables.report_steps).where(_s.version == version).order_by(_s.step)
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [self._open(row) for row in rows]

    # ---- inside ----

    def _must_be(self, version: ReportVersion, statuses: Sequence[Status], what: str) -> None:
        if version.status not in statuses:
            released = version.status == "released"
            cure = "A released text is never changed: correct it, or add to it." if released else ""
            raise ReleaseRefused(
                f"this version is {version.status.replace('_', ' ')}: one cannot {what} it.", cure=cure
            )

    async def _must_be_newest(self, version: ReportVersion, what: str) -> None:
        self._must_be(version, ("released",), what)
        later = [one for one in await self.versions(version.report) if one.number > version.number]
        if any(one.status != "taken_back" for one in later):
            raise ReleaseRefused(f"there is a later version of this report: one cannot {what} this one.")

    async def _keeps_released_text(self, version: ReportVersion, content: Content) -> None:
        """An addendum leaves all that was released before it."""
        if version.relation != "addendum":
            return
        before = (await self.get(version.replaces)).content
        added = content.sections[len(before.sections) :]
        if content.model_copy(update={"sections": content.sections[: len(before.sections)]}) != before or not added:
            raise ReleaseRefused("an addendum only adds sections.", cure="Take it back and correct the report instead.")

    async def _next(
        self, version: ReportVersion, relation: Relation, content: Content, why: str, made: Signed
    ) -> ReportVersion:
        number = 1 + max(one.number for one in await self.versions(version.report))
        return await self._new(version.report, number, version.item, version.bot, relation, version, content, why, made)

    async def _new(
        self, report: str, number: int, item: str, bot: str, relation: Relation, before: ReportVersion | None,
        content: Content, why: str, made: Signed,
    ) -> ReportVersion:  # fmt: skip
        version = ReportVersion(
            id=secrets.token_hex(12), report=report, number=number, item=item, bot=bot, relation=relation,
            replaces=before.id if before else "", why=why, content=content, made=made, changed=made.at, acted=made.who,
        )  # fmt: skip

        def work(connection: sa.Connection) -> None:
            self.hold(connection, report)
            self.begin(connection, version, f"draft report ({relation})")

        await self._store.write(work)
        return version

    async def _step(self, version: ReportVersion, what: str, who: str, **changes: Any) -> ReportVersion:
        if await self.get(version.id) != version:
            raise ReleaseRefused("this version does not stand as you have read it.", cure="Read it again.")
        step = {"step": version.step + 1, "changed": datetime.now(UTC), "acted": who}
        after = version.model_copy(update={**changes, **step})

        def work(connection: sa.Connection) -> None:
            self.hold(connection, version.report)
            self.add(connection, after, what, who)

        await self._store.write(work)
        return after

    # ---- one transaction's parts ----

    def hold(self, connection: sa.Connection, report: str) -> None:
        """Nobody else changes this report until the transaction ends. Refused if it was taken back for good."""
        rows = sa.select(_r.id).where(_r.report == report).order_by(_r.number).with_for_update()
        connection.execute(rows).all()
        gone = sa.select(_s.version).join(tables.reports, _r.id == _s.version)
        if connection.execute(gone.where(_r.report == report, _s.status == "entered_in_error").limit(1)).first():
            raise ReleaseRefused(RETRACTED)

    def begin(self, connection: sa.Connection, version: ReportVersion, what: str) -> None:
        """A version's row and its first step."""
        row = {
            "id": version.id, "report": version.report, "number": version.number, "item": version.item,
            "bot": version.bot, "relation": version.relation, "replaces": version.replaces,
            "made": version.made.at.timestamp(),
        }  # fmt: skip
        if connection.execute(insert_once(self._store.durable, tables.reports, row)).rowcount != 1:
            raise ReleaseRefused("somebody else has begun a version of this report at the same moment.")
        self.add(connection, version, what, version.made.who)

    def add(
        self, connection: sa.Connection, version: ReportVersion, what: str, who: str, *, deliver: bool = True
    ) -> None:
        """One step, told to the audit trail, and what receivers are to hear of it, in one transaction."""
        row = {
            "version": version.id, "step": version.step, "status": version.status, "at": version.changed.timestamp(),
            "entry": self._sealer.seal(version, _place(version.id, version.step, version.status)),
        }  # fmt: skip
        if connection.execute(insert_once(self._store.durable, tables.report_steps, row)).rowcount != 1:
            raise ReleaseRefused("somebody else has changed this version meanwhile.", cure="Read it again.")
        number = hashed(self._sealer.mac, version.content.subject.id.value)
        told = Happened("review", what, item=version.item, bot=version.bot, person=who, patients=(number,))
        self._store.trail.record(told)
        if deliver and version.status in _DELIVERED:
            to = {
                "version": version.id, "step": version.step, "status": version.status, "target": TO_ADDRESS,
                "report": version.report, "number": version.number, "made": time.time(), "due": 0.0,
            }  # fmt: skip
            connection.execute(sa.insert(tables.outbox).values(**to))

    async def _read(self, *where: sa.ColumnElement[bool], limit: int | None = None) -> list[ReportVersion]:
        last = _NEWEST
        query = (
            sa.select(last)
            .join(tables.reports, _r.id == last.c.version)
            .where(*where)
            .order_by(_r.made.desc(), _r.number.desc(), _r.id)
        )
        query = query.limit(limit) if limit else query
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return [self._open(row) for row in reversed(rows)]

    def _open(self, row: Any) -> ReportVersion:
        opened = self._sealer.open(row["entry"], _place(row["version"], row["step"], row["status"]))
        assert isinstance(opened, ReportVersion)
        return opened


_LAST = sa.select(_s.version, sa.func.max(_s.step).label("step")).group_by(_s.version).subquery("last_step")
_NEWEST = (
    sa.select(tables.report_steps)
    .join(_LAST, sa.and_(_LAST.c.version == _s.version, _LAST.c.step == _s.step))
    .subquery("newest")
)
"""How each version stands."""


def _place(version: str, step: int, status: str) -> str:
    return f"report|{version}|{step}|{status}"


def signed(who: str, role: str) -> Signed:
    """Who does it, now. Refused without a name."""
    if not who.strip():
        raise ReleaseRefused("it must be said who does it.")
    return Signed(who=who.strip(), role=role, at=datetime.now(UTC))


def may(role: str, what: str) -> None:
    """Refused unless the role may do what only a reviewer may."""
    if role not in MAY_RELEASE:
        raise ReleaseRefused(f"the role {role or 'none'!r} may not {what} a report.", cure="A reviewer may.")


def _same_person(before: Content, after: Content) -> None:
    """Who the patient is and which study was read was proven once; nobody types it anew."""
    if after.subject != before.subject or after.study.uid != before.study.uid:
        raise ReleaseRefused(
            "patient and study of a report never change.", cure="Take it back, and begin a report for the right order."
        )


def _only_administrative(before: Content, after: Content) -> None:
    if after.model_copy(update={"order": before.order, "title": before.title}) != before:
        raise ReleaseRefused("only a reviewer changes findings and text.")
