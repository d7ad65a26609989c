"""site.yaml, `skills`: whose signatures on skills count here, and whether an unsigned skill may be used."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from robot_library.model.base import Frozen

PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""32 bytes of Ed25519, base64, as `wetread skills sign --new-key` prints them."""


class SkillTrust(Frozen):
    """Who vouches for skills. A signature that is there and does not hold is refused in either case."""

    signatures: Literal["optional", "required"] = "optional"
    """required: a skill that no key of `keys` has signed is not loaded."""
    keys: dict[str, PublicKey] = {}
    """Public keys by the name of whoever signs."""

    @model_validator(mode="after")
    def _somebody_signs(self) -> Self:
        if self.signatures == "required" and not self.keys:
            raise ValueError("signatures are required, and 'keys' names nobody who signs")
        return self
