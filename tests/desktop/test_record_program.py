"""The recorder at a desktop program: one person's way through the ward's EHR by mouse and keys, and the bot of it."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import json
import shlex
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial, partialmethod
from pathlib import Path
from typing import Any

import pytest

from robot_library.authoring.recorder.files import Places, made_files, write_files
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.cli.main import run_cli
from robot_library.drivers.browser.listening import Listener
from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display, private_display
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.reading import Reading
from robot_library.drivers.desktop.recording.held import Held, Stroke
from robot_library.drivers.desktop.recording.listening import ProgramListener
from robot_library.drivers.desktop.recording.press import Spotted
from robot_library.drivers.desktop.recording.rows import Rows
from robot_library.drivers.desktop.recording.sight import Seen
from robot_library.drivers.desktop.thing import Thing
from robot_library.errors import DriverLost
from robot_library.model.heard import Heard, Press, Sight
from robot_library.model.screen import Locator
from tests.desktop.conftest import PYTHON, until
from tests.desktop.test_program import HERE, ORDER, Books
from tests.drivers.ward import Ward as Site
from tests.drivers.ward import served

PERSON: dict[str, Any] = {**ORDER, "patient": "Quispe, Yanira", "mrn": "00418077"}
SECRET = "ward-secret-7"
WORDS = ("Quispe", "Yanira", "00418077", "1961-04-09", "REQ0041", "Chest PA", "Other")
"""What stands in the books and names somebody, or is of one order."""
TYPED = "No pneumothorax; dictated for the recorder."


@dataclass
class Author:
    """Works with mouse and keys in programs' windows, as a person does: looks, then goes on."""

    desk: Desk
    lines: list[str]
    recorder: ProgramListener
    at: str = "ehr"

    @property
    def pids(self) -> dict[str, int]:
        return self.recorder.pids

    def find(self, **spec: Any) -> Thing:
        """The one thing of the program that is worked in, once it is there."""
        found: list[Thing] = []

        def there() -> bool:
            found[:] = Look(self.desk, self.pids[self.at], Reading()).find(Locator(**spec), {})
            return len(found) == 1 and found[0].box.width > 0

        until(there, 60)
        return found[0]

    def click(self, times: int = 1, **spec: Any) -> None:
        until(lambda: self.find(**spec).window, 60)  # a program may tell of a window before the display does
        thing = self.find(**spec)
        self.desk.windows.activate(thing.window)
        self.desk.hand.click(*thing.box.middle, times=times)
        time.sleep(0.6)  # a hand goes from the mouse to the keys

    def keys(self, text: str) -> None:
        self.desk.hand.gui.write(text, interval=0.01)

    def heard(self, part: str) -> None:
        """Wait until the recorder has said this."""
        try:
            until(lambda: any(part in line for line in self.lines), 60)
        except AssertionError:
            raise AssertionError(f"never said: {part}; said: {self.lines}") from None

    def signs_in(self) -> None:
        self.click(label="User")
        self.keys("bot")
        self.click(label="Password")
        self.keys(SECRET)
        self.click(role="button", name="Sign in")
        self.heard(f"screen   {self.at}.list")

    def looks_up(self, order: str) -> None:
        self.click(label="Find order")
        self.keys(order)
        self.click(role="button", name="Show")
        until(lambda: self.find(label="Patient").text == PERSON["patient"])
        self.heard(f"screen   {self.at}.record")


def recorded(
    display: Display, programs: dict[str, tuple[str, ...]], work: Callable[[Author], None], **more: Any
) -> tuple[Recorder, list[str]]:
    """What was heard while `work` was done."""
    lines: list[str] = []
    rec = Recorder({}, "WARD", programs)
    stop = threading.Event()

    def hear(heard: Heard) -> None:
        lines.extend(rec.hear(heard))

    listener = ProgramListener(hear, lines.append, pictures=rec.pictures, **more)
    with ThreadPoolExecutor(1) as beside:
        listening = beside.submit(listener.listen, programs, display, stop)
        try:
            with contextlib.closing(Desk(display)) as desk:
                until(lambda: len(listener.pids) == len(programs) or listening.done(), 60)
                work(Author(desk, lines, listener))
        finally:
            stop.set()
        listening.result(60)
    return rec, lines


@pytest.fixture
def books(tmp_path: Path) -> Books:
    books = Books(tmp_path / "books.json")
    books.write({"REQ0041": PERSON, "REQ0042": {**PERSON, "patient": "Other, Person", "mrn": "77"}})
    return books


def ward(books: Books) -> tuple[str, ...]:
    return (PYTHON, str(HERE / "ward_program.py"), str(books.path), "Patient _number")


def way_through(author: Author) -> None:
    """A result is read in the department's program, and a report of it begun in the EHR."""
    author.at = "lab"
    author.signs_in()
    author.looks_up("REQ0041")
    author.click(label="Procedure")
    author.heard("read     lab.record.procedure")
    author.click(role="button", name="Orders")
    author.at = "ehr"
    author.signs_in()
    author.looks_up("REQ0041")
    author.click(role="button", name="Orders")
    author.find(role="button", name="Show")
    author.looks_up("REQ0041")
    author.click(label="Report")
    author.keys(TYPED)
    author.click(role="button", name="Save")
    author.heard("final")


@pytest.fixture(scope="module")
def project(display: Display, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Books, list[str]]:
    """What was recorded, and the books of the EHR it was recorded at."""
    folder = tmp_path_factory.mktemp("recorded")
    books, lab = Books(folder / "books.json"), Books(folder / "lab.json")
    for one in (books, lab):
        one.write({"REQ0041": PERSON, "REQ0042": {**PERSON, "patient": "Other, Person", "mrn": "77"}})
    rec, lines = recorded(display, {"lab": ward(lab), "ehr": ward(books)}, way_through)
    assert books.order("REQ0041") == PERSON, "Save was withheld"
    made = made_files(rec, Places.of(folder / "project/workflows/ward/workflow.yaml"), {}, append=False)
    write_files(made.files)
    (folder / "project" / "wetread.toml").touch()
    return folder / "project", books, lines + made.lines


def test_what_was_clicked_once_in_programs_runs_unchanged_and_names_nobody(
    project: tuple[Path, Books, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, books, lines = project
    for text in [*lines, *(path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml"))]:
        assert [one for one in (*WORDS, SECRET, TYPED) if one in text] == [], text
    monkeypatch.chdir(folder)
    for role in ("ehr", "lab"):
        monkeypatch.setenv(f"WETREAD_CREDENTIAL_{role.upper()}_BOT", f"bot:{SECRET}")
    assert run_cli(["check"]) == 0, capsys.readouterr()
    given = ["--key", "find_order", "--set", "find_order=REQ0041", "--set", f"report={TYPED}"]
    assert run_cli(["queue", "add", "ward", *given]) == 0, capsys.readouterr()
    capsys.readouterr()
    assert run_cli(["run", "ward", "--no-collect", "--json"]) == 0
    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert item["outcome"] == "shadow", item
    assert books.order("REQ0041") == PERSON, "a shadow saves nothing"
    bot = folder / "bots" / "ward.yaml"
    bot.write_text(bot.read_text(encoding="utf-8").replace("mode: shadow", "mode: live"), encoding="utf-8")
    assert run_cli(["queue", "add", "ward", *given, "--home", str(folder / "live")]) == 0, capsys.readouterr()
    capsys.readouterr()
    assert run_cli(["run", "ward", "--no-collect", "--json", "--home", str(folder / "live")]) == 0
    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert item["outcome"] == "typed", item
    assert (books.order("REQ0041")["report"], books.order("REQ0041")["saves"]) == (TYPED, 1)


def test_pictures_are_of_buttons_alone(project: tuple[Path, Books, list[str]]) -> None:
    folder, _, _ = project
    names = {path.name for path in folder.rglob("*.png")}
    assert (
        {"list-show.png", "sign_in-sign_in.png"}
        <= names
        <= {"list-show.png", "sign_in-sign_in.png", "record-orders.png"}
    )
    assert "image: list-show.png" in (folder / "workflows/screens/ehr.yaml").read_text(encoding="utf-8")


def test_what_may_be_final_is_not_pressed_by_mouse_or_keys(display: Display, books: Books) -> None:
    def work(author: Author) -> None:
        author.signs_in()
        author.looks_up("REQ0041")
        author.click(label="Report")
        author.keys("a b\nc")
        until(lambda: author.find(label="Report").text == "a b\nc")
        save = author.find(role="button", name="Save")
        author.click(role="button", name="Save")
        author.heard("NOT pressed (by its name)")
        assert save.node is not None
        author.desk.accessibility.focus(save.node)
        (ehr,) = author.recorder._programs
        until(lambda: ehr.seen is not None and save.node is not None and ehr.seen.focused == save.node.path)
        for number, keys in enumerate((" ", "\n"), 2):
            author.keys(keys)
            until(partial(pressed_so_often, author.lines, number))
        author.desk.hand.hotkey("ctrl", "s")
        author.desk.hand.hotkey("f12")
        until(lambda: sum("combination" in line for line in author.lines) == 2)
        author.desk.hand.click(*save.box.middle, button="right")
        author.heard("another button")

    recorded(display, {"ehr": ward(books)}, work)
    assert books.order("REQ0041") == PERSON


def pressed_so_often(lines: list[str], number: int) -> bool:
    return sum("NOT pressed (by its name)" in line for line in lines) == number


def test_what_nobody_could_judge_is_not_pressed(
    display: Display, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear, failed = Recorder.hear, threading.Event()

    def fails(self: Recorder, one: Heard) -> list[str]:
        if isinstance(one, Press) and one.name == "Orders":
            failed.set()
            raise KeyError("a mistake of ours")
        return hear(self, one)

    def work(author: Author) -> None:
        author.signs_in()
        author.looks_up("REQ0041")
        author.click(role="button", name="Orders")
        until(failed.is_set)
        time.sleep(0.5)
        still.append(author.find(label="Patient").text)

    still: list[str] = []
    monkeypatch.setattr(Recorder, "hear", fails)
    monkeypatch.setattr(Display, "end", lambda self, process: None)  # the program stays, to be looked at
    with pytest.raises(KeyError, match="a mistake of ours"):
        recorded(display, {"ehr": ward(books)}, work)
    assert still == [PERSON["patient"]]


def test_who_allows_final_presses_makes_them(display: Display, books: Books) -> None:
    def work(author: Author) -> None:
        author.signs_in()
        author.looks_up("REQ0041")
        author.click(role="button", name="Save")
        author.heard("pressed, as you allowed")
        until(lambda: books.order("REQ0041")["saves"] == 1)

    recorded(display, {"ehr": ward(books)}, work, allow_commits=True)


def test_a_row_that_is_opened_by_two_presses_is_found_by_its_order(display: Display, books: Books) -> None:
    def work(author: Author) -> None:
        author.signs_in()
        author.click(role="cell", name="REQ0041", times=2)
        author.heard("screen   ehr.record")
        author.click(role="button", name="Orders")
        author.find(role="button", name="Show")

    rec, lines = recorded(display, {"ehr": ward(books)}, work)
    made = made_files(rec, Places.of(Path("/nowhere/workflows/ward/workflow.yaml")), {}, append=False)
    text = str(made.files[Path("/nowhere/workflows/screens/ehr.yaml")])
    assert "REQ0041" not in text
    assert "double_click" in text, lines
    assert "{role: cell, name: '{order}', inside: {role: grid}}" in text, text


def test_a_menu_is_opened_where_nothing_final_stands_in_it_and_what_was_chosen_is_recorded(
    display: Display, books: Books
) -> None:
    def work(author: Author) -> None:
        author.signs_in()
        author.looks_up("REQ0041")
        author.click(role="menu", name="File")
        author.heard("a menu in which something final stands")
        author.click(role="menu", name="Go")
        author.heard("press    ehr.record.go")
        until(lambda: author.recorder._menus is not None and author.recorder._menus._entries)
        author.desk.hand.click(
            *author.find(role="menu item", name="Worklist", inside={"role": "menu", "name": "Go"}).box.middle
        )
        author.find(role="button", name="Show")
        author.heard("press    ehr.record.worklist")
        author.looks_up("REQ0041")

    rec, lines = recorded(display, {"ehr": (*ward(books), "menus")}, work)
    made = made_files(rec, Places.of(Path("/nowhere/workflows/ward/workflow.yaml")), {}, append=False)
    text = str(made.files[Path("/nowhere/workflows/screens/ehr.yaml")])
    assert "{role: menu, name: Go}" in text, (text, lines)
    assert "{role: menu item, name: Worklist}" in text, (text, lines)
    assert "click: ehr" not in str(made.files[Path("/nowhere/workflows/ward/workflow.yaml")]), "no menu is left open"
    assert books.order("REQ0041") == PERSON


def test_a_program_that_tells_nothing_is_not_pressed(display: Display, books: Books) -> None:
    def work(author: Author) -> None:
        window = author.desk.windows
        until(lambda: window.of(author.pids["ehr"]))
        shown = window.of(author.pids["ehr"])[-1]
        author.desk.hand.click(shown.x + shown.width // 2, shown.y + shown.height // 2)
        author.heard("nothing of it is recorded, and no press is made")

    recorded(display, {"ehr": ("env", "NO_AT_BRIDGE=1", *ward(books))}, work)


def on_display(display: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    """The private display as a person's own."""
    for key in ("DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.setenv(key, display.env[key])
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)


def command(books: Books) -> str:
    return "ehr=program:" + " ".join(shlex.quote(one) for one in ward(books))


def closes(display: Display, heard: threading.Event) -> None:
    """Somebody looks at the program until the recorder has seen it, and closes it."""
    with contextlib.closing(Desk(display)) as desk:
        found: list[int] = []
        until(lambda: found.extend(one.id for one in desk.windows.all() if one.title == "Ward EHR") or found, 60)
        assert heard.wait(60)
        desk.windows.shut(found[0])


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[str, threading.Event]:
    """By role: whether the recorder has seen a screen of it."""
    hear, seen = Recorder.hear, {role: threading.Event() for role in ("ehr", "pacs")}

    def hearing(self: Recorder, one: Heard) -> list[str]:
        said = hear(self, one)
        for scene in self.scenes:
            seen[scene.role].set()
        return said

    monkeypatch.setattr(Recorder, "hear", hearing)
    return seen


def written(capsys: pytest.CaptureFixture[str], words: list[str], ends: Callable[[], None]) -> set[str]:
    """Names of the files that `wetread record` writes, which is ended from beside."""
    with ThreadPoolExecutor(1) as beside:
        ending = beside.submit(or_ctrl_c, ends)
        ended = run_cli(["record", *words, "--json"])
        ending.result(60)
    said = json.loads(capsys.readouterr().out)
    assert ended == 0, said
    return {Path(one).name for one in said["written"]}


def or_ctrl_c(ends: Callable[[], None]) -> None:
    """A recorder that nobody ends would go on for ever."""
    try:
        ends()
    except BaseException:
        _thread.interrupt_main()
        raise


def test_the_command_ends_with_what_it_has_when_the_program_is_closed(
    display: Display, books: Books, heard: dict[str, threading.Event], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    on_display(display, monkeypatch)
    words = [command(books), "--out", "workflows/ward/workflow.yaml"]
    assert written(capsys, words, lambda: closes(display, heard["ehr"])) == {"ehr.yaml", "workflow.yaml", "ward.yaml"}


def test_what_was_recorded_until_the_display_went_is_written(
    books: Books, heard: dict[str, threading.Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with contextlib.closing(private_display()) as display:
        on_display(display, monkeypatch)

        def goes() -> None:
            assert heard["ehr"].wait(60)
            display.close()

        words = [command(books), "--out", "workflows/ward/workflow.yaml"]
        assert written(capsys, words, goes) == {"ehr.yaml", "workflow.yaml", "ward.yaml"}


def test_a_program_is_recorded_beside_a_browser(
    display: Display, books: Books, heard: dict[str, threading.Event], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wetread.toml").touch()
    on_display(display, monkeypatch)

    async def author(_: object) -> None:
        assert await asyncio.to_thread(heard["pacs"].wait, 60)
        await asyncio.to_thread(or_ctrl_c, lambda: closes(display, heard["ehr"]))

    monkeypatch.setattr(Listener, "listen", partialmethod(Listener.listen, author=author))
    site = Site()
    site.page("home", "<h1>Studies</h1><p>Nobody: 0815</p>")
    with served(site) as pacs:
        systems = [command(books), f"pacs={pacs.url}/p/home"]
        assert run_cli(["record", *systems, "--out", "workflows/both/workflow.yaml", "--headless", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {Path(one).name for one in said["written"]} == {"ehr.yaml", "pacs.yaml", "workflow.yaml", "both.yaml"}
    bot = (tmp_path / "bots/both.yaml").read_text(encoding="utf-8")
    assert "program:" in bot
    assert f"url: {pacs.url}" in bot.replace("'", "")
    assert run_cli(["check"]) == 0, capsys.readouterr()


def test_final_presses_are_not_allowed_beside_a_production_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wetread.toml").touch()
    (tmp_path / "site.yaml").write_text("systems: {'https://ehr.example': {production: true}}\n", encoding="utf-8")
    out = ["--out", "workflows/ward/workflow.yaml", "--allow-commits"]
    assert run_cli(["record", "program:ward-client --server x", *out]) == 3
    assert "nobody can tell which server" in capsys.readouterr().err
    assert run_cli(["record", "program:'", *out]) == 2


def test_a_display_that_goes_keeps_nobody_waiting() -> None:
    display = private_display()
    try:
        held = Held(display)
        stroke = Stroke("left", (1, 1), 0)
        assert held.next(0.01) is None
    finally:
        display.close()
    with ThreadPoolExecutor(1) as beside:
        for ask in (partial(held.let_through, stroke), held.withhold, partial(held.arm, "enter")):
            beside.submit(ask).result(30)
        with pytest.raises(DriverLost, match="held no more"):
            beside.submit(held.next, 0.01).result(30)
        beside.submit(held.close).result(30)


def test_a_second_press_counts_as_one_of_two_in_the_same_window_alone() -> None:
    heard: list[Heard] = []
    rows = Rows(heard.append)
    seen = Seen(Sight("program://ehr/a/list", (), ""), {}, frozenset(), "")
    found = Spotted("cell", cells=(("Order", "1"),), own="Order")
    for window, double in ((7, True), (8, False)):
        rows.first(found, seen, Stroke("left", (5, 5), 1000), 7)
        assert rows.second(Stroke("left", (6, 5), 1200), window) is double
    assert [one.double for one in heard if isinstance(one, Press)] == [True, False]
