"""A `pattern` that is no regular expression, or finds nothing where something stands.

The first group, or the whole match, is the value. The first place that fits is taken: `\\d*` also fits no figures, and
so the beginning of every text.
"""

from __future__ import annotations

from collections.abc import Iterator

from robot_library.lint.places import at
from robot_library.lint.rule import MapSubject, ScreenRule
from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic
from robot_library.model.pattern import NoPattern, pattern


def check(subject: MapSubject) -> Iterator[Diagnostic]:
    """Every pattern that does not compile, or fits nothing where it would fit something further on."""
    if (sign_in := subject.map.sign_in) is not None and sign_in.expires is not None:
        yield from _wrong(sign_in.expires.pattern, subject, "sign_in", "expires", "pattern")
    if subject.map.version is not None:
        yield from _wrong(subject.map.version.pattern or "", subject, "version", "pattern")
    for name, screen in subject.map.screens.items():
        for word, target in screen.targets.items():
            yield from _wrong(target.pattern or "", subject, "screens", name, "targets", word, "pattern")
        for word, table in screen.tables.items():
            yield from _wrong(table.count_pattern, subject, "screens", name, "tables", word, "count_pattern")


def _wrong(text: str, subject: MapSubject, *path: str) -> Iterator[Diagnostic]:
    try:
        fits = pattern(text)
    except NoPattern as no:
        yield note(at(subject.node, *path), "WR607", f"this is no regular expression: {no}", "Put '\\' before signs.")
        return
    found = [(one[1] if fits.groups else one[0]) or "" for one in fits.finditer(_SAMPLE)] if text else []
    if found and not found[0] and any(found):
        message = (
            "this fits where nothing stands, too, and so at the beginning of most texts: they would count as empty"
        )
        yield note(at(subject.node, *path), "WR607", message, "Write + for one or more, in place of * or ?.")


_SAMPLE = "~ 52 Ab~cd: 7.5-~"
"""Letters, figures and signs in turn, and none of them first that a pattern would begin with."""


RULE = ScreenRule("WR607", "screen", check)
