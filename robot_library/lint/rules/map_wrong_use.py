"""A target is named for something its `use` does not allow.

The way to a screen presses `navigate` and types into `search` targets, never into the record; identity and state are
read from targets of that use, which never heal to a second locator.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.mapped import mentions
from robot_library.lint.places import at, at_key
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every mention whose target has another use."""
    for one in mentions(subject.map):
        screen = subject.map.screens.get(one.screen)
        target = screen.targets.get(one.target) if screen is not None and one.target is not None else None
        if target is None or target.use in one.uses:
            continue
        wanted = " or ".join(f"'{use}'" for use in sorted(one.uses))
        written_as_key = one.keys[-2] in ("type", "press", "fill", "shows")
        place = (at_key if written_as_key else at)(subject.node, *one.keys)
        message = f"'{one.target}' has use '{target.use}', here it needs {wanted}"
        yield note(place, "WR602", message, "Change its `use`, or name another target.")


RULE = ScreenRule("WR602", "screen", check)
