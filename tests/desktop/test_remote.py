"""Pixels only: a program on another machine, through a VNC viewer. What stands there is asked of that machine."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from robot_library.drivers.by_kind import drivers
from robot_library.drivers.desktop import DesktopDriver, remote_field
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.hand import Hand
from robot_library.drivers.desktop.remote_field import RemoteField
from robot_library.drivers.desktop.session import DesktopSession
from robot_library.errors import OrderHeld, ScreenNotReached, SystemDown, TypingNotProven
from robot_library.model.bot import App
from tests.desktop.conftest import CLINIC, PYTHON, until
from tests.desktop.remote import MAP, Far, far_side, typed
from tests.desktop.test_typing import strings

HERE = Path(__file__).parent
LONG = "Heart of normal size. No consolidation, no effusion, no pneumothorax; 00418 Grüße.\n" * 3


@pytest.fixture(scope="module")
def far(display: Display) -> Iterator[Far]:
    far = far_side()
    yield far
    far.close()


@pytest.fixture
async def driver(far: Far) -> AsyncIterator[DesktopDriver]:
    far.clear()
    driver = DesktopDriver(lambda name: (HERE / name,))
    yield driver
    await driver.close()


def app(far: Far) -> App:
    return App(map="clinic-remote", program=far.program())


async def opened(driver: DesktopDriver, far: Far) -> DesktopSession:
    session = await driver.session("ehr", app(far), MAP, None)
    await session.open("form", {})
    return session


async def test_texts_typed_through_a_viewer_are_exact_or_refused(driver: DesktopDriver, far: Far) -> None:
    counts = await typed(far, await opened(driver, far), strings(4, seed=3))
    assert counts["wrong"] == 0, counts


@pytest.mark.evidence
async def test_two_hundred_typed_through_a_viewer(driver: DesktopDriver, far: Far) -> None:
    counts = await typed(far, await opened(driver, far), strings(200))
    assert counts["wrong"] == 0, counts
    assert counts["exact"] >= 190, counts
    await _read_exactly(driver, far)


async def _read_exactly(driver: DesktopDriver, far: Far) -> None:
    """What stands in a remote field is read letter for letter, and never typed over."""
    session = await opened(driver, far)
    assert session.view is not None
    told = far.form.desk.accessibility
    for text in ("00418O7 Il1| B8 Łódź 漢字", "l", ""):
        before = far.text("Findings")
        told.set_text(far.form.node("Findings"), text)
        if text == "l":  # one letter: no reader can tell it, and the clipboard's answers have no order
            with pytest.raises(OrderHeld):
                await session.view.fill("findings", "another text")
            continue
        await _comes_to_be_read(session, text, before)
        if text:
            with pytest.raises(OrderHeld):
                await session.view.fill("findings", "another text")
    assert far.text("Findings") == ""
    with pytest.raises(TypingNotProven):
        await session.view.fill("digits", "12a3")
    until(lambda: far.text("Only digits") == "", 60)


async def _comes_to_be_read(session: DesktopSession, text: str, before: str) -> None:
    """The picture comes later: what stood there before may be read for a while, and never a third text."""
    assert session.view is not None
    async with asyncio.timeout(180):
        while True:
            with contextlib.suppress(ScreenNotReached):  # it has changed while it was read
                shown = (await session.view.read(["findings"]))["findings"]
                if shown == text:
                    return
                assert shown == before


@pytest.mark.parametrize("how", ["kill", "freeze"])
async def test_a_session_that_goes_in_the_middle_of_typing_is_a_system_that_is_down(
    driver: DesktopDriver, far: Far, how: str
) -> None:
    session = await opened(driver, far)
    assert session.view is not None
    strike = threading.Thread(target=_once, args=(lambda: len(far.text("Note")) > 20, getattr(far, how)))
    strike.start()
    with pytest.raises(SystemDown) as told:
        await session.view.fill("note", LONG)
    strike.join()
    assert told.value.why in ("disconnected", "no update")
    both = drivers(lambda name: (HERE / name,))
    async with asyncio.timeout(120):  # the viewer's last picture may stand for a moment
        while not await both.ask(app(far), MAP):  # type: ignore[attr-defined]  # noqa: ASYNC110
            await asyncio.sleep(0.5)
    await session.close()
    far.thaw() if how == "freeze" else far.serve()
    assert await both.ask(app(far), MAP) == ""  # type: ignore[attr-defined]
    await both.close()
    assert len(far.text("Note")) < len(LONG) / 2, "it went on typing"


async def test_nothing_is_typed_into_a_locked_session(driver: DesktopDriver, far: Far) -> None:
    session = await opened(driver, far)
    assert session.view is not None
    for words, why in (("Session locked", "locked"), ("", "black screen")):
        cover = far.display.start([PYTHON, CLINIC, "cover", words])
        until(lambda: len(far.form.desk.windows.all()) == 2)
        short = MAP.model_copy(update={"patience": timedelta(seconds=2)})
        with pytest.raises(SystemDown) as told:
            await (await driver.session("ehr", app(far), short, None)).open("form", {})
        assert told.value.why == why
        with pytest.raises(SystemDown):
            await session.view.fill("findings", "not to be typed")
        far.display.end(cover)
        until(lambda: len(far.form.desk.windows.all()) == 1)
    assert far.text("Findings") == ""
    for _ in range(3):  # it may be refused, and is asked for again as a worker would
        with contextlib.suppress(TypingNotProven):
            await session.view.fill("findings", "after it was unlocked")
            break
    assert await far.comes("Findings", "after it was unlocked")


@pytest.mark.parametrize("taken_for_a_click", [False, True])
async def test_keys_that_overtake_their_click(
    driver: DesktopDriver, far: Far, monkeypatch: pytest.MonkeyPatch, taken_for_a_click: bool
) -> None:
    """A viewer that is held up hands on keys sooner than the click before them: they are another field's. Nothing is
    typed before the click is seen; where something else was taken for it, it ends at one letter."""
    session = await opened(driver, far)
    assert session.view is not None
    told = far.form.desk.accessibility
    assert told.set_text(far.form.node("Note"), "a person's")
    assert told.focus(far.form.node("Note"))
    until(lambda: far.text("Note") == "a person's")
    (station,) = driver.at_work
    assert station._process is not None
    viewer = psutil.Process(station._process.pid)
    hand = await station.do(lambda desk: desk.hand)
    go_on = threading.Timer(3.0 if taken_for_a_click else 8.0, viewer.resume)

    def click(x: int, y: int, *, over: int) -> None:
        if go_on.ident is None:
            viewer.suspend()
            go_on.start()
        Hand.click(hand, x, y, over=over)

    monkeypatch.setattr(hand, "click", click)
    if taken_for_a_click:
        monkeypatch.setattr(RemoteField, "_arrives", lambda *_: True)
    with pytest.raises((TypingNotProven, SystemDown)) as refusal:
        await session.view.fill("findings", "secret words")
    go_on.join()
    if taken_for_a_click:
        assert isinstance(refusal.value, SystemDown) or "letter" in refusal.value.cure
        assert far.text("Note") in ("a person's", "a person's" + "s")
    else:
        assert isinstance(refusal.value, TypingNotProven)
        assert "Nothing was typed" in refusal.value.cure
        await asyncio.sleep(3)  # what was held up comes
        assert far.text("Note") == "a person's"
    assert far.text("Findings") == ""


async def test_what_stands_in_another_field_is_never_exchanged_or_deleted(
    driver: DesktopDriver, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clicks are lost, and something else is taken for them: all keys go to the field where a person's text is."""
    session = await opened(driver, far)
    assert session.view is not None
    told = far.form.desk.accessibility
    for label, text in (("Findings", "what stood here"), ("Note", "a person's")):
        assert told.set_text(far.form.node(label), text)
    assert told.focus(far.form.node("Note"))
    stage = session.view._stage
    (thing,) = await stage.when([stage.finder("findings", ("write",))], lambda things: "stood" in things[0].text)
    (station,) = driver.at_work
    monkeypatch.setattr(await station.do(lambda desk: desk.hand), "click", lambda *_, **__: None)
    monkeypatch.setattr(RemoteField, "_arrives", lambda *_: True)
    monkeypatch.setattr(remote_field, "_ASKED", 1)

    def work(desk: Desk) -> bool:
        field = RemoteField(desk, thing)
        with pytest.raises(TypingNotProven):
            field.type("secret words")
        return field.empty()

    assert not await station.do(work), "it is not said to be empty"
    assert (far.text("Findings"), far.text("Note")) == ("what stood here", "a person's")


def _once(so: Callable[[], bool], do: Callable[[], None]) -> None:
    until(so, 120)
    do()
