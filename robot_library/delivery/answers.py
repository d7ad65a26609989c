"""What receivers over HTTP say of a report that they have taken. They are other people's programs: whatever they say,
the report that was taken stays taken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from robot_library.errors import NotDelivered

_IDENT = re.compile(r"[A-Za-z0-9.-]{1,64}")
"""Of a FHIR resource."""
_FAILED, _REASON = "00081198", "00081197"
_FULL = range(0xA700, 0xA800)


def kept_at(url: str, location: str, before: str) -> str:
    """Where a FHIR server keeps the report; `before` if it does not say. Of the place that it names the resource's id
    alone counts: it may know itself by an address of the inside, and the next version, with our credential, goes to no
    other server than the one at `url`."""
    try:
        path = urlsplit(location).path.partition("/_history/")[0].rstrip("/")
    except ValueError:
        return before
    kind, _, ident = path.rpartition("/")
    known = kind.rpartition("/")[2] == "DiagnosticReport" and _IDENT.fullmatch(ident) and ident.strip(".")
    return f"{url}/DiagnosticReport/{ident}" if known else before


def bearing(body: bytes, system: str, value: str) -> list[str]:
    """Ids of the reports in an answer to a search that bear this identifier; some servers answer with all they have."""
    entries = _member(_json(body), "entry")
    found = [_member(one, "resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return [
        str(_member(one, "id"))
        for one in found
        if _member(one, "resourceType") == "DiagnosticReport" and _identified(one, system, value)
    ]


def _identified(resource: Any, system: str, value: str) -> bool:
    known = _member(resource, "identifier")
    return isinstance(known, list) and any(
        (_member(one, "system"), _member(one, "value")) == (system, value) for one in known
    )


def _member(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, dict) else None


def none_failed(status: int, body: bytes) -> None:
    """NotDelivered if a PACS says of an object that it was not stored."""
    reasons = list(_reasons(body))
    if reasons or status == 409:
        full = bool(reasons) and all(reason in _FULL for reason in reasons)
        code = f"Dicom{reasons[0]:04X}" if reasons else "Http409"
        raise NotDelivered(code, f"the PACS did not take {len(reasons) or 'all'} of the objects.", again=full)


def lists_some(body: bytes) -> bool:
    """Whether a PACS that was asked has answered with a list that is not empty."""
    said = _json(body)
    return isinstance(said, list) and len(said) > 0


def _reasons(body: bytes) -> Iterator[int]:
    """The reason of each object that failed; 0 where it is not said as it should be."""
    said = _json(body)
    said = said[0] if isinstance(said, list) and said else said
    for one in _values(said, _FAILED):
        reason = next(iter(_values(one, _REASON)), 0)
        yield reason if isinstance(reason, int) and 0 <= reason <= 0xFFFF else 0


def _values(said: Any, tag: str) -> list[Any]:
    held = said.get(tag) if isinstance(said, dict) else None
    found = held.get("Value") if isinstance(held, dict) else None
    return found if isinstance(found, list) else []


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
