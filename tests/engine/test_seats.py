"""A bot with several accounts works on several items at a time, one with each; with one account, on one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.engine import Engine
from robot_library.interfaces import Credential
from robot_library.model.bot import App, BotSpec
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly, at_work, hospital, submit
from tests.engine.world import Record, TinyDriver, TinySkills


class MetSkills(TinySkills):
    """Each answer waits until so many are being asked for at once."""

    def __init__(self, together: int) -> None:
        super().__init__()
        self._all = asyncio.Barrier(together)
        self.inside = self.most = 0

    async def run(self, *subject: Any) -> Any:
        self.inside += 1
        self.most = max(self.most, self.inside)
        async with asyncio.timeout(120):
            await self._all.wait()
        self.inside -= 1
        return await super().run(*subject)


class SignedInDriver(TinyDriver):
    """Remembers who signed in."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.users: list[str] = []

    async def session(self, role: str, app: App, screen_map: Any, credential: Credential | None) -> Any:
        self.users.append(app.credential or "")
        return await super().session(role, app, screen_map, credential)


def bot(*seats: str) -> BotSpec:
    app = App(map="tiny", url="http://tiny", credential="first", seats=seats)
    return BotSpec(bot="tiny", about="", workflow="tiny", apps={"ehr": app}, site={"ward": "7"})


@pytest.mark.parametrize(("seats", "together"), [((), 1), (("second",), 2), (("second", "third"), 3)])
async def test_as_many_at_a_time_as_there_are_accounts(tmp_path: Path, seats: tuple[str, ...], together: int) -> None:
    record = Record(tmp_path / "record.sqlite")
    orders = [f"O{number}" for number in range(2 * together)]
    for order in orders:
        record.add(order, f"P{order}")
    skills, driver = MetSkills(together), SignedInDriver(record)
    sealer = SealedJson(KEY)
    engine = Engine(tmp_path / "home", sealer, sealer.fingerprint, settle=0.01)
    engine.add_bot(assembly(tmp_path, record, bot=bot(*seats), skills=skills, driver=driver))
    async with engine:
        for order in orders:
            await engine.submit("tiny", {"order": order}, order)
        await engine.run_until_idle()
    assert sorted(record.saves()) == sorted(orders)
    assert skills.most == together
    assert set(driver.users) == {"first", *seats}


async def test_no_credential_is_held_while_a_person_is_waited_for(tmp_path: Path) -> None:
    record = hospital(tmp_path, 1)
    more = {"bot": bot(), "skills": TinySkills("uncertain"), "driver": SignedInDriver(record)}
    async with at_work(tmp_path, record, **more) as engine:
        await submit(engine, "O1")
        await engine.run_until_idle()
        assert [view.item.state for view in await engine.items()] == ["waiting_for_person"]
        assert await engine.line.admission.seats() == []
