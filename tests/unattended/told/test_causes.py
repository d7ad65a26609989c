"""What people are told of, by the rules of site.yaml, from rows as the engine leaves them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.line.downtime import Outage
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.facts import Facts
from robot_library.errors import AuthoringError
from robot_library.model.alerting import CAUSES, Alerting
from robot_library.model.site import Site
from robot_library.parsing.build import model_from_text
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.alerts.causes import LOOKS, causes
from robot_library.unattended.alerts.ground import BotSeen, Ground, Stopped, WorkerSeen
from robot_library.unattended.housekeeping import BACKUP, scope_of
from tests.unattended.told.conftest import planted

NOW = 1_800_000_000.0
PATIENT = "Musterfrau"

WRITTEN = """
people:
  night-it: {email: night-it@hospital.example}
  head-of-it: {webhook: pager}
alerts:
  tell: [night-it]
  mail: {host: mail.hospital.example, from: wetread@hospital.example, credential: mail}
  webhooks:
    pager: {url: https://pager.hospital.example/hook, credential: pager}
  rules:
    - {on: failures, items: 3, within: 10 min, escalate: [head-of-it], escalate_after: 5 min}
    - {on: silence, after: 1 h, bots: [chest]}
    - {on: disk_low, below: 5}
    - {on: due_soon, off: true}
"""


@pytest.fixture
def ground(store: Store, sealer: SealedJson, tmp_path: Path) -> Ground:
    return Ground(NOW, tmp_path, Facts(store), Checks(store, sealer), free=100.0)


async def item(store: Store, sealer: SealedJson, number: int, **values: object) -> None:
    ident = await planted(store, sealer, "chest", f"{PATIENT}-{number}", {"name": PATIENT})
    change = sa.update(tables.items).where(tables.items.c.id == ident).values(**values)
    await store.write(lambda connection: connection.execute(change))


def site(text: str = WRITTEN) -> Alerting:
    return model_from_text(text, Site, "site.yaml").alerts


async def test_every_cause_is_looked_for_and_a_quiet_night_has_none(ground: Ground) -> None:
    assert set(LOOKS) == set(CAUSES)
    found, looked_at = await causes(Alerting(), ground)
    assert found == []
    assert looked_at == set(CAUSES) - {"backup"}


async def test_each_by_its_rule(ground: Ground, store: Store, sealer: SealedJson) -> None:
    failed = {"state": "application_exception", "outcome": "needs_person", "code": "DriverLost"}
    for number in range(4):
        await item(store, sealer, number, **failed, ended=NOW - 60 if number < 3 else NOW - 6000)
    await item(store, sealer, 5, state="dead", outcome="needs_person", code="DeadLetter", ended=NOW - 9999)
    await item(store, sealer, 6, state="new", due=NOW - 300)
    await item(store, sealer, 7, state="waiting_for_person", updated=NOW - 7300)
    await ground.checks.add("canary", "demo-ehr", {"missing": 2}, 2)
    seen = {
        "workers": (WorkerSeen("w-1", NOW - 200), WorkerSeen("w-2", NOW - 5)),
        "stopped": (Stopped("bot:chest", NOW - 60, by_itself=True), Stopped("credential:ehr-bot", NOW - 60)),
        "bots": (BotSeen("chest", NOW - 3700, NOW - 9999), BotSeen("other", NOW - 99_999, NOW - 99_999)),
        "expiring": {"pacs-bot": NOW + 86_400}, "free": 3.0,
        "down": (
            Outage("demo-ehr", "https://ehr", "HTTP 503", NOW - 700, NOW + 9, 6, None),
            Outage("demo-pacs", "https://pacs", "HTTP 503", NOW - 500, NOW + 9, 5, None),
        ),
    }  # fmt: skip
    found, _ = await causes(site(), Ground(**{**vars(ground), **seen}))
    assert sorted((one.cause, one.scope, one.count) for one in found) == [
        ("canary", "demo-ehr", 2), ("credential", "credential:ehr-bot", 1), ("credential", "credential:pacs-bot", 1),
        ("dead_letter", "chest", 1), ("disk_low", "disk", 1), ("failures", "chest", 3),
        ("late", "chest", 1), ("silence", "chest", 1), ("stopped", "bot:chest", 1),
        ("system_down", "system:demo-ehr", 1), ("unanswered", "chest", 1), ("worker_lost", "w-1", 1),
    ]  # fmt: skip
    assert [one.text for one in found if PATIENT in one.text] == []
    failures = next(one for one in found if one.cause == "failures")
    assert (failures.tell, failures.escalate, failures.escalate_after) == (("night-it",), ("head-of-it",), 300.0)
    down = next(one for one in found if one.cause == "system_down")
    assert down.text == "demo-ehr does not answer (HTTP 503) for 12 min; its items wait."
    assert failures.text == "chest: 3 items failed within 10 min, most of them DriverLost."


async def test_silence_does_not_count_the_time_in_which_nothing_could_happen(ground: Ground) -> None:
    for able, told in ((None, False), (NOW - 600, False), (NOW - 4000, True)):
        one = Ground(**{**vars(ground), "bots": (BotSeen("chest", NOW - 9999, able),)})
        assert bool((await causes(site(), one))[0]) is told, able


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alerts: {tell: [nobody]}", "nobody is to be told or asked, and is not among 'people'"),
        ("people: {a: {email: a@b.example}}\nalerts: {tell: [a]}", "'alerts.mail' names no mail server"),
        ("people: {a: {webhook: pager}}", "'pager', which 'alerts.webhooks' lacks"),
        ("alerts: {webhooks: {pager: {url: 'http://far.example/', credential: x}}}", "begins with https://"),
        ("alerts: {mail: {host: far.example, from: a@b.example, security: none}}", "on this machine"),
        ("alerts: {rules: [{on: late, items: 3}]}", "'items' says nothing on 'late'"),
        ("alerts: {rules: [{on: disk_low, bots: [chest]}]}", "is no single bot's"),
        ("alerts: {rules: [{on: failure}]}", "must be one of failures"),
        ("keep: {evidence: 100 d}", "cannot be kept for longer"),
    ],
)
def test_a_wrong_site_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises((AuthoringError, ValidationError)) as wrong:
        site(text)
    assert said in str(wrong.value)


async def test_another_hosts_backup_is_none_of_this_home(ground: Ground, tmp_path: Path) -> None:
    rules = site("alerts: {rules: [{on: backup, after: 2 d}]}")
    here, there = tmp_path / "here" / "wetread", tmp_path / "there" / "wetread"
    for home in (here, there):
        home.mkdir(parents=True)
    one = Ground(**{**vars(ground), "now": time.time(), "home": here})

    async def told() -> list[str]:
        return [found.text for found in (await causes(rules, one))[0] if found.cause == "backup"]

    await ground.checks.add(BACKUP, scope_of(there), {}, 0)
    assert await told() == ["no backup was ever made."]
    await ground.checks.add(BACKUP, scope_of(here), {}, 0)
    assert await told() == []
