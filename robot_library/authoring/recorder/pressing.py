"""What a press was: a step of a sign-in, a pop-up sent away, a way to a screen, a final press, or just a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from robot_library.authoring.recorder.keys import Key, shape
from robot_library.authoring.recorder.scenes import Scene, Spec
from robot_library.authoring.recorder.whose import named_elsewhere, recognised
from robot_library.authoring.recorder.words import slug
from robot_library.model.heard import FileAsked, Found, Press
from robot_library.model.labels import meaning

if TYPE_CHECKING:
    from robot_library.authoring.recorder.recorder import Recorder

_KEYS = ("order", "accession", "study_uid")


class Pressing:
    """Of one recorder. `moves` are those since the last screen came up."""

    def __init__(self, recorder: Recorder) -> None:
        self._rec = recorder
        self.moves: list[Spec] = []
        self.free = False
        """What led here was a press outside any list: plain words in the address are the page's own."""
        self._from: Scene | None = None
        self._targets: dict[str, Spec] = {}
        self._leads_out = False
        """The last press was a link, or opened a tab: it may lead into another system."""
        self._click = ""
        """The target of the last press, if it led nowhere yet."""
        self.back: dict[tuple[str, str], list[tuple[str, list[Found]]]] = {}
        """In programs, by role and name of a screen: targets that led back to it by one press, and what finds them."""

    def led(self, scene: Scene) -> tuple[str, list[Spec], dict[str, Spec]] | None:
        """How a scene was come to, by the presses before it."""
        if self._from is None or not self.moves or self._from.role != scene.role or self._from.enters:
            return None
        return self._from.name, list(self.moves), dict(self._targets)

    def arrived(self, scene: Scene) -> None:
        """A scene has come up: the last press was the way to it, no click for its own sake."""
        led = self._from is not None and (self._from.role == scene.role or self._leads_out)
        whole = [move.get("click", "") for move in self.moves] if scene.role in self._rec.programs else []
        for click in (
            {self._click, *whole} if led and self._from is not None else ()
        ):  # a menu, and what is chosen in it
            if self._from is not None and click in self._from.clicks:
                self._from.clicks.remove(click)
        self.moves, self._targets, self._click, self.free = [], {}, "", False

    def returned(self, scene: Scene) -> None:
        """A scene that was met before has come up again."""
        before, click = self._from, self._click
        if before is None or before is scene or before.role != scene.role or scene.role not in self._rec.programs:
            return
        if not self.moves:
            return
        if click and self.moves == [{"click": click}] and click in before.targets:
            found = self.back.setdefault((scene.role, scene.name), [])
            found.append((click, list(before.targets[click]["find"])))
        self.arrived(scene)

    def press(self, scene: Scene, heard: Press) -> list[str]:
        """One press."""
        self.free = not heard.cells and not heard.listed
        if heard.cells:
            return self._in_row(scene, heard)
        scene = self._rec.entry_on(scene)
        ways = self._rec.ways(heard.find)
        if heard.listed and not self._rec.words.heads(heard.name):
            ways = []
        if not ways:
            return [f"left out a press on {scene.name}: nothing that may be written down finds it alone"]
        if self._sent_away(scene, heard):
            return self._interruption(scene, ways)
        name = heard.name if self._rec.words.stays(heard.name) else heard.role
        if heard.final and scene.role not in self._rec.entering:
            return self._final(scene, heard, name, ways)
        target = scene.target(name, ways, "search" if heard.enter else "navigate", frame=heard.frame)
        if self._rec.entered(scene, target):
            return [f"sign-in  {scene.role}.{scene.name}.{target}"]
        self._go(scene, target, heard, {target: scene.targets[target]})
        if not heard.enter:
            scene.clicks.append(target)
            self._click = target
        return [f"press    {scene.role}.{scene.name}.{target}"]

    def _go(self, scene: Scene, target: str, heard: Press, needs: dict[str, Spec]) -> None:
        if self._from is not scene:
            self.moves = [move for move in self.moves if "type" in move]
        word = "new_tab" if heard.new_tab else "double_click" if heard.double else "click"
        self.moves.append({"press": {target: "Enter"}} if heard.enter else {word: target})
        self._from = scene
        self._leads_out = heard.new_tab or heard.role == "link"
        self._targets.update(needs)

    def _final(self, scene: Scene, heard: Press, name: str, ways: list[Found]) -> list[str]:
        target = scene.target(name, ways, "commit", frame=heard.frame)
        if target not in scene.commits:
            scene.commits.append(target)
        did = "pressed, as you allowed" if heard.pressed else "NOT pressed"
        return [f"final    {scene.role}.{scene.name}.{target}: recorded as a commit, {did} ({heard.final})"]

    def _sent_away(self, scene: Scene, heard: Press) -> bool:
        """A pop-up that came by itself: a dialog without boxes, on a page where nothing was pressed since it came."""
        alone = self._from is None or self._from.where[0] != scene.where[0] or self._from.role != scene.role
        return (
            bool(scene.where[1])
            and alone
            and not heard.final
            and scene.role not in self._rec.entering
            and not any(one.box and not one.behind for one in heard.sight.fields)
        )

    def _interruption(self, scene: Scene, ways: list[Found]) -> list[str]:
        seen = {"seen_by": {"role": "dialog", "name": scene.where[1]}, "click": ways[0]}
        known = self._rec.interruptions.setdefault(scene.role, [])
        if seen not in known:
            known.append(seen)
        self._rec.scenes.remove(scene)
        return [f"pop-up   {scene.role}: '{scene.where[1]}' is sent away whenever it comes"]

    # ---- in lists -------------------------------------------------------------------------------------------

    def _in_row(self, scene: Scene, heard: Press) -> list[str]:
        """A press in a table's row: the row is found again by a key that stands in it."""
        before = dict(scene.tables)
        self._rec.meet(heard.cells)
        lines = recognised(self._rec)
        table = self._table(scene, heard)
        key = self._key(scene, heard, table)
        if key is None or heard.rows is None:
            scene.tables = before
            if (entry := self._of_menu(scene, heard)) is not None:
                return [*lines, *entry]
            return [*lines, f"left out a press in a list on {scene.name}: no column tells its rows apart"]
        value = next(text for _, text in heard.cells if self._rec.keys.of(text) == key)
        find: Found = {"role": heard.role, "name": f"{{{key.name}}}"} if heard.name.strip() == value else {}
        if scene.role in self._rec.programs:
            find = {"role": "cell", "name": f"{{{key.name}}}", "inside": heard.rows}
        elif not find:
            inside = {**heard.rows, "has_text": f"{{{key.name}}}"}
            plain = heard.role != "row" and self._rec.words.stays(heard.name)
            find = {"role": heard.role, "name": heard.name, "inside": inside} if plain else inside
        target = slug(heard.name if self._rec.words.stays(heard.name) else f"open_{key.name}", "open", scene.targets)
        there = {} if heard.frame is None else {"frame": heard.frame}
        self._go(scene, target, heard, {target: {"find": [find], "use": "navigate", **there}})
        said = f"press    {scene.role}.{scene.name}.{target}: the row of the key '{key.name}'"
        return [*lines, said, *warned(key)]

    def _of_menu(self, scene: Scene, heard: Press) -> list[str] | None:
        """A menu that is laid out as a table: a row with one text, of words that screens are made of."""
        said = [text for _, text in heard.cells if text.strip()]
        ways = self._rec.ways(heard.find)
        if len(said) != 1 or not ways or not self._rec.words.heads(said[0]):
            return None
        target = scene.target(said[0], ways, "navigate", frame=heard.frame)
        self._go(scene, target, heard, {target: scene.targets[target]})
        return [f"press    {scene.role}.{scene.name}.{target}: an entry of a menu"]

    # ---- files ----------------------------------------------------------------------------------------------

    def file_asked(self, scene: Scene, heard: FileAsked) -> list[str]:
        """A box for a file: a target that a workflow may give one to."""
        ways = self._rec.ways(heard.field.find)
        if not ways:
            return [f"left out a file box on {scene.name}: nothing that may be written down finds it alone"]
        label = heard.field.label if self._rec.words.stays(heard.field.label) else "file"
        target = scene.target(label, ways, "commit", frame=heard.field.frame)
        opened = self._click if heard.brought and self._from is scene else ""
        if opened and "opened_by" not in scene.targets[target]:
            scene.targets[target]["opened_by"] = opened
        self._forget_click()
        return [
            f"file     {scene.role}.{scene.name}.{target}: a file box; none was given. A workflow gives it a picture by"
            " `attach`; what has to be pressed afterwards to keep it is `closed_by`"
        ]

    def file_came(self, scene: Scene) -> list[str]:
        """The last press brought a file: a target that a workflow may take it from, and no step."""
        name = self._click
        if self._from is not scene or name not in scene.targets:
            return ["file     a file came, and was thrown away; what brought it is not known"]
        self._forget_click()
        if "download" not in scene.targets:
            scene.targets = {"download" if one == name else one: spec for one, spec in scene.targets.items()}
            name = "download"
        return [
            f"file     {scene.role}.{scene.name}.{name}: gives a file, which was thrown away. A workflow takes it by"
            " `fetch_study: {prefer: [download]}`"
        ]

    def _forget_click(self) -> None:
        if self._from is not None and self._click in self._from.clicks:
            self._from.clicks.remove(self._click)
        self.moves, self._targets, self._click = [], {}, ""

    # ---- rows -----------------------------------------------------------------------------------------------

    def _key(self, scene: Scene, heard: Press, table: Spec) -> Key | None:
        """A column that was known as a key already; else the one that was pressed, or whose header says so."""
        for _, text in heard.cells:
            if known := self._rec.keys.of(text):
                return known
        for header, text in heard.cells:
            fits = meaning(header) in _KEYS or (header == heard.own and _number(text))
            if self._rec.words.stays(header) and fits and (found := self._take(scene, table, header, text)):
                return found
        if (named := named_elsewhere(self._rec, scene, heard.cells)) is not None:
            return named
        for header, text in heard.cells:  # a list of patients: their number is the key
            if self._rec.words.stays(header) and meaning(header) == "mrn" and _number(text):
                return self._take(scene, table, header, text)
        return None

    def _take(self, scene: Scene, table: Spec, header: str, text: str) -> Key | None:
        pattern, example = shape(text.strip())
        at = f"{scene.role}.{scene.name}"
        kind = str(meaning(header) or "")
        made = Key(slug(header, "key"), "item", at, self._name(scene, table), f"{pattern} {example}", kind)
        self._rec.keys.see(text, made)
        return self._rec.keys.take(text)

    def _name(self, scene: Scene, table: Spec) -> str:
        return next((name for name, one in scene.tables.items() if one is table), "")

    def _table(self, scene: Scene, heard: Press) -> Spec:
        """The table of a press, with every column whose header may be said."""
        grid = next((one for one in heard.sight.grids if (one.rows, one.frame) == (heard.rows, heard.frame)), None)
        if grid is None or heard.rows is None or not self._rec.may_say(heard.rows):
            return {}
        there = [one for one in scene.tables.values() if one["rows"] == grid.rows and one.get("frame") == grid.frame]
        known = next(iter(there), None)
        if known is not None:
            return known
        columns: Spec = {}
        for index, header in enumerate(grid.headers):
            if not self._rec.words.stays(header):
                continue
            kind = meaning(header)
            nth = grid.headers[: index + 1].count(header)
            more: Spec = {"nth": nth} if grid.headers.count(header) > 1 else {}
            typed: Spec = {"type": kind} if kind in ("mrn", "accession") else {}
            columns[slug(header, "column", columns)] = {"header": header, **more, **typed}
        table: Spec = {"rows": grid.rows, "columns": columns}
        if grid.next_page is not None and self._rec.may_say(grid.next_page):
            table["next_page"] = grid.next_page
        if not grid.own and grid.heads is not None:
            table["headers"] = grid.heads
        if grid.frame is not None:
            table["frame"] = grid.frame
        if columns and (grid.own or grid.heads is not None):
            scene.tables[slug(grid.name if self._rec.words.stays(grid.name) else "rows", "rows", scene.tables)] = table
        return table


def warned(key: Key) -> list[str]:
    """What the author is told of a record that is looked up by the patient's own number."""
    if key.kind != "mrn":
        return []
    return [
        f"identity what is found by '{key.name}' is not proven by it: a number that was looked up says nothing of whose"
        " record came. Come to it by an order, or show the patient in another system first: their name finds it then"
    ]


def _number(text: str) -> bool:
    return any(c.isdigit() for c in text) and len(text.strip()) >= 3
