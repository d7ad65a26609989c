"""Person names by component: folded for case, accents and apostrophes, never compared by substring."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

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
    "none",
    "n/a",
    "baby",
    "newborn",
    "neonate",
}
"""Words of names that are given to people whose name nobody knows (yet)."""
_SUFFIXES = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}


def fold(text: str) -> tuple[str, ...]:
    """The words of one name component, comparable: "O’Brien-Núñez" → ("obrien", "nunez").

    Accents fall only where they stand on letters that go without them too (Latin, Greek, Cyrillic): in other scripts
    the marks make another name (たかだ is not たかた, रमा is not रम).
    """
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD).translate(_DROP).translate(_SPACE)
    plain, base = [], ""
    for c in unicodedata.normalize("NFKD", lowered):
        if unicodedata.category(c) == "Cf":
            continue
        if not unicodedata.combining(c):
            base = unicodedata.name(c, "").partition(" ")[0]
        elif base in ("LATIN", "GREEK", "CYRILLIC"):
            continue
        plain.append(c)
    return tuple(unicodedata.normalize("NFC", "".join(plain)).split())


def is_placeholder(name: PersonName) -> bool:
    """A name given to somebody nobody knows yet; it identifies no one."""
    words = fold(f"{name.family} {name.given} {name.middle}")
    return not any(c.isalpha() for word in words for c in word) or any(word in _PLACEHOLDERS for word in words)


def script(name: PersonName) -> str:
    """In which letters a name is written: LATIN, CJK, CYRILLIC …; kana alone stand for themselves."""
    letters = [c for c in unicodedata.normalize("NFKC", name.family + name.given) if c.isalpha()]
    kinds = {unicodedata.name(c, "").split(" ")[0].partition("-")[0] for c in letters}
    return "LATIN" if "LATIN" in kinds else "+".join(sorted(kinds)) if len(kinds) <= 1 else "CJK"


def comparable(a: PersonName, b: PersonName) -> bool:
    """Both have family and given name, in one script."""
    return all((a.family, a.given, b.family, b.given)) and script(a) == script(b)


def compare_spellings(left: Sequence[PersonName], right: Sequence[PersonName]) -> str:
    """'agree', 'differ' or 'silent' for two names with all their groups, or all readings of what a screen shows.

    Groups are held against each other script by script, and none may differ: two people who are written alike in
    Latin letters are told apart by their characters.
    """
    found = set()
    for letters in {script(x) for x in left} & {script(y) for y in right}:
        verdicts = {compare(x, y) for x in left for y in right if script(x) == script(y) == letters}
        found.add(next(verdict for verdict in ("agree", "silent", "differ") if verdict in verdicts))
    return next((verdict for verdict in ("differ", "agree") if verdict in found), "silent")


def compare(a: PersonName, b: PersonName) -> str:
    """'agree', 'differ', or 'silent' where one only leaves out what the other has.

    Family names must be equal. Given and middle names are words in order; a leading part of the other's
    words is silent (a middle name left out), and so is another way to part the same letters into words; anything
    else differs. Suffixes differ only if both are there.
    """
    if script(a) != script(b):
        return "silent"
    if not comparable(a, b):
        return _part_of(a, b)
    (family, one), (others, two) = _without_suffix(a.family), _without_suffix(b.family)
    if "".join(family) != "".join(others):
        return "differ"
    left, three = _without_suffix(f"{a.given} {a.middle}")
    right, four = _without_suffix(f"{b.given} {b.middle}")
    suffixes = {_suffix(a.suffix), one, three} - {""}, {_suffix(b.suffix), two, four} - {""}
    if all(suffixes) and suffixes[0] != suffixes[1]:
        return "differ"
    if "".join(left) == "".join(right):
        return "agree" if suffixes[0] == suffixes[1] and (family, left) == (others, right) else "silent"
    short, long = sorted((left, right), key=len)
    return "silent" if long[: len(short)] == short else "differ"


def _part_of(a: PersonName, b: PersonName) -> str:
    """A name of one component never agrees; it differs if it has a word that the other has not."""
    left, right = (fold(f"{n.family} {n.given} {n.middle}") for n in (a, b))
    same_letters = sorted("".join(left)) == sorted("".join(right))
    return "silent" if same_letters or {*left} <= {*right} or {*right} <= {*left} else "differ"


def _suffix(text: str) -> str:
    words = fold(text)
    return _SUFFIXES.get(" ".join(words), " ".join(words))


def _without_suffix(text: str) -> tuple[tuple[str, ...], str]:
    """The words, and the generation that stands behind them ("García Jr.")."""
    words = fold(text)
    return (words[:-1], _SUFFIXES[words[-1]]) if len(words) > 1 and words[-1] in _SUFFIXES else (words, "")


def parse_shown(text: str, form: str) -> tuple[PersonName, ...]:
    """A name as a screen shows it. Where family and given name cannot be told apart, every reading of it.

    `form`: family_comma_given ("NÚÑEZ, José María"), given_family ("José Núñez"), dicom (PN). What does not have that
    form is a name of one component: it can contradict another name, and never agrees with one.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if form == "dicom":
        return tuple(_from_pn(group) for group in text.split("=") if group.strip("^ "))
    if form == "family_comma_given":
        family, _, given = text.partition(",")
        return (PersonName(family=family.strip(), given=given.strip()),) if family.strip() or given.strip() else ()
    words = text.split()
    if len(words) == 1:
        return (PersonName(family=words[0]),)
    return tuple(PersonName(family=" ".join(words[cut:]), given=" ".join(words[:cut])) for cut in range(1, len(words)))


def _from_pn(group: str) -> PersonName:
    parts = [*group.split("^"), "", "", "", "", ""][:5]
    family, given, middle, prefix, suffix = (part.strip() for part in parts)
    return PersonName(family=family, given=given, middle=middle, prefix=prefix, suffix=suffix)
