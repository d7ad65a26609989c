"""What the word at the cursor may be, and what it names: the one answer behind completion, definition and hover."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from robot_library.editor.cursor import Cursor
from robot_library.editor.names import Names, in_scope, inner, keys, text, words
from robot_library.editor.slots import Slot, slot_at
from robot_library.lint.addresses import where_used
from robot_library.lint.files import kind_of_file
from robot_library.model.diagnostic import Place
from robot_library.parsing.expressions import FUNCTIONS
from robot_library.parsing.library import Kind, Library
from robot_library.parsing.nodes import MapNode, TextNode

What = Literal["action", "key", "choice", "file", "role", "screen", "target", "name", "member", "function"]
_CHAIN = re.compile(r"[A-Za-z_][\w.]*\Z")
_REST = re.compile(r"\w*")
_BY_KEY: dict[tuple[str, str], Kind] = {
    ("workflow", "templates"): "template", ("workflow", "skills"): "skill", ("bot", "workflow"): "workflow",
    ("bot", "map"): "screen",
    ("screen", "extends"): "screen",
}  # fmt: skip
_IN_A_MAP = frozenset({"click", "double_click", "new_tab", "wait_for", "type", "press", "leave", "target", "link",
                       "unchanged", "shows", "opened_by", "closed_by", "fill", "patient_id", "issuer", "name", "family",
                       "given", "birth_date", "alias", "merged_ids"})  # fmt: skip
_BESIDE = ("fields", "and", "with", "unchanged")


@dataclass(frozen=True, slots=True)
class Word:
    """One word that may stand at the cursor. `file` and `place` say where what it names is given."""

    text: str
    what: What
    about: str = ""
    file: Path | None = None
    place: Place | None = None


class Meaning:
    """One file's cursor with the project around it."""

    def __init__(self, path: Path, cursor: Cursor, library: Library) -> None:
        self.path, self.cursor, self.names = path, cursor, Names(library)
        self.kind = kind_of_file(path, cursor.root) or ""
        self.workflow = text(cursor.root, "workflow")

    @property
    def typed(self) -> str:
        """What of the word stands before the cursor, as far as the words of `possible` are compared with it."""
        if self.cursor.before.startswith("="):
            found = _CHAIN.search(self.cursor.before)
            return found[0] if found else ""
        return self.cursor.before

    @property
    def whole(self) -> str:
        """The whole word under the cursor."""
        if not self.cursor.word.startswith("="):
            return self.cursor.word
        rest = _REST.match(self.cursor.word[len(self.cursor.before) :])
        return self.typed + (rest[0] if rest else "")

    def slot(self) -> Slot | None:
        """What the definitions ask for here."""
        return slot_at(self.kind, self.cursor.keys, self.names.library.actions) if self.kind else None

    def possible(self) -> list[Word]:
        """Every word that may stand here."""
        if not self.kind:
            return []
        if self.cursor.word.startswith("="):
            return list(self._expression()) if self.kind == "workflow" else []
        found = list(self._keys()) if self.cursor.is_key else []
        return found or list(self._values())

    def named(self) -> list[Word]:
        """What the word under the cursor names; several where several files play a role."""
        whole = self.whole
        return [one for one in self.possible() if one.text == whole]

    def _keys(self) -> Iterator[Word]:
        slot = self.slot()
        if slot is None:
            return
        if slot.step:
            yield from self._actions()
            return
        yield from self._targets_as_keys()
        if slot.model is None:
            return
        for key in slot_keys(slot):
            inside = slot_at(self.kind, (*self.cursor.keys, key), self.names.library.actions)
            yield Word(key, "key", inside.about() if inside else "The name of what the step gives.")

    def _actions(self) -> Iterator[Word]:
        for key, action in self.names.library.actions.items():
            yield Word(key, "action", re.sub(r"\n +", "\n", action.__doc__ or "").strip())

    def _values(self) -> Iterator[Word]:
        slot = self.slot()
        if slot is None:
            return
        if slot.step:
            yield from self._actions()
            return
        yield from (Word(choice, "choice") for choice in slot.choices())
        key = next((one for one in reversed(self.cursor.keys) if isinstance(one, str)), "")
        if kind := _BY_KEY.get((self.kind, key)):
            yield from self._files(kind)
        if self.kind == "screen":
            yield from self._in_a_map(key)
        if self.kind == "workflow":
            yield from self._refs(slot.shape.ref.to if slot.shape is not None and slot.shape.ref else "", key)

    def _files(self, kind: Kind) -> Iterator[Word]:
        for name in self.names.library.names(kind):
            yield Word(name, "file", kind, self.names.library.look(kind, name), Place(file=""))

    def _refs(self, ref: str, key: str) -> Iterator[Word]:
        if ref in ("template", "skill", "workflow"):
            yield from self._files(cast(Kind, ref))
        elif ref == "role":
            yield from (Word(role, "role") for role in words(self.cursor.root, "screens"))
        elif ref in ("screen", "target", "table"):
            yield from self._addresses(ref)
        elif key == "fields":
            yield from self._beside(self.cursor.beside("screen"))

    def _addresses(self, ref: str) -> Iterator[Word]:
        for role in words(self.cursor.root, "screens"):
            for path in self.names.maps(self.workflow, role):
                for screen, at in self.names.screens(path).items():
                    if ref == "screen":
                        yield Word(f"{role}.{screen}", "screen", _excerpt(self.names, path, screen), path, at.place)
                        continue
                    parts = "targets" if ref == "target" else "tables"
                    for name, key in self.names.parts(path, screen, parts).items():
                        about = _excerpt(self.names, path, screen, parts, name)
                        yield Word(f"{role}.{screen}.{name}", "target", about, path, key.place)

    def _targets_as_keys(self) -> Iterator[Word]:
        """Keys that are names of targets, or of what a screen is opened by."""
        last = self.cursor.keys[-1] if self.cursor.keys else ""
        if self.kind == "workflow" and last in _BESIDE:
            yield from self._beside(self.cursor.beside("screen", up=1))
        elif self.kind == "workflow" and last == "where":
            yield from self._where(self.cursor.beside("screen", up=1))
        elif self.kind == "screen" and last in _IN_A_MAP:
            yield from self._in_a_map(str(last))

    def _beside(self, screen: object) -> Iterator[Word]:
        role, _, name = screen.value.partition(".") if isinstance(screen, TextNode) else ("", "", "")
        for path in self.names.maps(self.workflow, role) if role else ():
            for target, key in self.names.parts(path, name).items():
                yield Word(target, "target", _excerpt(self.names, path, name, "targets", target), path, key.place)

    def _where(self, screen: object) -> Iterator[Word]:
        role, _, name = screen.value.partition(".") if isinstance(screen, TextNode) else ("", "", "")
        for path in self.names.maps(self.workflow, role) if role else ():
            screen_map = self.names.screen_map(path)
            if screen_map is not None and name in screen_map.screens:
                for key in sorted(where_used(screen_map, name, screen_map.screens[name])):
                    yield Word(key, "key", f"Needed to reach {name}.")

    def _in_a_map(self, key: str) -> Iterator[Word]:
        root, at = self.cursor.root, self.cursor.keys
        if key in ("screen", "on", "via"):
            for name, node in keys(root, "screens").items():
                yield Word(name, "screen", text(root, "screens", name, "about"), self.path, node.place)
        elif key in _IN_A_MAP and "find" not in at and "seen_by" not in at:
            on = self.cursor.beside("on") or self.cursor.beside("on", up=1)
            screen = on.value if isinstance(on, TextNode) else str(at[1]) if at[:1] == ("screens",) else ""
            for name, node in keys(root, "screens", screen, "targets").items():
                about = _excerpt(self.names, self.path, screen, "targets", name)
                yield Word(name, "target", about, self.path, node.place)

    def _expression(self) -> Iterator[Word]:
        for name, given in in_scope(self.cursor.root, self.cursor.keys, self.names).items():
            yield Word(name, "name", given.about, self.path if given.place else None, given.place)
            for member in given.members:
                yield Word(f"{name}.{member}", "member", given.about, self.path if given.place else None, given.place)
        for name, function in FUNCTIONS.items():
            yield Word(name, "function", f"`{function.example}`: {function.about}")


def slot_keys(slot: Slot) -> list[str]:
    """The keys that may stand here."""
    from robot_library.parsing.shapes import fields_of

    assert slot.model is not None
    found = list(fields_of(slot.model))
    return [*found, "as"] if slot.action is not None and slot.action.gives and "as" not in found else found


def _excerpt(names: Names, path: Path, *at: str) -> str:
    """How a screen or target is found, as its map says it."""
    node = inner(names.tree(path), "screens", *at)
    about = text(node, "about")
    if not isinstance(node, MapNode):
        return about
    shown = [
        f"{key.value}: {_flow(value)}" for key, value in node.items if key.value in ("find", "use", "type", "seen_by")
    ]
    return "\n\n".join(filter(None, [about, "```yaml\n" + "\n".join(shown) + "\n```" if shown else ""]))


def _flow(node: object) -> str:
    if isinstance(node, TextNode):
        return node.value
    if isinstance(node, MapNode):
        return "{" + ", ".join(f"{key.value}: {_flow(value)}" for key, value in node.items) + "}"
    return "[" + ", ".join(_flow(one) for one in getattr(node, "items", ())) + "]"
