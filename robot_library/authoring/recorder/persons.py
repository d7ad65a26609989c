"""Whose record a screen shows where no label says so: by what another screen, or a list's row, says with a label.

A number, and a name or a birth date, that are one known person's are taken for what they are. That is a proposal: at
every item the guard reads them anew and holds them against another system.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

from robot_library.authoring.recorder.scenes import Scene, name_form
from robot_library.model.heard import Field
from robot_library.model.labels import Meaning, meaning
from robot_library.model.values import parse_date
from robot_library.safeguards.identity import is_number
from robot_library.safeguards.names import compare_spellings, parse_shown

Person = dict[Meaning, str]
LABELS: Mapping[Meaning, str] = {"mrn": "Patient number", "name": "Patient name", "birth_date": "Birth date"}
"""What is written down of a text that no label stands beside."""
_LABELLED = re.compile(r"([^\d:]{1,30}:)\s*(\S.*)")


class Persons:
    """Everybody whose number was met with a label, and a name or a birth date beside it. `stays`: whether a text may be
    written down."""

    def __init__(self, stays: Callable[[str], bool]) -> None:
        self._known: list[Person] = []
        self._stays = stays

    def meet(self, said: Iterable[tuple[str, str]]) -> None:
        """Labels and values of one record, or headers and cells of one row."""
        found: Person = {}
        for label, value in said:
            kind = meaning(label)
            if kind in ("mrn", "name", "birth_date", "family", "given") and value.strip():
                found.setdefault(kind, value.strip())
        if "family" in found and "given" in found:
            found["name"] = f"{found['family']}, {found['given']}"
        person = {kind: found[kind] for kind in LABELS if kind in found}
        if len(person) < 2 or not is_number(person.get("mrn", "")):
            return
        known = next((one for one in self._known if _agree(one, person)), None)
        if known is None:
            self._known.append(person)
        else:
            known |= {kind: value for kind, value in person.items() if kind not in known}

    def recognise(self, scene: Scene) -> dict[Meaning, Field]:
        """Texts of a screen without a label that say whose it is, where number and one more are one person's."""
        labelled = {kind: one.value for one in scene.fields.values() if one.find and (kind := meaning(one.label))}
        for person in self._known:
            has = {kind for kind in LABELS if kind in labelled and _same(kind, person, labelled[kind])}
            more = {
                kind: field for one in scene.loose for kind in LABELS
                if kind not in labelled and (field := self._as(kind, person, one)) is not None
            }  # fmt: skip
            if more and "mrn" in {*has, *more} and len({*has, *more}) > 1:
                return more
        return {}

    def _as(self, kind: Meaning, person: Person, text: Field) -> Field | None:
        """The text as this identifier of this person; None if it is not that."""
        if kind not in person or text.behind:
            return None
        if _same(kind, person, text.value):
            return replace(text, label=LABELS[kind])
        parts = _LABELLED.fullmatch(text.value)
        if parts is None or not _same(kind, person, parts[2]) or not self._stays(parts[1]):
            return None
        return replace(text, label=LABELS[kind], value=parts[2], pattern=rf"^{re.escape(parts[1])}\s*(.+)$")


def _agree(one: Person, other: Person) -> bool:
    return all(_same(kind, one, other[kind]) for kind in one if kind in other)


def _same(kind: Meaning, person: Person, text: str) -> bool:
    said = person.get(kind, "")
    if not said:
        return False
    if kind == "mrn":
        return said.casefold() == text.strip().casefold()
    if kind == "birth_date":
        return (born := _date(said)) is not None and born == _date(text)
    return compare_spellings(parse_shown(said, name_form(said)), parse_shown(text, name_form(text))) == "agree"


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
