"""An office without workers: what it opens, keeps open and closes as bots are enabled and disabled."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from robot_library.engine.desk import Desk
from robot_library.interfaces import Credential
from robot_library.parsing.library import Library
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault
from robot_library.unattended.office import STOP, Office
from robot_library.unattended.supervisor import Supervisor
from tests.unattended.conftest import KEY, until
from tests.unattended.test_serve import BOT, WORKFLOW


@pytest.fixture
def project(tmp_path: Path) -> Path:
    inbox = (tmp_path / "inbox").as_posix()
    bot = BOT + f"  - folder: {{path: '{inbox}', takes: csv, key: order, quiet: 0 s, look_every: 50 ms}}\n"
    for name, text in (("bots/seen.yaml", bot), ("workflows/seen/workflow.yaml", WORKFLOW)):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    return tmp_path / "project"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path / "home", SealedJson(KEY), KEY.fingerprint) as one:
        yield one


@pytest.fixture
def office(desk: Desk, project: Path, tmp_path: Path) -> Office:
    vault = Vault({"hook-orders": Credential("orders", "a-long-random-secret")})
    return Office(tmp_path / "home", Library(project), desk, KEY, Supervisor([], lambda name: []), vault=vault)


async def test_a_bot_is_opened_once_and_closed_when_it_is_disabled(office: Office, desk: Desk) -> None:
    await office.look()
    assert office.hooks == {}
    await desk.bots.enable("seen", "x")
    await office.look()
    hook = office.hooks["orders"]
    for _ in range(3):
        await office.look()
    assert office.hooks["orders"] is hook, "a bot that stays enabled is left alone"
    await desk.bots.disable("seen", "x")
    await office.look()
    assert (office.hooks, office.state()["bots"]) == ({}, [])


async def test_a_whole_life(office: Office, desk: Desk, tmp_path: Path) -> None:
    """Files become items while it runs; a trouble is said and is over; a file in the home stops it."""
    await desk.bots.enable("seen", "x")
    stop = asyncio.Event()
    life = asyncio.create_task(office.run(stop))
    (tmp_path / "inbox" / "orders.csv").write_text("order\nF1\nF2\n", encoding="utf-8")
    await until(lambda: (tmp_path / "inbox" / "taken" / "orders.csv").exists())
    assert (await desk.board.page(bot="seen")).total == 2
    assert office.state()["ok"]
    (tmp_path / "home" / STOP).touch()
    await asyncio.wait_for(life, 120)
    assert stop.is_set()
    assert not (tmp_path / "home" / STOP).exists()


async def test_a_wish_to_stop_from_before_the_power_cut_stops_nobody(office: Office, tmp_path: Path) -> None:
    """A task of Windows that ends in peace is not started again: the bots would stand still until somebody looks."""
    (tmp_path / "home" / STOP).touch()
    stop = asyncio.Event()
    life = asyncio.create_task(office.run(stop))
    await until(lambda: not (tmp_path / "home" / STOP).exists())
    await asyncio.sleep(0.5)
    assert not stop.is_set()
    stop.set()
    await asyncio.wait_for(life, 120)


async def test_a_bot_whose_files_are_wrong_is_said_and_the_others_run(
    office: Office, desk: Desk, project: Path
) -> None:
    (project / "bots" / "broken.yaml").write_text(BOT.replace("seen", "broken").replace("5 s", "5"), encoding="utf-8")
    for bot in ("broken", "seen", "gone"):
        await desk.bots.enable(bot, "x")
    await office.look()
    assert office.state()["bots"] == ["seen"]
    assert sorted(one.bot for one in office.troubles.all()) == ["broken", "gone"]
    await desk.bots.disable("seen", "x")
    await office.look()


async def test_a_trigger_that_cannot_be_opened_is_said_until_the_bot_is_disabled(
    office: Office, desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "inbox").rmdir()
    office.vault = Vault()
    await desk.bots.enable("seen", "x")
    await office.look()
    await until(lambda: len(office.troubles.all()) == 2)
    said = " ".join(one.text for one in office.troubles.all())
    assert "watches a folder that is not there" in said
    assert "hook-orders" in said
    await desk.bots.disable("seen", "x")
    await office.look()
    assert office.troubles.all() == []


async def test_a_bot_whose_folder_nobody_has_named_keeps_no_other_from_its_slots(
    office: Office, desk: Desk, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A variable that the service's unit lacks is that bot's trouble: the office starts, and the others' slots fire."""
    path, inbox = project / "bots" / "seen.yaml", (tmp_path / "inbox").as_posix()
    alone = path.read_text(encoding="utf-8").partition("  - hook")[0].replace("bot: seen", "bot: unnamed")
    text = alone.partition("triggers:")[0] + "triggers:\n  - folder: {path: '${INBOX}', takes: csv, key: order}\n"
    (project / "bots" / "unnamed.yaml").write_text(text, encoding="utf-8")
    monkeypatch.delenv("INBOX", raising=False)
    monkeypatch.setattr("robot_library.unattended.office.OPEN_AGAIN", 0.05)
    for bot in ("seen", "unnamed"):
        await desk.bots.enable(bot, "x")
    await office.look()
    await until(lambda: bool(office.troubles.all()))
    assert [(one.bot, "INBOX" in one.text) for one in office.troubles.all()] == [("unnamed", True)]
    assert list(office._schedule._specs) == ["seen", "unnamed"]
    monkeypatch.setenv("INBOX", inbox)
    await until(lambda: not office.troubles.all())
    for bot in ("seen", "unnamed"):
        await desk.bots.disable(bot, "x")
    await office.look()


async def test_a_worker_that_failed_is_a_trouble_until_it_has_run_for_a_while(desk: Desk, tmp_path: Path) -> None:
    supervisor = Supervisor(["worker-1"], lambda name: [sys.executable, "-c", "raise SystemExit(3)"])
    office = Office(tmp_path / "home", Library(tmp_path), desk, KEY, supervisor)
    stop = asyncio.Event()
    life = asyncio.create_task(office.run(stop))
    try:
        await until(lambda: [one.name for one in office.troubles.all()] == ["worker-1"])
        assert not office.state()["ok"]
        worker = supervisor.workers[0]
        worker.standing, worker.since = "running", worker.since - 3600
        await until(lambda: office.troubles.all() == [])
    finally:
        stop.set()
        await asyncio.wait_for(life, 120)


async def test_a_slot_is_fired_to_the_second_by_the_clockwork(office: Office, desk: Desk) -> None:
    await desk.bots.enable("seen", "x")
    stop = asyncio.Event()
    life = asyncio.create_task(office.run(stop))
    try:
        async with asyncio.timeout(120):
            while not await desk.last_slots("seen"):  # noqa: ASYNC110 - the clock is waited for
                await asyncio.sleep(0.05)
        (run,) = office.coming(office.clock(), 1)
        assert run.moment - office.clock() <= timedelta(seconds=5)
    finally:
        stop.set()
        await asyncio.wait_for(life, 120)
