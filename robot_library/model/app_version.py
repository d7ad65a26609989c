"""A screen map's `version`: on which versions of its application it was verified, and where the application says it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, Field

from robot_library.model.base import Frozen


def _telling(text: str) -> str:
    if not text.strip("*?. "):
        raise ValueError("would take any version; write as much of it as does not change, as in 7.0.*")
    return text


Verified = Annotated[str, AfterValidator(_telling)]


class Numbered(Frozen):
    """Where a version stands in a text, and which were verified. `*` in one stands for anything, as in 7.0.*"""

    pattern: str | None = None
    """A regular expression; its first group, or the whole match, is the version. Without it, the whole text."""
    verified: tuple[Verified, ...] = Field(min_length=1)
    """Versions on which somebody has looked at every screen of this map."""

    def fits(self, version: str) -> bool:
        """Whether this map was verified on it."""
        return any(fnmatchcase(version, one) for one in self.verified)
