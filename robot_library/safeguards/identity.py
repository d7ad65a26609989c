"""The identity guard's rule: do independent sources speak of one person?

Two identifiers of the person must agree between sources of different systems: the patient number with its
issuer, and name or birth date. None may differ between any two. What was used to look a record up proves
nothing. Name and birth date without the number are not enough: namesakes born on one day exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations

from robot_library.errors import PatientMismatch, TooFewIdentifiers
from robot_library.model.person import IdentifierKind, Identity, PatientId, PersonName
from robot_library.safeguards import names

NEEDED = 2
_WORDS: dict[IdentifierKind, str] = {"patient_id": "patient number", "name": "name", "birth_date": "birth date"}
_PLACEHOLDER_DATES = frozenset({date(1900, 1, 1), date(1800, 1, 1), date(1, 1, 1), date(9999, 12, 31)})


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
    for a, b in combinations(identities, 2):
        verdicts = compare(a, b)
        if differing := [_WORDS[kind] for kind, verdict in verdicts.items() if verdict == "differ"]:
            raise PatientMismatch(
                f"{a.source} and {b.source} differ in {' and '.join(differing)}.",
                cure="Nothing was typed. A person finds out whose record and whose images these are.",
            )
        if a.system != b.system and (about is None or about in (a, b)):
            used = a.looked_up_by | b.looked_up_by
            agreed |= {kind for kind, verdict in verdicts.items() if verdict == "agree" and kind not in used}
    if len(agreed) < NEEDED or "patient_id" not in agreed:
        have = ", ".join(_WORDS[kind] for kind in sorted(agreed)) or "nothing"
        raise TooFewIdentifiers(
            f"{have} agrees between independent sources; the patient number with its issuer and one more are needed.",
            cure="A person identifies the patient. If a system never shows the issuer, name it in the bot.",
        )
    sources = " and ".join(dict.fromkeys(identity.source for identity in identities))
    return f"{', '.join(_WORDS[kind] for kind in sorted(agreed))} agree between {sources}"


def _key(number: PatientId) -> tuple[str, str]:
    return (number.issuer or "").strip().casefold(), number.value.strip()


def _compare_ids(a: Identity, b: Identity) -> str:
    left, right = [n for n in a.ids if n.value.strip()], [n for n in b.ids if n.value.strip()]
    if not left or not right:
        return "silent"
    known = {_key(n) for n in left if n.issuer} & {_key(n) for n in right if n.issuer}
    merged = {_key(n) for n in a.merged_ids} & {_key(n) for n in right}
    merged |= {_key(n) for n in b.merged_ids} & {_key(n) for n in left}
    if known or any(issuer for issuer, _ in merged):
        return "agree"
    for one in left:
        for other in right:
            same_issuer = not one.issuer or not other.issuer or _key(one)[0] == _key(other)[0]
            if same_issuer and one.value.strip() != other.value.strip():
                return "differ"
    return "silent"


def _compare_names(a: Identity, b: Identity) -> str:
    if any(names.is_placeholder(n) for n in (*a.names, *b.names)):
        return "silent"
    verdicts = {names.compare(x, y) for x in a.names for y in b.names}
    if "agree" in verdicts:
        return "agree"
    if "differ" not in verdicts:
        return "silent"
    aliased = _any_agree(a.aliases, b.names) or _any_agree(b.aliases, a.names)
    return "agree" if aliased else "silent" if "silent" in verdicts and _same_script_silent(a, b) else "differ"


def _same_script_silent(a: Identity, b: Identity) -> bool:
    """One group of the name merely leaves something out, in a script both have."""
    return any(names.comparable(x, y) and names.compare(x, y) == "silent" for x in a.names for y in b.names)


def _any_agree(aliases: Sequence[PersonName], others: Sequence[PersonName]) -> bool:
    return any(names.compare(alias, other) == "agree" for alias in aliases for other in others)


def _compare_dates(a: date | None, b: date | None) -> str:
    if a is None or b is None or a in _PLACEHOLDER_DATES or b in _PLACEHOLDER_DATES:
        return "silent"
    return "agree" if a == b else "differ"
