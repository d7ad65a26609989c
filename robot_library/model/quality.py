"""One film as quality assurance remembers it: its device, when, what was measured. Nothing says whose it is."""

from __future__ import annotations

from typing import Literal

from robot_library.model.base import Frozen


class QualityEntry(Frozen):
    """A measured film. `key` and `study` are keyed hashes; `day` YYYY-MM-DD and `clock` HH:MM:SS are empty if not said.

    `flags` are the limits that were crossed ("repeat noise.sigma above" → the limit), `code` is an abstention's.
    `thumbnail` is the reference of a small picture in the blob store, with writing on the film covered.
    """

    key: str
    study: str
    day: str
    clock: str = ""
    station: str = ""
    manufacturer: str = ""
    skill: str
    version: str
    decision: Literal["positive", "negative", "uncertain", "abstained"]
    point: str = ""
    code: str = ""
    score: float | None = None
    values: dict[str, float] = {}
    flags: dict[str, float] = {}
    thumbnail: str = ""
    fingerprint: str = ""
    """imaging.quality.fingerprint as hexadecimal digits, to find a film that was sent twice."""
