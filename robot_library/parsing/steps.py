"""A list of steps: one verb a step, its parameters read by the action's own fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from robot_library.interfaces import Action
from robot_library.model.workflow import Step
from robot_library.parsing.build import INVALID, Builder
from robot_library.parsing.expressions import FUNCTIONS
from robot_library.parsing.expressions.grammar import KEYWORDS
from robot_library.parsing.gaps import Gaps
from robot_library.parsing.nodes import ListNode, MapNode, Node, TextNode, kind_of
from robot_library.parsing.problems import Problems, nearest
from robot_library.parsing.shapes import fields_of

NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset({"item", "site", "error", *KEYWORDS, *FUNCTIONS})
"""Names that mean something already."""

_NO_SLEEP = "Nothing sleeps: screens are waited for by themselves, as long as their map's `patience` says."
FOREIGN: dict[str, str] = {
    **dict.fromkeys(("sleep", "wait", "pause", "delay", "wait_for"), _NO_SLEEP),
    **dict.fromkeys(("type", "input", "enter", "set", "write"), "Typing is `fill`, inside `protect`."),
    **dict.fromkeys(("press", "submit", "tap"), "`click` presses what changes nothing, `save` what makes it final."),
    **dict.fromkeys(("goto", "navigate", "visit", "go_to"), "`open` reaches a screen, the way its screen map says."),
    **dict.fromkeys(("if", "unless", "switch"), "Conditions are `when: {is: =…, steps: […], else: […]}`."),
    **dict.fromkeys(("loop", "for", "foreach", "each", "while", "repeat"), "Loops are `for_each: {name: …, in: =…}`."),
    **dict.fromkeys(("let", "assign", "var", "variable"), "A value gets a name by `compute: {value: =…, as: …}`."),
    **dict.fromkeys(("try", "catch", "rescue"), "Failures are handled by `on_error: {steps: […], do: […]}`."),
    **dict.fromkeys(("python", "script", "eval", "exec", "javascript", "js", "run", "shell"), "Files hold no code."),
    **dict.fromkeys(("login", "log_in", "signin"), "Signing in is `sign_in: role`."),
    **dict.fromkeys(("assert", "expect", "verify"), "A condition that must hold is `check: {that: =…, otherwise: …}`."),
}
"""What others call things."""


def name_problem(name: str) -> str:
    """Why a word cannot be a name; "" if it can."""
    if not NAME.fullmatch(name):
        return "is not a name: small letters, digits and '_', a letter first"
    return "is a word of the language and cannot be a name" if name in RESERVED else ""


class StepReader:
    """Reads steps with a registry of actions; problems are collected. Of a broken step, what could be read is kept."""

    def __init__(self, actions: Mapping[str, type[Action]], problems: Problems) -> None:
        self.actions = actions
        self.problems = problems
        self.gaps = Gaps()
        self._nested = 0
        """Errors told of steps inside others so far."""

    def steps(self, node: Node, prefix: str = "") -> tuple[Step, ...]:
        """The steps of a list; `prefix` begins their paths."""
        if not isinstance(node, ListNode):
            message = f"steps are a list, here is {kind_of(node)}"
            self.problems.add(node.place, "WR110", message, "Begin each step with '- '.")
            self.gaps.lose(node)
            return ()
        if not node.items:
            self.problems.add(node.place, "WR110", "there are no steps here", "Write some, or delete the key.")
            self.gaps.lose(node)
        read = []
        for number, item in enumerate(node.items, start=1):
            step = self.step(item, f"{prefix}.{number}" if prefix else str(number))
            if step is not None:
                read.append(step)
        return tuple(read)

    def step(self, node: Node, path: str) -> Step | None:
        verb = self._verb(node)
        action = self.actions.get(verb[0].value) if verb is not None else None
        if verb is None or action is None:
            if verb is not None:
                self._unknown(verb[0])
            self.gaps.lose(node)
            return None
        key, value = verb
        before, inside = len(self.problems.errors()), self._nested
        bind = self._bind(value, action)
        builder = Builder(self.problems, self._inner)
        builder.trail = [path]
        params = self._params(builder, value, action, key)
        if len(self.problems.errors()) - before > self._nested - inside:
            self.gaps.step_broken(path, value)
        return Step(action=key.value, params=params, path=path, place=key.place, bind=bind)

    def _inner(self, node: Node, prefix: str) -> tuple[Step, ...]:
        """Steps inside a step: what is wrong in them does not make it wrong."""
        before, inside = len(self.problems.errors()), self._nested
        steps = self.steps(node, prefix)
        self._nested = inside + len(self.problems.errors()) - before
        return steps

    def _verb(self, node: Node) -> tuple[TextNode, Node] | None:
        """The step's one key and its value."""
        if isinstance(node, TextNode):
            word = node.value.split(" ")[0].rstrip(":")
            hint = f"Write '{word}: …'." if word in self.actions else "Write 'action: …'."
            self.problems.add(node.place, "WR110", "a step is an action with ':' behind it, here is text", hint)
            return None
        if not isinstance(node, MapNode) or not node.items:
            self.problems.add(
                node.place, "WR110", "a step is an action with its parameters", "As in '- open: ehr.order'."
            )
            return None
        if len(node.items) > 1:
            self._too_many(node)
            return None
        return node.items[0]

    def _too_many(self, node: MapNode) -> None:
        verbs = [key for key, _ in node.items if key.value in self.actions]
        if len(verbs) > 1:
            message = f"one step, two actions: '{verbs[0].value}' and '{verbs[1].value}'"
            self.problems.add(verbs[1].place, "WR110", message, "Begin each step with '- '.")
            return
        if not verbs:
            self._unknown(node.items[0][0])
            return
        extra = next(key for key, _ in node.items if key is not verbs[0])
        message = f"'{extra.value[:60]}' stands beside '{verbs[0].value}', not in it"
        hint = f"Indent it further, or write {verbs[0].value}: {{…, {extra.value[:60]}: …}}."
        self.problems.add(extra.place, "WR110", message, hint)

    def _unknown(self, key: TextNode) -> None:
        hint = FOREIGN.get(key.value.lower()) or nearest(key.value, self.actions) or "`wetread actions` lists them all."
        self.problems.add(key.place, "WR111", f"there is no action '{key.value[:60]}'", hint)

    def _bind(self, value: Node, action: type[Action]) -> str | None:
        node = value.get("as") if isinstance(value, MapNode) else None
        if node is None or "as" in fields_of(action):
            return None
        if not isinstance(node, TextNode):
            self.problems.add(node.place, "WR112", f"'as' takes a name, here is {kind_of(node)}")
            self.gaps.unnamed = True
            return None
        if problem := name_problem(node.value):
            self.problems.add(node.place, "WR112", f"'{node.value[:60]}' {problem}", "As in as: order.")
            self.gaps.unnamed = True
            return None
        if not action.gives:
            self.problems.add(node.place, "WR113", f"'{action.key}' gives no value that 'as' could name", "Delete it.")
        return node.value

    def _params(self, builder: Builder, value: Node, action: type[Action], key: TextNode) -> dict[str, Any]:
        """What could be read of a step's parameters."""
        fields = fields_of(action)
        before = len(self.problems.errors())
        if isinstance(value, TextNode) and value.missing:
            value = MapNode((), key.place)
        if isinstance(value, MapNode):
            tree = builder.fields(value, action, skip=frozenset() if "as" in fields else frozenset({"as"}))
            self._check_new_names(tree, action)
            broken = len(self.problems.errors()) > before or builder.checked(tree, action, value) is INVALID
            return {name: read for name, read in tree.items() if read is not INVALID} if broken else tree
        if action.main is None:
            wanted = ", ".join(field.key for field in fields.values() if field.required)
            hint = f"As in {action.key}: {{{wanted}: …}}." if wanted else ""
            message = f"'{action.key}' takes keys and values, here is {kind_of(value)}"
            self.problems.add(value.place, "WR103", message, hint)
            return {}
        main = next(field for field in fields.values() if field.name == action.main)
        read = builder.field(value, main)
        for field in fields.values():
            if field.required and field is not main:
                self.problems.add(key.place, "WR102", f"'{field.key}' is missing", field.info.description or "")
        return {} if read is INVALID else {main.key: read}

    def _check_new_names(self, tree: dict[str, Any], action: type[Action]) -> None:
        for key, field in fields_of(action).items():
            word = tree.get(key)
            if field.shape.ref is None or field.shape.ref.to != "new_name" or not isinstance(word, str):
                continue
            if problem := name_problem(word):
                place = getattr(word, "place", None)
                if place is not None:
                    self.problems.add(place, "WR112", f"'{word[:60]}' {problem}", "As in name: row.")
