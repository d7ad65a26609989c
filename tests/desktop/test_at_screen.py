"""Somebody at the screen: they move the mouse, type, or press the stop key in the middle of the bot's typing."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest
import Xlib.display
from pydantic import ValidationError
from Xlib import XK, X
from Xlib.ext import xtest

from robot_library.abilities import AtScreenSaid
from robot_library.drivers.browser import BrowserDriver
from robot_library.drivers.desktop import DesktopDriver
from robot_library.drivers.desktop.capture import Capture
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display, reached
from robot_library.drivers.desktop.set_text import set_text
from robot_library.drivers.desktop.watch import Watch
from robot_library.drivers.desktop.windows import Windows
from robot_library.drivers.desktop.windows_keys import WM_HOTKEY, WM_QUIT, HotKeys
from robot_library.errors import HandsOff, ScreenNotReached
from robot_library.interfaces import Credential
from robot_library.model.at_screen import AtScreen
from robot_library.model.bot import App, Program
from tests.desktop.conftest import PYTHON, Form, until
from tests.desktop.test_program import HERE, MAP, ORDER, Books

TEXT = "Heart of normal size. No consolidation, no effusion, no pneumothorax."
HALF = TEXT[: 12 * 2]


class Person:
    """Another connection to the display: what comes over it is nobody's but theirs."""

    def __init__(self, display: Display) -> None:
        with reached(display):
            self.link = Xlib.display.Display(display.name)

    def moves(self, x: int = 700, y: int = 600) -> None:
        xtest.fake_input(self.link, X.MotionNotify, x=x, y=y)
        self.link.sync()

    def clicks(self, x: int, y: int) -> None:
        self.moves(x, y)
        for kind in (X.ButtonPress, X.ButtonRelease):
            xtest.fake_input(self.link, kind, 1)
        self.link.sync()

    def presses(self, *keys: str) -> None:
        codes = [self.link.keysym_to_keycode(XK.string_to_keysym(key)) for key in keys]
        for code in codes:
            xtest.fake_input(self.link, X.KeyPress, code)
        for code in reversed(codes):
            xtest.fake_input(self.link, X.KeyRelease, code)
        self.link.sync()


@pytest.fixture
def own(display: Display) -> Display:
    """The same display, as if somebody sat before it."""
    return dataclasses.replace(display, private=False, _own=[])


@pytest.fixture
def said() -> list[AtScreenSaid]:
    return []


@pytest.fixture
def at_screen(own: Display, form: Form, said: list[AtScreenSaid]) -> Iterator[tuple[Form, Watch, Person]]:
    """The form at a desk that is watched, and a person; the bot is at work."""
    watch, person = Watch(own, AtScreen(), said.append), Person(own)
    desk = Desk(own, watch=watch)
    desk.accessibility.listen()
    until(lambda: watch.begin("bot"))
    yield Form(desk, form.window, form.bus), watch, person
    person.link.close()
    desk.close()
    watch.close()


def after(bursts: int, act: Callable[[], None]) -> Callable[[], None]:
    """Asked before each burst of keys: act once, so many bursts later."""
    rounds = iter(range(1000))
    return lambda: act() if next(rounds) == bursts else None


@pytest.mark.parametrize("does", ["moves", "types", "stops"])
def test_a_hand_in_the_middle_of_typing_stops_it_before_the_next_burst(
    at_screen: tuple[Form, Watch, Person], said: list[AtScreenSaid], does: str
) -> None:
    form, watch, person = at_screen
    keys = {"types": ("Shift_L",), "stops": ("Control_L", "Shift_L", "F12")}

    def act() -> None:
        person.moves() if does == "moves" else person.presses(*keys[does])
        until(lambda: watch._touched and ("stop" in said) == (does == "stops"))

    form.clear("Note")
    with pytest.raises(HandsOff):
        set_text(form.desk, form.field("Note", "keys"), TEXT, after(3, act))
    note = form.node("Note")
    until(lambda: form.desk.accessibility.text(note) == HALF)
    assert said[0] == "touched" or does == "stops"
    for attempt in (lambda: form.desk.hand.click(300, 300), lambda: form.desk.keys.chord(form.window, 0xFFFF)):
        with pytest.raises(HandsOff):
            attempt()
    assert form.desk.accessibility.text(note) == HALF, "nothing is typed or pressed until they let it"
    person.presses("Control_L", "Shift_L", "F11")
    until(lambda: said[-1] == "go_on")
    with pytest.raises(HandsOff):
        watch.check()  # what was begun before their hand came is laid down first
    watch.rest("bot")
    until(lambda: watch.begin("bot"))
    form.clear("Note")
    assert set_text(form.desk, form.field("Note", "keys"), TEXT) == TEXT


def test_what_the_bot_does_itself_is_nobodys_hand(at_screen: tuple[Form, Watch, Person]) -> None:
    form, watch, person = at_screen
    desk = form.desk
    form.clear("Note")
    text = "Größe 12 µm, Łódź < 3 €\n" + TEXT
    for way in ("keys", "clipboard"):
        form.clear("Note")
        assert set_text(desk, form.field("Note", way), text) == text  # type: ignore[arg-type]
    (place,) = [window for window in desk.windows.all() if window.id == form.window]
    x, y = place.x + place.width // 2, place.y + place.height // 2
    desk.hand.click(x, y, times=2, over=form.window)
    with pytest.raises(ScreenNotReached):
        desk.hand.click(x, y, over=form.window + 1)
    desk.hand.scroll(x, y, -2)
    desk.hand.hotkey("shift", "f5")
    desk.hand.drag((x, y), (x + 40, y + 20))
    watch.check()
    watch.rest("bot")
    person.moves(20, 700)
    person.presses("a")
    watch.check()
    places = itertools.cycle((300, 310, 320))

    def waits() -> bool:
        """It does not begin while they are at it."""
        watch.rest("bot")
        person.moves(next(places), 700)
        return not watch.begin("bot")

    until(waits)
    until(lambda: watch.begin("bot"))
    watch.check()


def test_the_sign_takes_no_focus_no_click_and_is_in_no_picture(at_screen: tuple[Form, Watch, Person]) -> None:
    form, watch, _ = at_screen
    desk, place = form.desk, watch.sign.covers
    assert place is not None
    desk.windows.activate(form.window)
    bare = Capture(desk.display)
    until(lambda: bool(np.ptp(bare.bgra(place)[:, :, 2])))
    bare.close()
    assert not desk.capture.bgra(place).any(), "painted out"
    x, y = place.middle
    top = desk.windows.root.translate_coords(desk.windows.root, x, y).child
    assert not top or top.get_attributes().override_redirect == 0, "a click goes to what lies below"
    assert desk.windows.focused() == form.window
    watch.rest("bot")
    assert watch.sign.covers is None


def test_a_key_that_somebody_else_has_is_said_and_odd_ones_are_refused(
    own: Display, at_screen: tuple[Form, Watch, Person]
) -> None:
    second = Watch(own, AtScreen())
    assert second.sign.lacks == ["ctrl+shift+f12", "ctrl+shift+f11"]
    second.close()
    assert AtScreen.model_validate({"stop": "Shift + Ctrl + F9"}).stop == "ctrl+shift+f9"
    for wrong in ({"stop": "s"}, {"stop": "ctrl+alt+q"}, {"stop": "f12"}, {"stop": "ctrl+shift+f11"}):
        with pytest.raises(ValidationError):
            AtScreen.model_validate(wrong)


async def test_a_program_on_the_persons_own_display_is_let_go_of_and_taken_up_anew(
    own: Display, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[AtScreenSaid]
) -> None:
    for name, value in own.env.items():
        monkeypatch.setenv(name, value)
    books, person, driver = Books(tmp_path / "books.json"), Person(own), DesktopDriver(lambda name: (HERE / name,))
    driver.hear(said.append)
    program = Program(run=(PYTHON, str(HERE / "ward_program.py"), str(books.path)), display="own")
    seat = ("ehr", App(map="ward", program=program), MAP, Credential("bot", "ward-secret-7"))
    session = await driver.session(*seat)
    person.moves(600, 500)  # between two items the mouse is theirs
    await asyncio.sleep(2)  # on a busy machine the display tells of it late: the next item would be stopped by it
    view = await session.open("order", {"order": "A-1"})
    assert await view.read(["mrn"]) == {"mrn": ORDER["mrn"]}
    person.moves()
    until(lambda: said == ["touched"])
    with pytest.raises(HandsOff):
        await view.fill("report", "nothing of this")
    await session.close()
    person.presses("Control_L", "Shift_L", "F11")
    until(lambda: said[-1] == "go_on")
    session = await driver.session(*seat)
    view = await session.open("order", {"order": "A-1"})
    assert await view.fill("report", "No effusion.") == "No effusion."
    await view.press_commit("save")
    assert (books.order()["report"], books.order()["saves"]) == ("No effusion.", 1)
    await session.close()
    await driver.close()
    person.link.close()


async def test_in_a_browser_of_the_bots_own_only_what_is_pressed_in_it_counts(
    own: Display, monkeypatch: pytest.MonkeyPatch, said: list[AtScreenSaid]
) -> None:
    for name, value in own.env.items():
        monkeypatch.setenv(name, value)
    driver, person = BrowserDriver(headed=True), Person(own)
    driver.hear(said.append)
    try:
        browser = await driver._started()
        page = await browser.new_page()
        watch = driver._watch
        assert watch is not None
        assert watch._watch is not None
        begin = watch._watch.begin
        until(lambda: begin("bot"))
        await page.mouse.click(50, 50)  # the bot's own: over no display
        with Windows(own) as windows:
            until(lambda: any("hrom" in one.name for one in windows.all()))
            place = next(one for one in windows.all() if "hrom" in one.name)
            windows.activate(place.id)
        x, y = place.x + place.width // 2, place.y + place.height // 2
        person.moves(x, y)  # on the way somewhere else
        person.moves(5, 890)
        person.clicks(5, 890)
        watch.check()
        person.clicks(x, y)
        until(lambda: said == ["touched"])
        with pytest.raises(HandsOff):
            watch.check()
    finally:
        await driver.close()
        person.link.close()


class Recorded:
    """What Windows is documented to answer: keys belong to a thread, whose queue their messages come through."""

    def __init__(self, taken: tuple[int, int] = (0, 0)) -> None:
        self.taken, self.queue, self.keys = taken, SimpleQueue[tuple[int, int]](), dict[int, tuple[int, int, int]]()

    def register(self, number: int, mask: int, code: int) -> bool:
        if (mask, code) == self.taken:
            return False
        self.keys[number] = (mask, code, threading.get_ident())
        return True

    def unregister(self, number: int) -> None:
        if number in self.keys:
            assert self.keys.pop(number)[2] == threading.get_ident()

    def message(self) -> tuple[int, int]:
        return self.queue.get()

    def thread(self) -> int:
        return 77

    def quit(self, thread: int) -> None:
        assert thread == 77
        self.queue.put((WM_QUIT, 0))


def test_windows_is_asked_for_the_keys_in_the_thread_that_hears_them(said: list[AtScreenSaid]) -> None:
    windows = Recorded()
    keys = HotKeys(AtScreen(), said.append, windows)
    assert {number: key[:2] for number, key in windows.keys.items()} == {1: (0x4006, 0x7B), 2: (0x4006, 0x7A)}
    for message in ((0x0100, 1), (WM_HOTKEY, 1), (WM_HOTKEY, 9), (WM_HOTKEY, 2)):
        windows.queue.put(message)
    keys.close()
    assert (said, windows.keys) == (["stop", "go_on"], {})
    lacking = HotKeys(AtScreen.model_validate({"stop": "ctrl+pause"}), said.append, Recorded(taken=(0x4002, 0x13)))
    assert lacking.lacks == ["ctrl+pause"]
    lacking.close()
