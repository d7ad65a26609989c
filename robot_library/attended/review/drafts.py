"""Which fields of the draft a person may edit, and which of them they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from robot_library.errors import SetupError
from robot_library.model.review import Asked, DraftField

LONGEST = 4000
"""Characters of one field."""


@dataclass(frozen=True)
class Field:
    """A field as it stands on the page: the draft's text for each decision, and what a person has made of it."""

    of: DraftField
    positive: str
    negative: str
    text: str
    edited: bool
    may: bool


def fields(asked: Asked, decision: str, edits: Mapping[str, str], *, clinical: bool, held: bool) -> list[Field]:
    """The fields a reader can make use of, with the text for this decision; a text that depends on a decision nobody
    has taken yet is empty. `clinical`: this person may edit findings; `held`: they are at it."""
    found = []
    for one in (each for each in asked.fields if not each.ours):
        yes, no = (asked.drafts.get(name, {}).get(one.id, "") for name in ("positive", "negative"))
        drafted = yes if decision == "positive" or yes == no else no if decision == "negative" else ""
        may = held and may_edit(one, clinical=clinical)
        found.append(Field(one, yes, no, edits.get(one.id, drafted), one.id in edits, may))
    return found


def may_edit(one: DraftField, *, clinical: bool) -> bool:
    """Whether somebody may edit a field: a clerk what is administrative, a reviewer all but what says how it came."""
    return not one.ours and (clinical or one.administrative)


def edits_of(
    asked: Asked, typed: Mapping[str, str], decision: str, *, clinical: bool, before: Mapping[str, str]
) -> dict[str, str]:
    """What of the typed fields differs from the draft; as long as nobody has decided, a field that depends on the
    decision stands empty, and empty is no edit of it. What was edited before and is not sent, or may not be touched by
    this person, stays. SetupError for a field that they may not edit, or that is not there."""
    known = {one.id: one for one in asked.fields}
    kept = (name for name in before if name not in typed or not may_edit(known[name], clinical=clinical))
    found = {name: before[name] for name in kept}
    for name, text in typed.items():
        one, clean = known.get(name), tidied(text)
        drafted = {tidied(drafts.get(name, "")) for drafts in asked.drafts.values()}
        shown = drafted | ({""} if not decision and len(drafted) > 1 else set())
        if one is not None and (clean in shown or found.get(name) == clean):
            continue
        if one is None or not may_edit(one, clinical=clinical):
            raise SetupError("this field of the report is not yours to edit.", cure="A reviewer may.")
        found[name] = clean
    return found


def tidied(text: str, longest: int = LONGEST) -> str:
    """As screens can take it: line ends as \\n, every other blank a plain one, nothing invisible. Text from word
    processors and pages has blanks of many kinds: without one, "5" and "10 mm" would be 510 mm."""
    plain = text.replace("\r\n", "\n").translate(_BREAKS)
    blanks = "".join(" " if letter.isspace() and letter != "\n" else letter for letter in plain)
    kept = "".join(letter for letter in blanks if letter == "\n" or letter.isprintable())
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip()[:longest]


_BREAKS = dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029"), "\n")
"""What parts lines besides \\n."""
