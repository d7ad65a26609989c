"""What goes wrong around the items: no browser, another process's bot, a broken engine, a slow step, Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.cases import Cases
from robot_library.engine.engine import Engine
from robot_library.errors import NeedsPerson, SetupError
from robot_library.interfaces import Credential
from robot_library.model.bot import App, BotSpec
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.steps import PREREAD
from tests.engine.test_crash import PROJECT, all_saved_once, hospital, work
from tests.engine.world import MAP, Record, TinyDriver


def engine(folder: Path, record: Record, *bots: Any, executor: str = "worker", **more: Any) -> Engine:
    sealer = SealedJson(KEY)
    made = Engine(folder / "home", sealer, sealer.fingerprint, executor=executor, settle=0.01, **more)
    for bot in bots or (assembly(folder, record),):
        made.add_bot(bot)
    return made


async def one_item(running: Engine, order: str = "O1", bot: str = "tiny") -> str:
    item = await running.submit(bot, {"order": order}, order)
    assert item is not None
    return item.id


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return hospital(tmp_path, 3)


async def test_without_a_browser_the_engine_stops_and_the_items_stay(tmp_path: Path, record: Record) -> None:
    driver = TinyDriver(record)

    async def none(*_: Any) -> Any:
        raise SetupError("no browser was found.")

    real, driver.session = driver.session, none  # type: ignore[method-assign, assignment]
    async with engine(tmp_path, record, assembly(tmp_path, record, driver=driver)) as running:
        await one_item(running, "O001")
        with pytest.raises(SetupError, match="browser"):
            await running.run_until_idle()
    driver.session = real  # type: ignore[method-assign]
    async with engine(tmp_path, record, assembly(tmp_path, record, driver=driver)) as running:
        await running.run_until_idle()
    assert record.saves() == ["O001"]


async def test_a_step_that_lacks_something_of_this_machine_is_only_its_items_trouble(
    tmp_path: Path, record: Record
) -> None:
    class Lacking:
        async def run(self, name: str, image: Any) -> Any:
            raise SetupError("the model's hash is another.")

    async with engine(tmp_path, record, assembly(tmp_path, record, skills=Lacking())) as running:
        item = await one_item(running, "O001")
        await running.run_until_idle()
        view = await running.item(item)
    assert (view.outcome, view.code, view.item.state) == ("needs_person", "SetupError", "application_exception")


async def test_a_go_taken_by_a_process_without_the_bot_is_handed_back(tmp_path: Path, record: Record) -> None:
    async with engine(tmp_path, record) as running:
        known, asked = running.runs_bot, iter([True, False])
        running.runs_bot = lambda bot: next(asked, True) and known(bot)  # type: ignore[method-assign]
        item = await one_item(running, "O001")
        await running.run_until_idle()
        assert (await running.item(item)).outcome == "typed"
        assert next(asked, None) is None
    assert record.saves() == ["O001"]


async def test_an_item_whose_case_never_began_begins_at_the_next_start(tmp_path: Path, record: Record) -> None:
    async with engine(tmp_path, record) as running:

        async def lost(item: str, generation: int) -> None:
            """The process ends between taking the item and starting its case."""

        running.durable.start_case = lost  # type: ignore[method-assign]
        await one_item(running, "O001")
    async with engine(tmp_path, record) as running:
        await running.run_until_idle()
    assert record.saves() == ["O001"]


async def test_a_broken_engine_makes_a_dead_letter_not_a_lost_item(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError("SENTINEL")

    monkeypatch.setattr(Cases, "_result", broken)
    async with engine(tmp_path, record) as running:
        item = await one_item(running, "O001")
        await running.run_until_idle()
        view = await running.item(item)
        assert (view.item.state, view.code) == ("dead", "EngineFailure")
        assert "SENTINEL" not in view.reason


async def test_a_go_that_takes_too_long_is_cut_and_tried_again(tmp_path: Path, record: Record) -> None:
    slow = assembly(tmp_path, record, [*PREREAD[:3], ("pause", {"seconds": 60})])
    async with engine(tmp_path, record, slow, go_limit=0.2) as running:
        item = await one_item(running, "O001")
        await running.run_until_idle()
        view = await running.item(item)
    assert (view.outcome, view.code) == ("needs_person", "Timeout")


async def test_one_credential_has_one_user_at_a_time(tmp_path: Path, record: Record) -> None:
    busy = most = 0

    class Counting(TinyDriver):
        async def session(self, *given: Any) -> Any:
            session = await super().session(*given)
            opened = session.open

            async def open_counted(*args: Any, **more: Any) -> Any:
                nonlocal busy, most
                busy += 1
                most = max(most, busy)
                await asyncio.sleep(0.02)
                busy -= 1
                return await opened(*args, **more)

            session.open = open_counted  # type: ignore[method-assign]
            return session

    def bot(name: str) -> Any:
        spec = BotSpec(
            bot=name, about="", workflow="tiny", apps={"ehr": App(map="tiny", url="http://tiny", credential="shared")}
        )
        return assembly(
            tmp_path, record, bot=spec, driver=Counting(record), maps={"tiny": MAP},
            credential=lambda name: Credential("u", "p"),
        )  # fmt: skip

    async with engine(tmp_path, record, bot("one"), bot("two")) as running:
        await one_item(running, "O001", "one")
        await one_item(running, "O002", "two")
        await one_item(running, "O003", "one")
        await running.run_until_idle()
    assert sorted(record.saves()) == ["O001", "O002", "O003"]
    assert most == 1


async def test_a_sent_back_item_does_not_repeat_what_its_earlier_life_pressed(tmp_path: Path, record: Record) -> None:
    """Two commits; the second fails. Sent back, the first is proven and not pressed again."""
    first = (
        "protect",
        {
            "patient": "=order.patient",
            "steps": [
                ("open", {"order": "=item.order"}),
                ("fill", {"text": "one"}),
                ("save", {"once_per": "=item.order", "order": "=item.order", "text": "one"}),
            ],
        },
    )
    second = (
        "protect",
        {
            "patient": "P002",
            "steps": [
                ("open", {"order": "O002"}),
                ("fill", {"text": "two"}),
                ("save", {"target": "ehr.result.other", "once_per": "x", "order": "O002", "text": "two"}),
            ],
        },
    )
    record.run("UPDATE orders SET held = 'Dr B' WHERE order_id = 'O002'")
    both = assembly(tmp_path, record, [*PREREAD[:3], first, second])
    async with engine(tmp_path, record, both) as running:
        item = await one_item(running, "O001")
        await running.run_until_idle()
        assert (await running.item(item)).code == "OrderHeld"
        record.run("UPDATE orders SET held = ''")
        await running.send_back(item, "miller")
        await running.run_until_idle()
        assert (await running.item(item)).outcome == "typed"
        assert {step.outcome for step in (await running.run(item)).steps} >= {"ok", "failed"}
    assert record.saves() == ["O001", "O002"]


async def test_items_and_runs_can_be_looked_at_while_another_process_works(tmp_path: Path, record: Record) -> None:
    async with engine(tmp_path, record) as running:
        item = await one_item(running, "O001")
        await running.run_until_idle()
        looker = engine(tmp_path, record)
        await looker.open()
        assert (await looker.item(item)).outcome == "typed"
        assert [run.outcome for run in await looker.runs()] == ["typed"]
        assert await looker.submit("tiny", {"order": "O002"}, "O002") is not None
        await running.run_until_idle()
        assert [run.outcome for run in await looker.runs()] == ["typed", "typed"]
        await looker.desk.close()
        looker.store.close()


async def test_a_failing_listener_changes_nothing(tmp_path: Path, record: Record) -> None:
    def broken(_: Any) -> None:
        raise NeedsPerson("from a progress bar")

    async with engine(tmp_path, record) as running:
        await one_item(running, "O001")
        await running.run_until_idle(broken)
    assert record.saves() == ["O001"]


async def test_nothing_is_phoned_home_and_no_port_opened(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("connect", "connect_ex", "bind", "listen"):
        monkeypatch.setattr(socket.socket, name, lambda *_, name=name: calls.append(name))
    async with engine(tmp_path, record) as running:
        await one_item(running, "O001")
        await running.run_until_idle()
    assert calls == []
    assert record.saves() == ["O001"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT between processes")
def test_ctrl_c_leaves_everything_resumable(tmp_path: Path, record: Record) -> None:
    command = [sys.executable, "-m", "tests.engine.worker", str(tmp_path), "say::1"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "step 2"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in errors
    assert work(tmp_path) == 0
    all_saved_once(tmp_path, record, 3)
