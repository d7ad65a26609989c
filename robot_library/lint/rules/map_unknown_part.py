"""A screen map names a screen or target that it does not have.

In `reach` a bare name is a target of the screen gone to last by `screen:`, else of the screen itself; `screen.target`
names it wholly.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.mapped import mentions
from robot_library.lint.places import at, at_key
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.problems import did_you_mean


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every mention of something missing."""
    screens = subject.map.screens
    for one in mentions(subject.map):
        written_as_key = one.keys[-2] in ("type", "press", "fill", "shows")
        place = (at_key if written_as_key else at)(subject.node, *one.keys)
        if one.screen not in screens:
            if one.target is None or one.screen != one.keys[1]:
                message = f"there is no screen '{one.screen[:60]}' in this map"
                yield note(place, "WR601", message, did_you_mean(one.screen, screens))
        elif one.target is not None and one.target not in screens[one.screen].targets:
            message = f"screen '{one.screen}' has no target '{one.target[:60]}'"
            yield note(place, "WR601", message, did_you_mean(one.target, screens[one.screen].targets))


RULE = ScreenRule("WR601", "screen", check)
