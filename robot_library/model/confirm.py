"""What whoever starts a bot by hand is shown before it writes: whose record it has in front of it."""

from __future__ import annotations

from typing import Literal

from robot_library.model.base import Frozen
from robot_library.model.person import Identity

CONFIRM = "ConfirmPatient"
"""The code of that question: no finding is asked about."""


class Whose(Frozen):
    """`patients`: what each independent source said, as the bot read it; they agreed."""

    kind: Literal["whose"] = "whose"
    patients: tuple[Identity, ...]
