"""The identity guard's rule: do independent sources speak of one person?

Two identifiers of the person must agree between sources of different systems: the patient number with its
issuer, and name or birth date. None may differ between any two. What was used to look a record up proves
nothing. Name and birth date without the number are not enough: namesakes born on one day exist.

Earlier names and merged numbers count only from the EHR's own record of them, and only between systems: a
system that says another number or name than it said a moment ago has had its record changed under our hands.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from itertools import combinations

from robot_library.errors import PatientMismatch, TooFewIdentifiers
from robot_library.model.person import IdentifierKind, Identity, PatientId, PersonName
from robot_library.safeguards import names

NEEDED = 2
_WORDS: dict[IdentifierKind, str] = {"patient_id": "patient number", "name": "name", "birth_date": "birth date"}
_PLACEHOLDER_DATES = frozenset(
    {
        date(1, 1, 1), date(1111, 11, 11), date(1600, 1, 1), date(1601, 1, 1), date(1753, 1, 1), date(1800, 1, 1),
        date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1970, 1, 1), date(2099, 12, 31),
        date(9999, 12, 31),
    }
)  # fmt: skip
"""What systems write where they know no date; nobody is proven by one of them."""
_NO_ISSUER = frozenset(
    {"", "unknown", "none", "null", "nil", "na", "n/a", "nobody", "unassigned", "not assigned", "not known",
     "undefined", "unbekannt", "inconnu", "desconocido", "sconosciuto"}
)  # fmt: skip
"""What stands in the place of an issuer where none is known."""


def compare(a: Identity, b: Identity) -> dict[IdentifierKind, str]:
    """Per identifier kind: 'agree', 'differ' or 'silent' (not comparable)."""
    return {
        "patient_id": _compare_ids(a, b),
        "name": _compare_names(a, b),
        "birth_date": _compare_dates(a.birth_date, b.birth_date),
    }


def agree(identities: Sequence[Identity], *, about: Identity | None = None) -> str:
    """Raise PatientMismatch or TooFewIdentifiers; otherwise say what agreed, without the values.

    With `about`, only agreement with that identity counts (the live screen before a write), while a
    difference between any two stops.
    """
    agreed: set[IdentifierKind] = set()
    by_look_up: set[IdentifierKind] = set()
    for a, b in combinations(identities, 2):
        verdicts = compare(a, b)
        if differing := [_WORDS[kind] for kind, verdict in verdicts.items() if verdict == "differ"]:
            raise PatientMismatch(
                f"{a.source} and {b.source} differ in {' and '.join(differing)}.",
                cure="Nothing was typed. A person finds out whose record and whose images these are.",
            )
        if a.system != b.system and (about is None or about in (a, b)):
            used = a.looked_up_by | b.looked_up_by
            both = {kind for kind, verdict in verdicts.items() if verdict == "agree"}
            agreed |= both - used
            by_look_up |= both & used
    if len(agreed) < NEEDED or "patient_id" not in agreed:
        have = ", ".join(_WORDS[kind] for kind in sorted(agreed)) or "nothing"
        raise TooFewIdentifiers(
            f"{have} agrees between independent sources; the patient number with its issuer and one more are needed.",
            cure=f"A person identifies the patient. {_lacks(by_look_up - agreed)}",
        )
    sources = " and ".join(dict.fromkeys(identity.source for identity in identities))
    return f"{', '.join(_WORDS[kind] for kind in sorted(agreed))} agree between {sources}"


def _lacks(by_look_up: set[IdentifierKind]) -> str:
    """What the author of the workflow does about it."""
    if by_look_up:
        what = " and ".join(_WORDS[kind] for kind in sorted(by_look_up))
        return f"The record was looked up by its {what}, which proves nothing then: open it by something else."
    return (
        "If a system never shows the issuer, name it: `issuer_is` in the screen map, or `issuer` of the app for images."
    )


def is_number(value: str) -> bool:
    """Whether this can be somebody's number: it has a digit, and is not one digit over and over (0000, 99999)."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", value) if c.isalnum())
    over_and_over = len(set(plain)) == 1 and (plain[0] == "0" or len(plain) >= 4)
    return any(c.isdigit() for c in plain) and not over_and_over


def _key(number: PatientId) -> tuple[str, str]:
    """(issuer, number); the issuer is "" where none is named."""
    issuer = " ".join((number.issuer or "").split()).casefold().strip("?-–—.* ")
    return "" if issuer in _NO_ISSUER else issuer, number.value.strip()


def _keys(numbers: Sequence[PatientId]) -> set[tuple[str, str]]:
    return {_key(number) for number in numbers if is_number(number.value)}


def _compare_ids(a: Identity, b: Identity) -> str:
    """Of one issuer, both must say the same numbers; another one counts only by the record of a merge."""
    left, right = _keys(a.ids), _keys(b.ids)
    issuers = {issuer for issuer, _ in left} & {issuer for issuer, _ in right} - {""}
    if issuers:
        here, there = ({key for key in keys if key[0] in issuers} for keys in (left, right))
        merged = a.system != b.system and (
            _explains(here, _keys(a.merged_ids), there) or _explains(there, _keys(b.merged_ids), here)
        )
        return "agree" if here == there or merged else "differ"
    unlike = any(not (issuer and other) and value != another for issuer, value in left for other, another in right)
    return "differ" if unlike else "silent"


def _explains(own: set[tuple[str, str]], merged: set[tuple[str, str]], others: set[tuple[str, str]]) -> bool:
    """Whether all these numbers are the record's own or were merged into it, at least one of them merged."""
    return bool(others & merged) and others <= own | merged


def _compare_names(a: Identity, b: Identity) -> str:
    if any(names.is_placeholder(n) for n in (*a.names, *b.names)):
        return "silent"
    verdict = names.compare_spellings(a.names, b.names)
    if verdict != "differ" or a.system == b.system:
        return verdict
    aliased = _any_agree(a.aliases, b.names) or _any_agree(b.aliases, a.names)
    return "agree" if aliased else "differ"


def _any_agree(aliases: Sequence[PersonName], others: Sequence[PersonName]) -> bool:
    return any(names.compare(alias, other) == "agree" for alias in aliases for other in others)


def _compare_dates(a: date | None, b: date | None) -> str:
    if a is None or b is None or a in _PLACEHOLDER_DATES or b in _PLACEHOLDER_DATES:
        return "silent"
    return "agree" if a == b else "differ"
