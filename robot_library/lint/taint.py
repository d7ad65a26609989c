"""Whether a value may be a patient's, followed before anything runs: in doubt it is.

What the item declares as a patient's, what screens and studies show, what keywords read from files, and whatever is
made of these; secrets go with them. Numbers of things, and whether something is so, are nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from robot_library.keywords.effects import effect_in_table
from robot_library.lint.known import Known
from robot_library.model.values import PHI_TYPES
from robot_library.model.workflow import Declared, Step
from robot_library.parsing.expressions import Expression
from robot_library.parsing.expressions.tree import Binary, CallOf, Constant, Member, Name, Tree, Unary

_NOBODYS = frozenset({"count", "len", "starts_with"})
_QUESTIONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "and", "or"})


def of_input(declared: Declared) -> Known:
    """What is known of an input of the item."""
    phi = declared.phi or declared.type in PHI_TYPES
    return Known((declared.type,), phi=phi, maybe_none=declared.optional)


def is_phi(value: Any, names: Mapping[str, Known]) -> bool:
    """Whether a parameter, as written, may become a patient's value."""
    match value:
        case Expression():
            return _tree(value.tree, names)
        case Mapping():
            return any(is_phi(one, names) for one in value.values())
        case list():
            return any(is_phi(one, names) for one in value)
        case _:
            return False


def _tree(tree: Tree, names: Mapping[str, Known]) -> bool:
    match tree:
        case Constant():
            return False
        case Name(name=name):
            return _whole(names.get(name))
        case Member():
            known = _member(tree, names)
            return _whole(known) if known is not None else _tree(tree.of, names)
        case CallOf():
            return tree.function not in _NOBODYS and any(_tree(one, names) for one in tree.arguments)
        case Unary():
            return tree.operator != "not" and _tree(tree.operand, names)
        case Binary():
            return tree.operator not in _QUESTIONS and (_tree(tree.left, names) or _tree(tree.right, names))


def _member(tree: Member, names: Mapping[str, Known]) -> Known | None:
    """A member that is known by itself, such as one input of the item."""
    of = names.get(tree.of.name) if isinstance(tree.of, Name) else None
    return of.members.get(tree.name) if of is not None and of.members is not None and not of.phi else None


def _whole(known: Known | None) -> bool:
    """Whether a value, or anything in it, may be a patient's. Names that are not there are reported elsewhere."""
    if known is None:
        return False
    return known.phi or any(_whole(one) for one in (known.members or {}).values())


def given_by(step: Step, names: Mapping[str, Known], known: Known) -> Known:
    """What a step gives, with whether it may be a patient's."""
    if step.action == "compute":
        return replace(known, phi=is_phi(step.params.get("value"), names))
    if step.action != "keyword":
        return replace(known, phi=True)
    known = replace(known, maybe_none=True)  # what a library says of its keyword is not held to it
    if known.kinds in (("number",), ("boolean",)):
        return known
    table = effect_in_table(str(step.params.get("library")), str(step.params.get("name")))
    fed = is_phi({key: step.params.get(key) for key in ("with", "settings")}, names)
    return replace(known, phi=fed or table != "compute")
