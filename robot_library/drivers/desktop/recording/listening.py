"""Programs on a display that an author clicks through once, and which tell what they are told.

Each press is held until it is known how the thing is found again and whether it may make something final; then it goes
to the program, or to nobody. What is typed is looked at when the author goes on. Passwords are counted, never read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from robot_library.drivers.desktop.desk import Desk
from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.look import Look
from robot_library.drivers.desktop.point import Spot
from robot_library.drivers.desktop.reading import Reading
from robot_library.drivers.desktop.recording.held import Held, Stroke
from robot_library.drivers.desktop.recording.menus import Menus
from robot_library.drivers.desktop.recording.press import Spotted, pressed, spotted
from robot_library.drivers.desktop.recording.program import Program
from robot_library.drivers.desktop.recording.rows import Rows
from robot_library.drivers.desktop.recording.sight import Box, Eye, Seen
from robot_library.drivers.desktop.roles import BUTTONS
from robot_library.drivers.desktop.windows import family_of
from robot_library.errors import ApplicationException
from robot_library.model.heard import Heard, Pointed, Press

_POLL_S, _BEHIND_S = 0.1, 1.0
_FOCUS_S, _LOOKS_S = 0.5, 0.01
"""So long it may take until programs say what has the keys."""
_LINES = {
    "untold": "left out a press: the program does not tell what is there. It was NOT made: nobody knows what it does."
              " Use `wetread screens point`",
    "other": "left out a press of another button of the mouse; it was NOT made: what its menu holds could not be held",
    "chord": "key      a combination of keys was NOT passed on: it may save. Use the mouse",
    "key": "key      Enter or space was NOT passed on: nobody can tell what it would press. Type it again, or use"
           " the mouse",
    "tick": "left out a tick box: a bot ticks nothing",
    "ended": "program  it ended before it showed a window: name the program itself, not one that starts it",
    "mute": "program  it tells assistive technology nothing: nothing of it is recorded, and no press is made",
    "lost": "lost     the program moved away under what was done; do it again if it is missing",
}  # fmt: skip


class ProgramListener:
    """`hear` takes what was heard, one after the other; `say` takes a line for the author. Used by one thread."""

    def __init__(
        self, hear: Callable[[Heard], None], say: Callable[[str], None], *, allow_commits: bool = False,
        pictures: dict[str, bytes] | None = None,
    ) -> None:  # fmt: skip
        """`pictures` takes what controls look like (PNG), by the name that locators have for it."""
        self._hear, self._say, self._allow = hear, say, allow_commits
        self._pictures = {} if pictures is None else pictures
        self._programs: list[Program] = []
        self._rows = Rows(hear)
        self._menus: Menus | None = None
        self._pressed: Box | None = None
        """The text that the press that is held goes into."""

    def listen(self, programs: Mapping[str, Sequence[str]], display: Display, stop: threading.Event) -> None:
        """Start these programs (role → command) and listen until all have ended, or `stop` is set. SetupError where one
        is not on this machine, or presses cannot be held. The programs end with this."""
        self._desk = Desk(display)
        held: Held | None = None
        try:
            self._desk.accessibility.listen()
            held = Held(display)
            self._menus = Menus(display, self._hear)
            for role, command in programs.items():
                self._programs.append(Program(role, display.start(command), Eye(role)))
            while not stop.is_set() and any(one.process.poll() is None for one in self._programs):
                stroke = held.next(_POLL_S)
                if stroke is None:
                    self._look_round(held)
                else:
                    self._take(held, stroke)
            self._settle()
        finally:
            if held is not None:
                held.close()
            if self._menus is not None:
                self._menus.close()
            for one in self._programs:
                display.end(one.process)
            self._desk.close()
        if any(one.seen is None for one in self._programs):
            self._say(_LINES["ended"])

    @property
    def pids(self) -> dict[str, int]:
        """Role → process of each program that has been started."""
        return {one.role: one.process.pid for one in self._programs}

    # ---- looking -------------------------------------------------------------------------------------------------

    def _look(self, one: Program) -> Look:
        return Look(self._desk, one.process.pid, Reading())

    def _see(self, one: Program) -> Seen | None:
        """Look at a program; None while it shows nothing that can be told."""
        try:
            return one.eye.see(self._look(one))
        except ApplicationException:  # it changes, or has ended
            return None

    def _look_round(self, held: Held) -> None:
        if not self._rows.over():
            return
        front = self._whose(self._desk.windows.focused())
        for one in self._programs:
            if one is not front and time.monotonic() - one.looked < _BEHIND_S:
                continue
            seen, one.looked = self._see(one), time.monotonic()
            if seen is None:
                continue
            if one is front and self._menus is not None:
                self._menus.chosen()  # before what came of it is told
                self._menus.look(self._look(one), seen)
            if one is front:
                self._focused(one, seen, held)
            if (news := one.take(seen)) is not None:
                self._hear(news)

    def _focused(self, one: Program, seen: Seen, held: Held) -> None:
        """In a text neither space nor, where it has lines, Enter presses anything."""
        one.tabbed(seen)
        if (box := seen.boxes.get(seen.focused)) is not None and box.types:
            held.arm(*box.held)
        elif seen.focused:
            held.arm("enter", "space")

    def _settle(self) -> None:
        """At the end: what was pressed and typed last."""
        self._rows.settle()
        for one in self._programs:
            if (seen := self._see(one) or one.seen) is not None:
                self._typed(one, seen)

    def _typed(self, one: Program, seen: Seen) -> None:
        for typed in one.changed(seen):
            self._hear(typed)

    # ---- what was pressed ----------------------------------------------------------------------------------------

    def _take(self, held: Held, stroke: Stroke) -> None:
        go = self._allow  # whatever fails: what nobody has judged is not pressed
        if stroke.sent:
            held.withhold()  # while a key is held, programs do not say what has the keys
        try:
            go = self._judged(stroke)
        except ApplicationException:
            self._say(_LINES["lost"])
        finally:
            box, self._pressed = self._pressed, None
            if stroke.kind != "key" or stroke.key == "move":  # a text that is pressed has the keys then
                held.arm(*(box.held if box is not None else ("enter", "space")))
            if go:
                held.let_through(stroke, typed=box is not None)
            elif not stroke.sent:
                held.withhold()

    def _whose(self, window: int) -> Program | None:
        pid = next((each.pid for each in self._desk.windows.all() if each.id == window), 0)
        return next((one for one in self._programs if pid and pid in family_of(one.process.pid)), None)

    def _judged(self, stroke: Stroke) -> bool:
        """Hear a press that is held; whether the program gets it."""
        windows = self._desk.windows
        window = windows.focused() if stroke.kind == "key" else windows.at(*stroke.at)
        one = self._whose(window)
        if one is None or stroke.key == "move" or (stroke.kind != "key" and not self._inside(window, stroke.at)):
            return True  # another program's, or a window's frame
        if stroke.kind != "key" and self._menus is not None:
            self._menus.over()
        if self._rows.second(stroke, window):
            return True
        look, seen = self._looked(one, stroke)
        if seen is None:
            return self._refused("mute")
        one.seen = seen
        box = seen.boxes.get(seen.focused)
        if stroke.key == "space" and box is not None and box.types:
            return True
        self._typed(one, seen)
        if stroke.kind == "other button" or stroke.key == "chord":
            return self._refused("other" if stroke.kind == "other button" else "chord")
        if stroke.kind == "key":
            return self._key(one, look, seen, stroke)
        found = spotted(look, seen, stroke.at, one.typed_here())
        if found.kind == "cell":
            self._rows.first(found, seen, stroke, window)
            return True
        return self._spot(one, seen, found, stroke)

    def _looked(self, one: Program, stroke: Stroke) -> tuple[Look, Seen | None]:
        """Look at what is pressed; of a key, once the program says again what has the keys."""
        end = time.monotonic() + _FOCUS_S
        while True:
            look = self._look(one)
            seen = one.eye.see(look)
            if not stroke.sent or seen is None or seen.focused or time.monotonic() > end:
                return look, seen
            time.sleep(_LOOKS_S)

    def _inside(self, window: int, at: Spot) -> bool:
        found = next((each for each in self._desk.windows.all() if each.id == window), None)
        return found is not None and 0 <= at[0] - found.x < found.width and 0 <= at[1] - found.y < found.height

    def _refused(self, why: str) -> bool:
        """Nothing is recorded, and only who allows final presses has it passed on."""
        if not self._allow:
            self._say(_LINES[why])
        return self._allow

    def _spot(self, one: Program, seen: Seen, found: Spotted, stroke: Stroke) -> bool:
        if found.kind == "untold":
            return self._refused("untold")
        if found.kind == "tick":
            self._say(_LINES["tick"])
            return not found.why or self._allow
        if found.kind == "press" and found.node is not None:
            return self._press(seen, found, found.node.name)
        box = seen.boxes.get(found.node.path) if found.node is not None else None
        if found.kind == "box" and box is not None:
            one.come_into(box.node.path, box.field.value)
            self._pressed = box if box.types and box.node.has("sensitive") and box.node.has("focusable") else None
        elif found.kind == "value" and box is not None:
            self._hear(Pointed(seen.sight, box.field))
        return True

    def _press(self, seen: Seen, found: Spotted, name: str) -> bool:
        go = not found.why or self._allow
        if found.why and (not name or found.menu):
            if not go:
                self._say(f"final    it was NOT pressed: {found.why}. Use `wetread screens point`")
            return go
        find = tuple({"image": self._kept(found.picture)} if "image" in way else way for way in found.find)
        word = next((str(way["role"]) for way in find if "role" in way), "button")
        self._hear(Press(seen.sight, name, word, find, final=found.why, pressed=go))
        if found.menu and self._menus is not None:
            self._menus.opened()
        return go

    def _kept(self, picture: bytes | None) -> str:
        name = f"{len(self._pictures) + 1}.png"
        self._pictures[name] = picture or b""
        return name

    # ---- keys ----------------------------------------------------------------------------------------------------

    def _key(self, one: Program, look: Look, seen: Seen, stroke: Stroke) -> bool:
        """Enter or space: in a box, or a press of what has the keys."""
        box = seen.boxes.get(seen.focused)
        if box is not None and box.types:
            if "enter" not in box.held:
                return True
            if seen.secret or not one.typed_here():
                self._hear(Press(seen.sight, box.field.label, "textbox", box.field.find, enter=True))
                return True
            return self._refused("key")
        for tree in look.trees:
            node = tree.at(seen.focused)
            if node is not None and node.role in BUTTONS:
                x, y, width, height = look.told.place(node)
                middle = (x + width // 2, y + height // 2)
                return self._spot(one, seen, pressed(look, seen, tree, node, middle, one.typed_here()), stroke)
        return self._refused("key")
