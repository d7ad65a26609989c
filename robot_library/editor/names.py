"""The names of a project as they stand in its files, read leniently: half a file still has names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from robot_library.errors import AuthoringError
from robot_library.lint.known import of_kinds
from robot_library.model.diagnostic import Place
from robot_library.model.screen import ScreenMap
from robot_library.parsing.library import Library
from robot_library.parsing.nodes import ListNode, MapNode, Node, TextNode, read_text, tree_of
from robot_library.parsing.overlays import bases_of
from robot_library.parsing.screens import load_screen_map
from robot_library.parsing.texts import once


@dataclass(frozen=True, slots=True)
class Given:
    """A name in scope: where it is given, what its members are, and in words what it is."""

    place: Place | None
    members: tuple[str, ...] = ()
    about: str = ""


class Names:
    """What the files of one library name."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def tree(self, path: Path) -> Node | None:
        """A file's tree, its places in that file; None if it cannot be read."""
        try:
            text = read_text(path, str(path))
        except AuthoringError:
            return None
        return once(str(path), "lenient", text, lambda: tree_of(text))

    def maps(self, workflow: str, role: str) -> list[Path]:
        """The screen maps that play a role, in the bots that run a workflow."""
        found: dict[Path, None] = {}
        for name in self.library.names("bot"):
            bot = self.tree(self.library.path("bot", name))
            if text(bot, "workflow") == workflow and (path := self._map(text(bot, "apps", role, "map"))):
                found[path] = None
        if not found and (path := self._map(role)):
            found[path] = None
        return list(found)

    def _map(self, name: str) -> Path | None:
        return self.library.look("screen", name) if name else None

    def screens(self, path: Path) -> dict[str, TextNode]:
        """A map's screens, by name: the keys themselves."""
        return self._of_all(path, "screens")

    def parts(self, path: Path, screen: str, kind: str = "targets") -> dict[str, TextNode]:
        """A screen's targets (or tables), by name: the keys themselves."""
        return self._of_all(path, "screens", screen, kind)

    def columns(self, path: Path, screen: str, table: str) -> tuple[str, ...]:
        """A table's columns."""
        return tuple(self._of_all(path, "screens", screen, "tables", table, "columns"))

    def _of_all(self, path: Path, *names: str) -> dict[str, TextNode]:
        """Keys of a map and of those it is built on; its own come first."""
        try:
            bases = bases_of(path)
        except AuthoringError:  # said where the map is checked
            bases = []
        found = {name: key for base in reversed(bases) for name, key in keys(self.tree(base), *names).items()}
        return {**found, **keys(self.tree(path), *names)}

    def screen_map(self, path: Path) -> ScreenMap | None:
        """A whole screen map; None if anything is wrong in it, which is said where it is checked."""
        try:
            return load_screen_map(path)
        except AuthoringError:
            return None

    def site(self, workflow: str) -> tuple[str, ...]:
        """Site values of the bots that run a workflow."""
        bots = [self.tree(self.library.path("bot", name)) for name in self.library.names("bot")]
        return tuple(
            dict.fromkeys(key for bot in bots if text(bot, "workflow") == workflow for key in keys(bot, "site"))
        )


def inner(node: Node | None, *path: str | int) -> Node | None:
    """What stands where these keys lead."""
    for key in path:
        if isinstance(node, MapNode) and isinstance(key, str):
            node = node.get(key)
        elif isinstance(node, ListNode) and isinstance(key, int) and key < len(node.items):
            node = node.items[key]
        else:
            return None
    return node


def text(node: Node | None, *path: str | int) -> str:
    """The text that stands there; "" if none does."""
    found = inner(node, *path)
    return found.value if isinstance(found, TextNode) else ""


def keys(node: Node | None, *path: str | int) -> dict[str, TextNode]:
    """The keys of the mapping that stands there."""
    found = inner(node, *path)
    return {key.value: key for key, _ in found.items} if isinstance(found, MapNode) else {}


def words(node: Node | None, *path: str | int) -> list[str]:
    """The texts of the list that stands there."""
    found = inner(node, *path)
    return [one.value for one in found.items if isinstance(one, TextNode)] if isinstance(found, ListNode) else []


def in_scope(root: Node, at: tuple[str | int, ...], names: Names) -> dict[str, Given]:
    """The names that an expression at these keys may use."""
    workflow = text(root, "workflow")
    found = {"site": Given(None, names.site(workflow), "the bot's site values")}
    if at[:1] != ("collect",):
        item = inner(root, "item")
        found["item"] = Given(item.place if item else None, tuple(keys(item)), "the work item's inputs")
    if at[:1] in (("compare",), ("outputs",)):
        found |= _given(inner(root, "steps"), None, names, workflow)
    if at[:2] in (("collect", "take"), ("collect", "only")):
        found["row"] = Given(None, (), "one row of the list")
    here: tuple[str | int, ...] = ()
    for index, key in enumerate(at):
        node = inner(root, *here)
        if isinstance(node, ListNode) and isinstance(key, int):
            found |= _given(node, key, names, workflow)
            found |= _of_block(node.items[key], at[index + 1 :])
        here = (*here, key)
    if at[:1] in (("collect",), ("compare",)) and at[1:2] != ("steps",):
        found |= _given(inner(root, str(at[0]), "steps"), None, names, workflow)
    return found


def _given(steps: Node | None, before: int | None, names: Names, workflow: str) -> dict[str, Given]:
    found = {}
    for step in steps.items[:before] if isinstance(steps, ListNode) else ():
        if isinstance(step, MapNode) and len(step.items) == 1:
            key, params = step.items[0]
            bind = inner(params, "as")
            if isinstance(bind, TextNode) and bind.value:
                members = tuple(_members(key.value, params, names, workflow))
                found[bind.value] = Given(bind.place, members, f"what `{key.value}` gives in line {key.place.line}")
    return found


def _of_block(step: Node, rest: tuple[str | int, ...]) -> dict[str, Given]:
    if not isinstance(step, MapNode) or not step.items:
        return {}
    key, params = step.items[0]
    name = inner(params, "name")
    if key.value == "for_each" and rest[1:2] == ("steps",) and isinstance(name, TextNode):
        return {name.value: Given(name.place, (), "one of the list")}
    if key.value == "on_error" and rest[1:2] == ("do",):
        return {"error": Given(key.place, ("code", "reason"), "what went wrong")}
    return {}


def _members(action: str, params: Node, names: Names, workflow: str) -> Iterator[str]:
    if action == "read" and (fields := words(params, "fields")):
        yield from fields
        return
    known = names.library.actions.get(action)
    if known is not None and known.gives:
        yield from of_kinds(known.gives).members or ()


__all__ = ["Given", "Names", "in_scope", "inner", "keys", "text", "words"]
