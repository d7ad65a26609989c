"""What a step has proven, and why one failed, in the reader's language.

Steps say it in English, and that is what is kept. Here each sentence there is, is known by its shape and said again out
of the catalogue; one that is not known (an author's own, a newer bot's) stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from robot_library.web.words import Words

_SHAPES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(f"{shape}")
    for name, shape in {
        "before_write": r"before the write: (?P<said>.+ agree between .+)",
        "before_commit": r"before the commit: (?P<said>.+ agree between .+)",
        "agree": r"(?P<what>.+) agree between (?P<sources>.+)",
        "state": r"state of (?P<screen>\S+) allows writing \((?P<count>\d+) rules\)",
        "typed": r"(?P<target>\S+) reads back exactly \((?P<count>\d+) characters\)",
        "point": r"accepted by operating point (?P<point>.+)",
        "verdict": r"(?P<verdict>\w+)ed by a person",
        "saved": r"(?:pressed|proven|\w+); the record opened anew shows (?P<fields>.+)",
        "attached": r"\w+; the record opened anew lists the picture",
        "check": r"the check holds",
        "confirmed": r"whoever started it has confirmed the patient",
        "films": r"accession and study are the ones asked for; complete; every object readable",
        "blanked": r"text was found at (?P<count>\d+) place\(s\) of the picture and made black",
        "screens": r"(?P<count>\d+) screens of (?P<system>.+) are as their map says",
        "after_crash": r"the record opened anew shows what the interrupted press should have left",
        "after_all": r"(?P<code>\w+) came up, but the proof, absent before the press, is there after it",
        "by_hand": r"(?P<who>.+) did this by hand, in the bot's window; the bot has looked",
        "stopped": r"everything is stopped",
        "bot_stopped": r"bot (?P<bot>.+) is stopped",
        "bot_disabled": r"bot (?P<bot>.+) is disabled",
        "disk": r"the disk has (?P<free>\S+) GB left, less than the (?P<least>\S+) GB that are kept free",
        "in_use": r"credential (?P<credential>\S+) is in use by another worker",
        "no_seat": r"every session of (?P<system>\S+) is taken \((?P<count>\d+)\)",
        "pace": r"(?P<what>.+) is worked on at its pace \((?P<count>\d+) items in (?P<span>.+)\)",
        "day_done": r"bot (?P<bot>\S+) has done its (?P<count>\d+) items of today",
        "draft": r"bot (?P<bot>\S+) is a draft, and (?P<map>\S+) is not on this machine",
    }.items()
}
_CODED = re.compile(r"(?P<code>[A-Z][A-Za-z]+): (?P<rest>.+)", re.DOTALL)


@dataclass(frozen=True)
class Said:
    """A sentence as it is read. `english`: it could not be said otherwise, and stands in English."""

    text: str
    english: bool = False


def said(sentence: str, words: Words) -> Said:
    """The sentence out of the catalogue; as it is, if nobody knows it."""
    for name, shape in _SHAPES.items():
        if found := shape.fullmatch(sentence):
            text = _put(name, found.groupdict(), words)
            return Said(text) if text else Said(sentence, words.language != "en")
    return Said(sentence, words.language != "en")


def failed(error: str, words: Words) -> tuple[Said, ...]:
    """Why a step failed: what its code means, then the error's own words. Only these, where the code says nothing."""
    found = _CODED.fullmatch(error)
    if found is None:
        return (Said(error, words.language != "en"),) if error else ()
    own = Said(found["rest"], words.language != "en")
    name = f"code.{found['code']}"
    return (Said(words(name)), own) if name in words else (own,)


def _put(name: str, values: dict[str, str], words: Words) -> str:
    if name == "verdict":
        known = f"proof.verdict_{values['verdict']}"
        return words(known) if known in words else ""
    if name in ("before_write", "before_commit"):
        values["said"] = said(values["said"], words).text
    for each, change in _INSIDE.items():
        if each in values:
            values[each] = change(values[each], words)
    return words(f"proof.{name}", **values)


def _what(text: str, words: Words) -> str:
    """patient number, name → as the language names them."""
    parts = [one.strip() for one in text.split(",")]
    return ", ".join(words(known) if (known := f"proof.{one.replace(' ', '_')}") in words else one for one in parts)


def _sources(text: str, words: Words) -> str:
    """screen:ehr.order and dicom → EHR (order), the films."""
    return ", ".join(source(one, words) for one in text.split(" and "))


def source(text: str, words: Words) -> str:
    """Where something was read, as people call it: screen:ehr.order is EHR (order)."""
    if text == "dicom":
        return words("proof.source_films")
    if not text.startswith("screen:"):
        return text
    role, _, screen = text.removeprefix("screen:").partition(".")
    system = role.upper() if len(role) <= 4 else role.capitalize()
    return f"{system} ({screen.replace('_', ' ')})" if screen else system


_INSIDE: Mapping[str, Callable[[str, Words], str]] = {"what": _what, "sources": _sources}
