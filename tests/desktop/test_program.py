"""The Driver protocol over a real desktop program: signing in, reading, typing, pressing, the guard before each."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from robot_library.drivers.desktop import DesktopDriver
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.outline import nearest
from robot_library.drivers.desktop.session import DesktopSession
from robot_library.errors import (
    ApplicationException,
    NeedsPerson,
    OrderHeld,
    PatientMismatch,
    ReportExists,
    SignInRefused,
    StudyNotFound,
    TypingNotProven,
)
from robot_library.interfaces import Credential, Protection
from robot_library.model.bot import App, Program
from robot_library.model.person import Identity, PatientId
from robot_library.model.screen import Locator, Target
from robot_library.parsing.screens import load_screen_map
from robot_library.safeguards.guard import ScreenGuard
from robot_library.safeguards.names import parse_shown
from tests.desktop.conftest import PYTHON

HERE = Path(__file__).parent
MAP = load_screen_map(HERE / "ward.yaml")
ORDER: dict[str, Any] = {
    "patient": "O'Neill, Zoë", "mrn": "00418O7", "born": "1961-04-09", "procedure": "Chest PA", "state": "Open",
    "report": "", "saves": 0,
}  # fmt: skip
REPORT = "AI DRAFT\nNo pneumothorax; heart ≤ 14 cm, Grüße <&> “ok”.\n\n00123"


class Books:
    """The ward's books, as its own people write them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write({"A-1": ORDER, "A-10": {**ORDER, "patient": "Other, Person", "mrn": "77"}})

    def write(self, orders: dict[str, Any]) -> None:
        self.path.write_text(json.dumps({"orders": orders, "sign_ins": []}), encoding="utf-8")

    def order(self, number: str = "A-1") -> dict[str, Any]:
        return json.loads(self.path.read_text(encoding="utf-8"))["orders"][number]  # type: ignore[no-any-return]

    def signed_in(self) -> list[str]:
        return json.loads(self.path.read_text(encoding="utf-8"))["sign_ins"]  # type: ignore[no-any-return]

    def change(self, **values: Any) -> None:
        kept = json.loads(self.path.read_text(encoding="utf-8"))
        kept["orders"]["A-1"].update(values)
        self.path.write_text(json.dumps(kept), encoding="utf-8")


def app(books: Books, *more: str) -> App:
    return App(map="ward", program=Program(run=(PYTHON, str(HERE / "ward_program.py"), str(books.path), *more)))


@pytest.fixture
def books(display: Display, tmp_path: Path) -> Books:
    return Books(tmp_path / "books.json")


@pytest.fixture
async def driver() -> AsyncIterator[DesktopDriver]:
    driver = DesktopDriver(lambda name: (HERE / name,))
    yield driver
    await driver.close()


NAMES = parse_shown("O'Neill, Zoë", "family_comma_given")


def person(mrn: str = "00418O7") -> Identity:
    return Identity(
        source="dicom", system="pacs", ids=(PatientId(value=mrn, issuer="WARD"),), names=NAMES,
        birth_date=date(1961, 4, 9),
    )  # fmt: skip


async def signed_in(driver: DesktopDriver, books: Books) -> DesktopSession:
    return await driver.session("ehr", app(books), MAP, Credential("bot", "ward-secret-7"))


async def how_it_got_on(session: DesktopSession) -> None:
    """For the timeline: what was found by which locator, what is shown with everybody covered, what is nearest."""
    found, called = session.traced()
    told = {one.target: (one.by, one.way, one.ways, one.score) for one in found}
    assert told["ehr.order.mrn"] == ('label "Number"', 1, 1, None)
    assert (called, session.traced()[0]) == ([], [])
    sight = await session.sight()
    assert sight.picture[:4] == b"\x89PNG"
    lines = [line.strip() for line in sight.outline.splitlines()]
    assert 'push button "Save"' in lines
    assert sum(line == "text: •••" for line in lines) >= 4, lines
    assert not [word for word in ("Neill", "00418O7", "1961") if word in sight.outline]
    main = session._main
    assert main is not None
    near = [await main.look(partial(nearest, ways=(way,))) for way in (
        Locator(label="Nummer"), Locator(role="button", name="Saved"), Locator(text="O'Neill, Zoe"),
    )]  # fmt: skip
    assert near == ["Nearest there: 'Number'.", "Nearest there: 'Save'.", ""]


async def test_an_order_is_read_and_its_report_written_once(driver: DesktopDriver, books: Books) -> None:
    session = await signed_in(driver, books)
    await session.open("orders", {})
    assert session.view is not None
    rows = await session.view.read_table("orders")
    assert [row["order"] for row in rows] == ["A-1", "A-10"]
    with pytest.raises(StudyNotFound):
        await session.open("order", {"order": "A-11"})
    view = await session.open("order", {"order": "A-1"})
    read = await view.read(["patient", "mrn", "born", "procedure"])
    assert read == {"patient": "O'Neill, Zoë", "mrn": "00418O7", "born": "1961-04-09", "procedure": "Chest PA"}
    await how_it_got_on(session)
    guard, protection = ScreenGuard(), Protection("ehr", "order", (person(),), {"procedure": "Chest PA"})
    assert await guard.before_write("write", protection, session)
    assert await view.fill("report", REPORT) == REPORT
    assert view.dirty
    assert books.order()["saves"] == 0
    assert await guard.before_write("commit", protection, session), "the fresh look is another program: nothing is lost"
    await view.press_commit("save")
    assert (books.order()["report"], books.order()["saves"]) == (REPORT, 1)
    with pytest.raises(ReportExists):
        await guard.before_write("commit", protection, session)
    again = await session.open("order", {"order": "A-1"}, fresh=True)
    assert await again.read(["report"]) == {"report": REPORT}
    with pytest.raises(OrderHeld):
        await again.fill("report", "something else")
    await again.close()
    masked = await view.picture()
    assert masked[:4] == b"\x89PNG"
    await session.close()
    assert books.signed_in() == ["bot", "bot"], "one sign-in for each of the two programs"


async def test_another_patient_stops_before_anything_is_typed(driver: DesktopDriver, books: Books) -> None:
    session = await signed_in(driver, books)
    view = await session.open("order", {"order": "A-1"})
    with pytest.raises(PatientMismatch):
        await ScreenGuard().before_write("write", Protection("ehr", "order", (person("0041807"),)), session)
    session.map = MAP.model_copy(update={"patience": timedelta(0)})  # however long the first look took, a second comes
    assert await view.read(["mrn"]) == {"mrn": ORDER["mrn"]}
    with pytest.raises(NeedsPerson, match="look alike"):
        await view.read(["written"])
    assert books.order()["report"] == ""
    await session.close()


async def test_a_draft_that_comes_with_the_keys_is_not_typed_over(driver: DesktopDriver, books: Books) -> None:
    session = await driver.session("ehr", app(books, "_Number", "drafts"), MAP, Credential("bot", "ward-secret-7"))
    view = await session.open("order", {"order": "A-1"})
    with pytest.raises(OrderHeld):
        await view.fill("report", REPORT)
    assert await view.read(["report"]) == {"report": "By Dr Mora"}
    await session.close()


async def test_a_field_that_another_one_has_changed_is_not_saved(driver: DesktopDriver, books: Books) -> None:
    kind = Target(find=(Locator(label="Kind"),), use="write", may_be_empty=True)
    order = MAP.screens["order"]
    order = order.model_copy(update={"targets": {**order.targets, "kind": kind}})
    screens = MAP.model_copy(update={"screens": {**MAP.screens, "order": order}})
    session = await driver.session("ehr", app(books, "_Number", "kinds"), screens, Credential("bot", "ward-secret-7"))
    view = await session.open("order", {"order": "A-1"})
    assert await view.fill("report", REPORT) == REPORT
    assert await view.fill("kind", "Final") == "Final"
    with pytest.raises(TypingNotProven, match=r"'order\.report'"):
        await view.press_commit("save")
    assert books.order()["saves"] == 0
    await session.close()


async def test_a_refused_credential_is_tried_once(driver: DesktopDriver, books: Books) -> None:
    for _ in range(2):
        with pytest.raises(SignInRefused):
            await driver.session("ehr", app(books), MAP, Credential("bot", "wrong"))
    assert books.signed_in() == ["bot"]


async def test_a_program_that_looks_the_same_gets_no_credential(
    driver: DesktopDriver, books: Books, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies in front, has the same title and form, and comes anew while the bot signs in, on a person's display."""
    display = desk.display
    for name, value in display.env.items():
        monkeypatch.setenv(name, value)
    here = App(map="ward", program=Program(run=(PYTHON, str(HERE / "ward_program.py"), str(books.path)), display="own"))
    thief = Books(tmp_path / "thief.json")
    steals = (PYTHON, str(HERE / "ward_program.py"), str(thief.path))
    started = [display.start(steals)]
    try:
        async with asyncio.timeout(60):
            while not desk.windows.of(started[0].pid):  # noqa: ASYNC110 - a program of its own
                await asyncio.sleep(0.05)
        entering = asyncio.create_task(driver.session("ehr", here, MAP, Credential("bot", "ward-secret-7")))
        while not entering.done() and len(started) < 6:
            await asyncio.wait([entering], timeout=0.4)
            started.append(display.start(steals))
        with contextlib.suppress(ApplicationException):  # in doubt it stops
            await (await entering).close()
    finally:
        for one in started:
            display.end(one)
    assert thief.signed_in() == []
    assert set(books.signed_in()) <= {"bot"}
