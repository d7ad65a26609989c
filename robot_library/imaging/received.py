"""What every source hands over: where an object's bytes are, and how to name it before it can be read."""

from __future__ import annotations

from typing import NamedTuple


class Received(NamedTuple):
    """One object as it came. `name` is a UID or a running number, never a file name with a patient in it."""

    name: str
    blob: str
