"""One unit of work and its life."""

from __future__ import annotations

from typing import Literal

from robot_library.model.base import Frozen

State = Literal[
    "new", "in_progress", "waiting_for_person", "done", "business_exception", "application_exception", "dead"
]


class WorkItem(Frozen):
    """`id` is opaque (random or an HMAC), safe for logs; `payload` may hold patient data."""

    id: str
    bot: str
    payload: dict[str, str]
    state: State = "new"
    priority: int = 10
