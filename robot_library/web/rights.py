"""What the roles of an application give the right to, and how long a session lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Lasts:
    """How long a session lasts, in seconds: in all, and while nobody does anything."""

    whole: float
    idle: float


@dataclass(frozen=True)
class Rights:
    """The roles of one application. A person may have several, written with blanks between them: "clerk admin"."""

    gives: Mapping[str, frozenset[str]]
    """Role → what it gives the right to."""
    lasts: Mapping[str, Lasts]

    def may(self, has: str, needs: str) -> bool:
        """Whether one of a person's roles gives a right. A role that is not known gives none."""
        return any(needs in self.gives.get(role, frozenset()) for role in has.split())

    def lasting(self, has: str) -> Lasts:
        """How long a session of these roles lasts: as the longest of them; no time at all for roles nobody knows."""
        known = [self.lasts[role] for role in has.split() if role in self.lasts]
        if not known:
            return Lasts(0.0, 0.0)
        return Lasts(max(one.whole for one in known), max(one.idle for one in known))
