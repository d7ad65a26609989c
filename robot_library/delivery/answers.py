"""What receivers over HTTP say of a report that they have taken. They are other people's programs: whatever they say,
the report that was taken stays taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from robot_library.errors import NotDelivered

_FAILED, _REASON = "00081198", "00081197"
_FULL = range(0xA700, 0xA800)


def kept_at(url: str, location: str, before: str) -> str:
    """Where a FHIR server keeps the report, without the part that names one version; `before` if it does not say, or
    says something that is no address."""
    if not location:
        return before
    try:
        return urljoin(f"{url}/", location).partition("/_history/")[0]
    except ValueError:
        return before


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
