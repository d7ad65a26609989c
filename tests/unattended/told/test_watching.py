"""The office's duties: what is wrong becomes an alert and a message; metrics and health for those who may ask."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.desk import Desk
from robot_library.engine.records.alerts import Alerts, Found
from robot_library.engine.records.checks import Checks
from robot_library.interfaces import Credential
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.keys import site_key
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault
from robot_library.unattended import watching
from robot_library.unattended.alerts.survey import open_since
from robot_library.unattended.duties import duties
from robot_library.unattended.entrance import Entrance
from robot_library.unattended.housekeeping import KIND, Housekeeping, scope_of
from robot_library.unattended.office import Office
from robot_library.unattended.supervisor import Supervisor
from robot_library.unattended.watching import Beating, Telling, Watching, machine
from tests.unattended.told.posts import mail_server

SITE = """
zone: Europe/Berlin
systems:
  demo-ehr: {hours: [{days: mon-fri, from: '06:00', to: '20:00'}]}
people:
  night-it: {email: night-it@hospital.example}
alerts:
  tell: [night-it]
  mail: {host: 127.0.0.1, port: PORT, security: none, from: wetread@hospital.example}
  heartbeat: {file: FILE}
  rules:
    - {on: disk_low, off: true}
"""


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    with mail_server(tmp_path) as (box, port):
        text = SITE.replace("PORT", str(port)).replace("FILE", (tmp_path / "alive").as_posix())
        (project / "site.yaml").write_text(text, encoding="utf-8")
        key = site_key(home, create=True)
        async with Desk(home, SealedJson(key), key.fingerprint) as desk:
            vault = Vault({"metrics": Credential("prometheus", "read-me")})
            library = Library(project, bundled())
            made = Office(home, library, desk, key, Supervisor([], lambda name: []), everything=duties(), vault=vault)
            made.box = box  # type: ignore[attr-defined]
            yield made


async def test_a_missing_backup_is_of_this_host_and_no_others_look_ends_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing: list[Found] = [Found("backup", "backup", "no backup was ever made.")]

    async def found(*_: object) -> tuple[list[Found], set[str]]:
        return missing, {"backup"}

    monkeypatch.setattr(watching, "causes", found)
    await Watching().run(office)
    missing.clear()
    with monkeypatch.context() as there:
        there.setattr(watching, "machine", lambda: "other-host")
        await Watching().run(office)
    (one,) = await Alerts(office.desk.store, office.sealer).all()
    assert (one.scope, one.state) == (f"{machine()}: backup", "open")
    await Watching().run(office)
    assert [one.state for one in await Alerts(office.desk.store, office.sealer).all()] in ([], ["over"])


async def test_a_trouble_and_a_stopped_line_reach_a_person_and_are_over(office: Office) -> None:
    office.troubles.say("bot:seen", "seen", "its folder is away.")
    await office.desk.switches.stop("bot:seen", "dr.chen", "looks odd")
    await Watching().run(office)
    alerts = Alerts(office.desk.store, office.sealer)
    assert sorted((one.cause, one.scope) for one in await alerts.all()) == [
        ("stopped", "bot:seen"), ("trouble", f"{machine()}: seen"),
    ]  # fmt: skip
    await Telling().run(office)
    (mail,) = office.box.mails  # type: ignore[attr-defined]
    assert mail["To"] == "night-it@hospital.example"
    assert mail["Subject"] == "[wetread] 2 messages, 2 of them alerts"
    assert "seen: its folder is away." in mail.get_content()
    office.troubles.over("bot:seen")
    await office.desk.switches.go_on("bot:seen", "dr.chen")
    await Watching().run(office)
    assert await alerts.all() == []


async def test_what_another_machine_has_raised_is_not_over_because_it_is_well_here(office: Office) -> None:
    alerts = Alerts(office.desk.store, office.sealer)
    office.troubles.say("x", "", "the port is taken.")
    await Watching().run(office)
    change = sa.update(tables.alerts).values(scope="other-host: office", live="elsewhere")
    await office.desk.store.write(lambda connection: connection.execute(change))
    office.troubles.over("x")
    await Watching().run(office)
    assert [one.scope for one in await alerts.all()] == ["other-host: office"]


async def test_a_worker_that_was_lost_is_told(office: Office) -> None:
    row = {"executor": "worker-1", "host": "h", "pid": 1, "started": 0.0, "seen": time.time() - 500, "ended": None}
    await office.desk.store.write(lambda connection: connection.execute(sa.insert(tables.workers).values(**row)))
    await Watching().run(office)
    (one,) = await Alerts(office.desk.store, office.sealer).all()
    assert (one.cause, one.scope) == ("worker_lost", "worker-1")
    with pytest.raises(AssertionError):
        assert await _file_touched(office), "a heartbeat although a worker is lost"


async def _file_touched(office: Office) -> bool:
    for duty in office.everything:
        office.done(duty.name, "")
    await Beating().run(office)
    file = office.site.alerts.heartbeat
    assert file is not None
    return Path(str(file.file)).exists()


async def test_the_sign_of_life_is_given_while_all_live(office: Office) -> None:
    assert await _file_touched(office)


async def test_the_sign_of_life_is_given_though_the_clock_was_ahead_at_the_last_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outside monitor would take the office for dead until then."""
    real, beating = time.time, Beating()
    beating.every = timedelta(0)
    how = office.site.alerts.heartbeat
    assert how is not None
    quick = how.model_copy(update={"every": timedelta(0)})
    office.site = office.site.model_copy(update={"alerts": office.site.alerts.model_copy(update={"heartbeat": quick})})
    monkeypatch.setattr(time, "time", lambda: real() + 1e8)
    office.began = time.time()
    await beating.run(office)
    monkeypatch.undo()
    office.began = time.time()
    file = Path(str(how.file))
    file.unlink()
    await beating.run(office)
    assert file.exists()


async def test_metrics_and_health_are_told_to_this_machine_and_to_whoever_knows_the_token(office: Office) -> None:
    app = Entrance(office, office.desk).app
    await office.desk.switches.stop("all", "x", "y")
    office.done("schedule", "")

    async def ask(path: str, client: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8440", headers=headers) as asking:
            return await asking.get(path)

    near = await ask("/metrics", "127.0.0.1")
    assert near.status_code == 200
    assert 'wetread_stopped{scope="all"} 1.0' in near.text
    assert (await ask("/metrics", "10.0.0.9")).status_code == 403
    assert (await ask("/metrics", "127.0.0.1", **{"x-forwarded-for": "10.0.0.9"})).status_code == 403
    assert (await ask("/metrics", "10.0.0.9", authorization="Bearer read-you")).status_code == 403
    assert (await ask("/metrics", "10.0.0.9", authorization="Bearer read-me")).status_code == 200
    assert (await ask("/health", "10.0.0.9")).json() == {"ok": True, "state": "running"}
    office.done("schedule", "OperationalError")
    ill = await ask("/health", "127.0.0.1")
    assert (ill.status_code, ill.json()["ailments"]) == (503, ["duty schedule failed (OperationalError)"])
    assert "ailments" not in (await ask("/health", "10.0.0.9")).json()


async def test_retention_runs_when_it_is_overdue_and_only_then(office: Office) -> None:
    checks, even = Checks(office.desk.store, office.sealer), Housekeeping(lambda: 3601.0)
    await even.run(office)
    office.began -= 40 * 3600
    await Housekeeping(lambda: 3599.0).run(office)
    await Housekeeping().run(office)
    assert await checks.all(KIND) == [], "the clock has not gone evenly for an hour"
    await even.run(office)
    await even.run(office)
    assert len(await checks.all(KIND)) == 1


async def test_a_night_of_a_clock_that_was_ahead_is_not_the_last_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup or a retention of five years from now would be the newest one for five years."""
    checks, real = Checks(office.desk.store, office.sealer), time.time
    monkeypatch.setattr(time, "time", lambda: real() + 5 * 365 * 86_400)
    await checks.add(KIND, scope_of(office.home), {}, 0)
    monkeypatch.undo()
    office.began -= 40 * 3600
    await Housekeeping(lambda: 3601.0).run(office)
    assert len(await checks.all(KIND)) == 2


async def test_each_home_of_a_fleet_forgets_by_itself(office: Office, tmp_path: Path) -> None:
    """Hosts call their homes alike; what one has deleted of its own says nothing of the other's pictures."""
    there = tmp_path / "other" / office.home.name
    there.mkdir(parents=True)
    other = Office(there, office.library, office.desk, office.key, Supervisor([], lambda name: []))
    blob, age = other.blobs.put(b"a picture of nobody"), time.time() - 31 * 86_400
    os.utime(there / "blobs" / blob[:2] / blob, (age, age))
    for one in (office, other):
        one.began -= 40 * 3600
        await Housekeeping(lambda: 3601.0).run(one)
    assert not other.blobs.there(blob)


def test_the_time_in_which_a_system_is_closed_is_not_silence(office: Office) -> None:
    spec = office.library.bot("chest-xray-preread")
    monday_seven = 1_795_413_600.0  # 2026-11-23 06:00 UTC, 07:00 in Berlin
    assert open_since(office.site, spec, monday_seven) == monday_seven - 3600
    assert open_since(office.site, spec, monday_seven - 7200) is None
