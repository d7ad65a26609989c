"""Every string exact or refused, none wrong; and nothing in a window that has taken the keys."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from robot_library.drivers.desktop.capture import Box
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.field import put_text
from robot_library.drivers.desktop.keys import FocusLost
from robot_library.drivers.desktop.set_text import set_text
from robot_library.drivers.desktop.thing import Thing
from robot_library.errors import HandsOff, ScreenNotReached, TypingNotProven
from tests.desktop.conftest import CLINIC, PYTHON, Form, until

_PARTS = (
    "00123456", "0", "O'Neill", "d’Artagnan", "Grüße", "Ærøskøbing", "Łódź", "Žižka", "İstanbul", "Ångström", "ñandú",
    "<b>&amp;</b>", '"quoted"', "€ 5,00", "±2 mm", "37.5 °C", "µg/dl", "漢字", "山田太郎", "김민준", "Иванов", "Αθήνα",
    "a\\b", "C:\\temp", "50 %", "~ ^ ` ´", "§ 4 {x} [y] |z|", "zyZY", "#1; (2): 3?", "no pneumothorax.", "≥ 3 cm × 2",
)  # fmt: skip


def strings(count: int, seed: int = 6) -> list[str]:
    """Texts as reports and forms have them, two alike never in a row."""
    chance = random.Random(seed)
    return [" ".join(chance.sample(_PARTS, chance.randint(1, 5))) + f" {n:04d}" for n in range(count)]


def test_two_hundred_strings_are_exact(form: Form) -> None:
    exact = 0
    for number, text in enumerate(strings(200)):
        label = ("Findings", "Note")[number % 2]
        text = text.replace(" ", "\n", 1) if label == "Note" else text
        set_text(form.desk, form.field(label), text)
        exact += form.desk.accessibility.text(form.node(label)) == text
    assert exact == 200


@pytest.mark.parametrize(("way", "count"), [("clipboard", 20), ("keys", 16)])
def test_the_other_ways_are_exact_or_refused(form: Form, way: str, count: int) -> None:
    refused = 0
    for number, text in enumerate(strings(count, seed=7)):
        label = ("Findings", "Note")[number % 2]
        form.clear(label)
        try:
            set_text(form.desk, form.field(label, way), text)  # type: ignore[arg-type]
        except TypingNotProven:
            refused += 1
            text = ""
        assert form.desk.accessibility.text(form.node(label)) == text, f"{way} left something else than {number}"
    assert refused < count


def test_a_field_that_changes_what_it_is_given_is_left_empty(form: Form) -> None:
    for label, text in (("Only digits", "12a3"), ("Short", "123456789")):
        with pytest.raises(TypingNotProven):
            set_text(form.desk, form.field(label), text)
        assert form.desk.accessibility.text(form.node(label)) == ""
    assert set_text(form.desk, form.field("Only digits"), "0012") == "0012"
    with pytest.raises(TypingNotProven, match="one line"):
        set_text(form.desk, form.field("Findings"), "two\nlines")


def test_a_text_of_several_lines_presses_no_enter_in_a_field_of_pixels(form: Form) -> None:
    """An order number from elsewhere, say, that ends in what a person would have pressed."""
    form.clear("Findings")
    seen = Thing(Box(*form.desk.accessibility.place(form.node("Findings"))), form.window)
    for text in ("A-1\n", "A-1\t", "A-1\x1b"):
        with pytest.raises(TypingNotProven):
            put_text(form.desk, seen, text)
    assert form.desk.accessibility.text(form.node("Findings")) == ""
    assert put_text(form.desk, seen, "A-1") == "A-1"


def test_nothing_lands_in_a_window_that_takes_the_keys(form: Form, tmp_path: Path) -> None:
    desk, path = form.desk, tmp_path / "now"
    thief = desk.display.start([PYTHON, CLINIC, "thief", str(path)])
    got, up = path.with_name("now.got"), path.with_name("now.up")
    text = "Heart of normal size. No consolidation, no effusion, no pneumothorax. " * 2
    try:
        _steal_in_the_middle(form, path, up, text)
        stop = threading.Event()
        thread = threading.Thread(target=_steal_now_and_then, args=(path, stop))
        thread.start()
        for way in ("keys", "clipboard") * 15:  # until enough pop-ups came; a busy machine shows them late
            _typed_or_lost(form, way, text)
            if way == "clipboard" and len(up.read_text().split()) >= 4:
                break
        stop.set()
        thread.join()
    finally:
        desk.display.end(thief)
    assert len(up.read_text().split()) >= 4, "no pop-up came: nothing was shown"
    assert not got.exists() or not got.read_text().strip(), "something was typed into the pop-up"


def _steal_in_the_middle(form: Form, path: Path, up: Path, text: str) -> None:
    """The pop-up comes exactly between two bursts of keys: the rest is not typed, and the field is emptied."""
    rounds = iter(range(1000))

    def between() -> None:
        if next(rounds) == 4:
            path.write_text("first")
            until(lambda: form.desk.windows.focused() != form.window)

    form.clear("Note")
    with pytest.raises(FocusLost):
        set_text(form.desk, form.field("Note", "keys"), text, between)
    assert form.desk.accessibility.text(form.node("Note")) in ("", text[: 12 * 4])


def _steal_now_and_then(path: Path, stop: threading.Event) -> None:
    chance, number = random.Random(3), 0
    while not stop.wait(chance.uniform(0.15, 0.5)):
        number += 1
        path.write_text(str(number))


def _typed_or_lost(form: Form, way: str, text: str) -> None:
    """Exactly typed, or the keys were lost."""
    form.clear("Note")
    try:
        set_text(form.desk, form.field("Note", way), text)  # type: ignore[arg-type]
    except (ScreenNotReached, TypingNotProven):
        return
    assert form.desk.accessibility.text(form.node("Note")) == text


def test_caps_lock_is_seen_before_anything_is_typed(form: Form) -> None:
    form.clear("Findings")
    form.desk.hand.hotkey("capslock")
    try:
        until(lambda: form.desk.windows.locks()[0])
        with pytest.raises(TypingNotProven, match="Caps lock"):
            set_text(form.desk, form.field("Findings", "keys"), "abc")
    finally:
        form.desk.hand.hotkey("capslock")
    until(lambda: not form.desk.windows.locks()[0])
    assert form.desk.accessibility.text(form.node("Findings")) == ""


def test_the_clipboard_gives_to_one_program_only_and_keeps_nothing(form: Form, desk: Desk) -> None:
    from robot_library.drivers.desktop.clipboard import Clipboard

    other = Clipboard(desk.display, desk.windows)
    read: list[str | None] = []
    looks = threading.Thread(target=lambda: (time.sleep(0.2), read.append(other.text())))
    looks.start()
    assert not desk.clipboard.give("secret of a patient", form.window, lambda: None, seconds=1.0)
    looks.join()
    assert read == [None]
    assert other.text() is None
    other.close()


def test_a_hand_in_the_corner_stops_the_pointer(form: Form, desk: Desk) -> None:
    import Xlib.X
    from Xlib.ext import xtest

    desk.hand.click(300, 300)
    xtest.fake_input(desk.windows.link, Xlib.X.MotionNotify, x=0, y=0)
    desk.windows.link.sync()
    with pytest.raises(HandsOff, match="corner"):
        desk.hand.click(300, 300)
    xtest.fake_input(desk.windows.link, Xlib.X.MotionNotify, x=300, y=300)
    desk.windows.link.sync()
    desk.hand.click(300, 300)
