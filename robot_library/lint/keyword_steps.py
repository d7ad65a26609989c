"""Keyword steps and what their libraries say about them, for the rules and for following types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from robot_library.errors import AuthoringError
from robot_library.keywords import robot_side
from robot_library.keywords.effects import folded
from robot_library.keywords.files import folders_of
from robot_library.keywords.host import RobotKeywords
from robot_library.keywords.signature import LibraryInfo, Signature
from robot_library.lint.known import ANY, BOOLEAN, NUMBER, TEXT, Known, data
from robot_library.lint.subject import Spot, Subject
from robot_library.model.site import Site
from robot_library.model.workflow import Step
from robot_library.parsing.library import Library


def keyword_spots(subject: Subject) -> Iterator[tuple[Spot, str, str]]:
    """(step, library, keyword) of every keyword step."""
    for spot in subject.spots:
        if spot.step.action == "keyword":
            yield spot, str(spot.step.params.get("library")), str(spot.step.params.get("name"))


def host_of(library: Library) -> RobotKeywords:
    """The site's rules; the usual ones where site.yaml is wrong, which is said elsewhere."""
    try:
        rules = library.site().keywords
    except AuthoringError:
        rules = Site().keywords
    return RobotKeywords(rules, folders_of(library, rules))


def info_of(library: Library, name: str) -> LibraryInfo | None:
    """A library's signatures; None if the site does not allow it (then it is not even imported), or it is not there."""
    if not host_of(library).may(name) or not robot_side.installed():
        return None
    try:
        return robot_side.library_info(name)
    except robot_side.NoSuchLibrary:
        return None


def signature_at(subject: Subject, spot: Spot) -> Signature | None:
    """The signature of a step's keyword, if it is known."""
    return _signature(subject.library, spot.step)


def _signature(library: Library, step: Step) -> Signature | None:
    info = info_of(library, str(step.params.get("library")))
    return info.keywords.get(folded(str(step.params.get("name")))) if info is not None else None


def given_to(step: Step, key: str) -> Mapping[str, Any]:
    """`with` or `settings` of a step."""
    found = step.params.get(key)
    return found if isinstance(found, dict) else {}


def known_of(library: Library, step: Step) -> Known:
    """What is known of the value that a keyword gives."""
    signature = _signature(library, step)
    match signature.gives if signature is not None else "any":
        case "text":
            return TEXT
        case "number":
            return NUMBER
        case "boolean":
            return BOOLEAN
        case "date":
            return Known(("date",))
        case "list":
            return Known(("list",))
        case "data":
            return data(None)
        case _:
            return ANY
