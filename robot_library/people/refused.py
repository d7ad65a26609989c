"""Why somebody who has proven who they are elsewhere, or has not, does not come in."""

from __future__ import annotations


class Refused(Exception):
    """`reason` names the words that say so (`elsewhere.REASON`); `who` is a name that was proven, for the
    audit trail."""

    def __init__(self, reason: str, who: str = "") -> None:
        super().__init__(reason)
        self.reason, self.who = reason, who
