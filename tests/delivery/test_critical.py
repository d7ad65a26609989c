"""A critical result is nobody's secret: it is an alert, again and again and to the next person, until acknowledged."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from robot_library.engine.desk import Desk
from robot_library.engine.old_reports import OldReports
from robot_library.engine.records.alerts import Alerts
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.facts import Facts
from robot_library.errors import ReleaseRefused
from robot_library.model.alerting import Alerting
from robot_library.model.site import Site
from robot_library.parsing.build import model_from_text
from robot_library.unattended.alerts.causes import causes
from robot_library.unattended.alerts.ground import Ground
from tests.delivery.conftest import SEALER, Brain, new_item

WRITTEN = """
people: {duty: {}, head: {}, chief: {}}
alerts:
  tell: [duty]
  rules:
    - {on: critical, after: 10 min, escalate: [head, chief], escalate_after: 10 min}
"""
WHAT = "TensionPneumothoraxOfNobody"


def rules() -> Alerting:
    return model_from_text(WRITTEN, Site, "site.yaml").alerts


async def test_it_comes_again_until_somebody_acknowledges(desk: Desk, tmp_path: Path) -> None:
    item, now = await new_item(desk), time.time()
    one = await desk.critical.found(item, WHAT, "Dr A", "reviewer")
    alerts = Alerts(desk.store, SEALER)
    ground = Ground(now, tmp_path, Facts(desk.store), Checks(desk.store, SEALER), free=99.0)

    async def look(minutes: float) -> list[tuple[str, str]]:
        """Who is told what after so many minutes."""
        at = now + minutes * 60
        found, looked_at = await causes(rules(), replace(ground, now=at))
        await alerts.keep(found, looked_at, at)
        waiting = await alerts.waiting(at + 1)
        told = [(person, message.moment) for person, messages in waiting.items() for message in messages]
        for messages in waiting.values():
            for message in messages:
                assert WHAT not in message.alert.text
                await alerts.mark(message, ways=["mail"], sent=at)
        return sorted(told)

    assert await look(5) == []
    assert await look(11) == [("duty", "raised")]
    assert await look(22) == [("head", "next")]
    (alert,) = await alerts.all()
    assert alert.item == item
    await alerts.acknowledge(alert.id, "night-it")  # IT takes the alert up, and no physician knows yet
    assert await look(23) == []
    assert await look(35) == [("duty", "more")]
    with pytest.raises(ReleaseRefused, match="nobody was told"):
        await desk.critical.acknowledge(one.id, "Dr Ward", "clerk")
    await desk.critical.told(one.id, "Dr Ward", "telephone", "Dr A", "reviewer", read_back=True)
    assert await look(46) == [("head", "next")], "told is not acknowledged"
    done = await desk.critical.acknowledge(one.id, "Dr Ward", "clerk")
    assert await look(47) == [("duty", "over"), ("head", "over")]
    assert (done.told, done.how, done.read_back) == ("Dr Ward", "telephone", True)
    assert done.acknowledged is not None
    assert [each.told for each in await desk.critical.history(one.id)] == ["", "Dr Ward", "Dr Ward"]
    assert await desk.critical.all() == []
    assert await desk.critical.of(item) == [done]
    for refused in (desk.critical.acknowledge(one.id, "Dr C", "clerk"),
                    desk.critical.told(one.id, "Dr C", "mail", "Dr A", "reviewer"),
                    desk.critical.found(item, " ", "Dr A", "reviewer")):  # fmt: skip
        with pytest.raises(ReleaseRefused):
            await refused
    written = b"".join(path.read_bytes() for path in (tmp_path / "home").glob("engine.sqlite*"))
    assert WHAT.encode() not in written


async def test_a_report_entered_in_error_is_an_alert_until_somebody_has_seen_to_the_record(
    desk: Desk, brain: Brain, tmp_path: Path
) -> None:
    item = await new_item(desk)
    draft = await desk.releases.draft(item, brain.content, "bot")
    released = await desk.releases.release(await desk.releases.review(draft, "a", "reviewer"), "a", "reviewer")
    one = await desk.retractions.retract(released, "a", "reviewer", "is Anna Other's")
    ground = Ground(time.time(), tmp_path, Facts(desk.store), Checks(desk.store, SEALER), free=99.0)

    async def look(minutes: float) -> list[tuple[str, int]]:
        found, _ = await causes(rules(), replace(ground, now=one.made.at.timestamp() + minutes * 60))
        assert not any("Other" in each.text for each in found)
        return [(each.item, each.count) for each in found if each.cause == "critical"]

    assert await look(9) == []
    assert await look(11) == [(item, 1)]
    assert await look(31) == [(item, 3)]
    old = OldReports(desk.store, SEALER)
    later = time.time() + 9e8
    for letter in await desk.outbox.unaddressed():
        await desk.outbox.address(letter, {}, [], later)
    assert await old.old(later) == [], "what nobody has seen to is kept, however old"
    await desk.retractions.cleared(one, "marked in the EHR", "ana", "clerk")
    assert await look(99) == []
    assert await old.old(later) == [one.report]


async def test_who_wrote_the_acknowledgement_down_is_known_and_not_whom_they_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(desk.store.trail, "record", lambda one: told.append((one.what, one.person)))
    one = await desk.critical.found(await new_item(desk), WHAT, "Dr A", "reviewer")
    await desk.critical.told(one.id, "Dr Ward", "telephone", "Dr A", "reviewer")
    done = await desk.critical.acknowledge(one.id, "Dr Ward", "clerk", noted="Ms Clerk")
    assert done.acknowledged is not None
    assert (done.acknowledged.who, done.noted) == ("Dr Ward", "Ms Clerk")
    assert told[-1] == ("critical result acknowledged", "Ms Clerk")


@pytest.mark.parametrize("escalate", [(), ("head",)])
async def test_a_critical_result_that_everybody_sleeps_through_is_told_again(
    desk: Desk, tmp_path: Path, escalate: tuple[str, ...]
) -> None:
    """Nobody takes even the alert up, and there is nobody left to be told next."""
    now = time.time()
    await desk.critical.found(await new_item(desk), WHAT, "Dr A", "reviewer")
    (rule,) = [one for one in rules().rules if one.on == "critical"]
    site = rules().model_copy(update={"rules": (rule.model_copy(update={"escalate": escalate}),)})
    alerts, told = Alerts(desk.store, SEALER), []
    ground = Ground(now, tmp_path, Facts(desk.store), Checks(desk.store, SEALER), free=99.0)
    for minute in range(1, 62):
        at = now + minute * 60
        found, looked_at = await causes(site, replace(ground, now=at))
        await asyncio.gather(*(alerts.keep(found, looked_at, at) for _ in range(2)))
        for person, messages in (await alerts.waiting(at + 1)).items():
            for message in messages:
                told.append((minute // 10, person, message.moment))
                await alerts.mark(message, ways=["mail"], sent=at)
    duty = [each for each in told if each[1] == "duty"]
    if escalate:
        assert [each[1] for each in told] == ["duty", "head", "duty", "head", "duty", "head"]
    else:
        assert duty == told == [(1, "duty", "raised"), *((ten, "duty", "more") for ten in range(2, 7))]
