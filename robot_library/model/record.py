"""What was read from a screen: named fields, and whose they are."""

from __future__ import annotations

from typing import Literal

from robot_library.model.base import Frozen
from robot_library.model.person import Identity


class Record(Frozen):
    """Fields read from one screen, as text. `identity` is what that screen says about the person, if it does.

    Expressions reach a field as a member: `=order.accession`. `plain`: fields that the map says are no patient's.
    """

    kind: Literal["record"] = "record"
    source: str
    fields: dict[str, str]
    plain: tuple[str, ...] = ()
    identity: Identity | None = None
