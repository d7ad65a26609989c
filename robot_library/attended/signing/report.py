"""One version of a report: read, edited, reviewed, released, corrected, added to, taken back.

Whoever acts sends the step at which they have read the version; if it stands otherwise now, nothing happens.
"""

from __future__ import annotations

import asyncio
import re

from starlette.responses import Response

from robot_library.attended.house import House
from robot_library.attended.review.drafts import tidied
from robot_library.attended.review.item import spelled
from robot_library.errors import ReleaseRefused
from robot_library.model.audit import Happened, hashed
from robot_library.model.release import Content, Reported, ReportVersion
from robot_library.model.review import OURS
from robot_library.reports.outputs.content import decided
from robot_library.reports.wording import say
from robot_library.web.shell import Ask

_EDITABLE = ("draft", "reviewed")
_LONGEST = 20_000
"""Characters of one section, which may hold several fields of a draft. More is refused, not cut."""
_ADDED = 4000
"""Of an addendum. A form sends each line end as two characters, which the page does not count."""


class Reports:
    """/reports/…"""

    def __init__(self, house: House) -> None:
        self._house, self._releases = house, house.desk.releases

    async def page(self, ask: Ask) -> Response:
        """The version, what happened to it, its siblings, and what may be done now."""
        version = await self._releases.get(ask.request.path_params["version"])
        number = hashed(self._house.sealer.mac, version.content.subject.id.value)
        told = Happened(
            "review", "open report", item=version.item, bot=version.bot, person=ask.who, patients=(number,)
        )  # fmt: skip
        await asyncio.to_thread(self._house.desk.store.trail.record, told)
        versions = await self._releases.versions(version.report)
        newest = all(one.number <= version.number or one.status == "taken_back" for one in versions)
        last_released = [one.id for one in versions if one.status == "released"][-1:] == [version.id]
        retraction = next((one for one in versions if one.status == "entered_in_error"), None)
        sent = await self._house.desk.outbox.of(version.report) if retraction == version else []
        return await ask.page(
            "report.html", version=version, versions=versions, newest=newest,
            name=spelled(version.content.subject.name), history=await self._releases.history(version.id),
            critical=await self._house.desk.critical.of(version.item), fixed=await self._fixed(version),
            editable=version.status in _EDITABLE, ours=OURS, longest=_LONGEST,
            clinical=ask.may("findings"), retraction=retraction,
            retractable=last_released and retraction is None, sent=[one for one in sent if one.version == version.id],
        )  # fmt: skip

    async def save(self, ask: Ask) -> Response:
        """Change what an unreleased version says; a clerk, what is administrative."""
        version = await self._read(ask)
        await self._releases.edit(version, self._content(ask, version), ask.who, role_of(ask))
        return ask.back(f"/reports/{version.id}", ask.words("reports.saved"))

    async def review(self, ask: Ask) -> Response:
        """A reviewer stands for it as it now says."""
        version = await self._read(ask)
        await self._releases.review(version, ask.who, role_of(ask), self._content(ask, version))
        return ask.back(f"/reports/{version.id}", ask.words("reports.reviewed"))

    async def release(self, ask: Ask) -> Response:
        """Let it out. What stands on the page is what was reviewed: a changed text is saved first, and is a draft."""
        version = await self._read(ask)
        if self._content(ask, version) != version.content:
            raise ReleaseRefused(ask.words("reports.changed"))
        await self._releases.release(version, ask.who, role_of(ask))
        return ask.back(f"/reports/{version.id}", ask.words("reports.released"))

    async def correct(self, ask: Ask) -> Response:
        """A new draft that will replace a released version."""
        version = await self._read(ask)
        why = tidied(ask.text("why", 500))
        after = await self._releases.correct(version, version.content, ask.who, role_of(ask), why)
        return ask.back(f"/reports/{after.id}", ask.words("reports.corrects"))

    async def addendum(self, ask: Ask) -> Response:
        """A new draft that adds to a released version."""
        version = await self._read(ask)
        text, title = tidied(ask.text("text", 2 * _ADDED), _ADDED), say(version.content.language, "addendum_heading")
        after = await self._releases.addendum(version, text, ask.who, role_of(ask), title)
        return ask.back(f"/reports/{after.id}", ask.words("reports.adds"))

    async def withdraw(self, ask: Ask) -> Response:
        """Take back what was not released."""
        version = await self._read(ask)
        await self._releases.take_back(version, ask.who, role_of(ask), tidied(ask.text("why", 500)))
        return ask.back("/reports", ask.words("reports.withdrawn"))

    async def _read(self, ask: Ask) -> ReportVersion:
        return await as_read(self._house, ask)

    def _content(self, ask: Ask, version: ReportVersion) -> Content:
        """What the form holds; a field that was not sent stays, and so does what says who read what. The door itself
        refuses what a role may not change. Words and decisions go out side by side: both are on the page."""
        content = version.content
        for place, one in enumerate(content.findings):
            sent = ask.text(f"d.{place}")
            if sent in ("positive", "negative") and sent != one.decision:
                content = decided(content, place, sent, ask.who)
        sections = tuple(
            one if one.id in OURS else one.model_copy(update={"text": _sent(ask, f"s.{place}", one.text)})
            for place, one in enumerate(content.sections)
        )
        order = content.order.model_copy(update={"procedure": _sent(ask, "procedure", content.order.procedure)})
        title = _sent(ask, "title", content.title) or content.title
        texts = version.content.text, content.model_copy(update={"sections": sections}).text
        findings = tuple(_still_said(one, *texts) for one in content.findings)
        said = {"sections": sections, "findings": findings, "order": order, "title": title}
        return content.model_copy(update=said)

    async def _fixed(self, version: ReportVersion) -> int:
        """How many sections, from the first, nobody may change: of an addendum, those that were released before it."""
        if version.relation != "addendum":
            return 0
        return len((await self._releases.get(version.replaces)).content.sections)


def _still_said(one: Reported, before: str, after: str) -> Reported:
    """A finding without the numbers that somebody has taken out of the text: they go out in code no more either."""
    if one.finding is None or before == after:
        return one
    kept = tuple(
        each for each in one.finding.measurements if _stands(each.shown, after) or not _stands(each.shown, before)
    )
    if kept == one.finding.measurements:
        return one
    return one.model_copy(update={"finding": one.finding.model_copy(update={"measurements": kept})})


def _stands(shown: str, text: str) -> bool:
    """As a whole: 2.1 ml does not stand in 42.1 ml."""
    return re.search(rf"(?<![\w.,-]){re.escape(shown)}(?!\w)", text) is not None


def _sent(ask: Ask, name: str, before: str) -> str:
    """A field as it was sent; what differs in blanks and line ends only, which a form does not keep, is unchanged."""
    sent = tidied(str(ask.form.get(name, before)), _LONGEST + 1)
    if len(sent) > _LONGEST and sent != before:
        raise ReleaseRefused(ask.words("reports.too_long"))
    return before if sent == tidied(before, _LONGEST + 1) else sent


async def as_read(house: House, ask: Ask) -> ReportVersion:
    """The version as this person has read it; refused if it stands otherwise now."""
    version = await house.desk.releases.get(ask.request.path_params["version"])
    if ask.text("step") != str(version.step):
        raise ReleaseRefused(ask.words("reports.moved"))
    return version


def role_of(ask: Ask) -> str:
    """The role that counts here."""
    roles = ask.session.role.split()
    return "reviewer" if "reviewer" in roles else roles[0]
