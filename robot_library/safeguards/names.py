"""Person names by component: folded for case, accents and apostrophes, never compared by substring."""

from __future__ import annotations

import unicodedata

from robot_library.model.person import PersonName

_FOLD = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_DROP = dict.fromkeys(map(ord, "'’‘ʼ`´."))
_SPACE = dict.fromkeys(map(ord, "-‐‑–‒_"), " ")
_PLACEHOLDERS = {
    "unknown",
    "unbekannt",
    "inconnu",
    "desconocido",
    "desconocida",
    "sconosciuto",
    "trauma",
    "anonymous",
    "anonymized",
    "anonym",
    "nn",
    "unidentified",
    "unnamed",
    "noname",
    "emergency",
    "xxx",
}


def fold(text: str) -> tuple[str, ...]:
    """The words of one name component, comparable: "O’Brien-Núñez" → ("obrien", "nunez")."""
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD).translate(_DROP).translate(_SPACE)
    decomposed = unicodedata.normalize("NFKD", lowered)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return tuple(unicodedata.normalize("NFC", plain).split())


def is_placeholder(name: PersonName) -> bool:
    """A name given to somebody nobody knows yet; it identifies no one."""
    words = fold(f"{name.family} {name.given}")
    return not words or any(word in _PLACEHOLDERS for word in words)


def _script(name: PersonName) -> str:
    letters = [c for c in name.family + name.given if c.isalpha()]
    kinds = {unicodedata.name(c, "").split(" ")[0] for c in letters}
    return "LATIN" if "LATIN" in kinds else "+".join(sorted(kinds)) if len(kinds) <= 1 else "CJK"


def comparable(a: PersonName, b: PersonName) -> bool:
    """Both have family and given name, in one script."""
    return all((a.family, a.given, b.family, b.given)) and _script(a) == _script(b)


def compare(a: PersonName, b: PersonName) -> str:
    """'agree', 'differ', or 'silent' where one only leaves out what the other has.

    Family names must be equal. Given and middle names are words in order; a leading part of the other's
    words is silent (a middle name left out), anything else differs. Suffixes differ only if both are there.
    """
    if not comparable(a, b):
        return "silent"
    if fold(a.family) != fold(b.family):
        return "differ"
    if a.suffix and b.suffix and fold(a.suffix) != fold(b.suffix):
        return "differ"
    left, right = fold(f"{a.given} {a.middle}"), fold(f"{b.given} {b.middle}")
    if left == right:
        return "silent" if bool(a.suffix) != bool(b.suffix) else "agree"
    short, long = sorted((left, right), key=len)
    return "silent" if long[: len(short)] == short else "differ"


def parse_shown(text: str, form: str) -> tuple[PersonName, ...]:
    """A name as a screen shows it. Where family and given name cannot be told apart, every reading of it.

    `form`: family_comma_given ("NÚÑEZ, José María"), given_family ("José Núñez"), dicom (PN).
    """
    text = unicodedata.normalize("NFC", text).strip()
    if form == "dicom":
        return tuple(_from_pn(group) for group in text.split("=") if group.strip("^ "))
    if form == "family_comma_given":
        family, comma, given = text.partition(",")
        return (PersonName(family=family.strip(), given=given.strip()),) if comma else ()
    words = text.split()
    return tuple(PersonName(family=" ".join(words[cut:]), given=" ".join(words[:cut])) for cut in range(1, len(words)))


def _from_pn(group: str) -> PersonName:
    parts = [*group.split("^"), "", "", "", "", ""][:5]
    family, given, middle, prefix, suffix = (part.strip() for part in parts)
    return PersonName(family=family, given=given, middle=middle, prefix=prefix, suffix=suffix)
