"""Takes out of a line of text whatever the item's own values say about a patient.

Actions write their lines without such values; this is the second net, for plug-ins and error messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from robot_library.model.person import Identity
from robot_library.model.record import Record
from robot_library.model.study import Study

HIDDEN = "•••"
_SHORTEST = 3


def mask(text: str, names: Mapping[str, Any]) -> str:
    """`text` with every value of the item's payload, records and studies hidden; whole words only."""
    if not text:
        return text
    secrets = sorted({value for value in _told(names) if len(value) >= _SHORTEST}, key=len, reverse=True)
    if not secrets:
        return text
    pattern = "|".join(re.escape(value) for value in secrets)
    return re.sub(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", HIDDEN, text)


def _told(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value.strip()
        case Mapping():
            for name, member in value.items():
                if name != "site":
                    yield from _told(member)
        case Record():
            yield from _told(value.fields)
            yield from _person(value.identity)
        case Study():
            yield from (value.accession, value.study_uid)
            yield from _person(value.identity)
        case list() | tuple():
            for member in value:
                yield from _told(member)


def _person(identity: Identity | None) -> Iterator[str]:
    if identity is None:
        return
    for number in (*identity.ids, *identity.merged_ids):
        yield number.value
    for name in (*identity.names, *identity.aliases):
        yield from (part for part in (name.family, name.given, name.middle) if part)
    if isinstance(identity.birth_date, date):
        yield from (identity.birth_date.isoformat(), identity.birth_date.strftime("%Y%m%d"))
