"""Roles, from the least to the most: whoever has one may do all that those before it may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["viewer", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Lasts:
    """How long a session lasts, in seconds: in all, and while nobody does anything."""

    whole: float
    idle: float


_HOUR = 3600.0
LASTS: Mapping[Role, Lasts] = {
    "viewer": Lasts(30 * 24 * _HOUR, 30 * 24 * _HOUR),
    "operator": Lasts(12 * _HOUR, 4 * _HOUR),
}
"""A viewer's screen may hang on a wall; an operator's may not be left open overnight."""


def may(has: Role, needs: Role) -> bool:
    """Whether one role includes another."""
    return ROLES.index(has) >= ROLES.index(needs)
