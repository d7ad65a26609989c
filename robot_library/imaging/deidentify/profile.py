"""A chosen profile: the Basic Profile with options, their codes, and what they make of each row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from robot_library.imaging.deidentify.table import SHARED, Row

Act = Literal["remove", "empty", "replace", "remap", "keep", "clean", "inside"]
"""X, Z, D, U, K, C; `inside` (X/Z/U*): the sequence stays, its UIDs are remapped."""

BASIC = ("113100", "Basic Application Confidentiality Profile")
OPTIONS: dict[str, tuple[str, str]] = {
    "clean-pixels": ("113101", "Clean Pixel Data Option"),
    "clean-graphics": ("113103", "Clean Graphics Option"),
    "clean-structured": ("113104", "Clean Structured Content Option"),
    "clean-descriptors": ("113105", "Clean Descriptors Option"),
    "retain-dates": ("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    "shift-dates": ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    "retain-patient": ("113108", "Retain Patient Characteristics Option"),
    "retain-device": ("113109", "Retain Device Identity Option"),
    "retain-uids": ("113110", "Retain UIDs Option"),
    "retain-private": ("113111", "Retain Safe Private Option"),
    "retain-institution": ("113112", "Retain Institution Identity Option"),
}
"""Option → its code and meaning in CID 7050."""
PROFILES: dict[str, tuple[str, ...]] = {
    "basic": (),
    "clean": ("clean-pixels",),
    "research": (
        "clean-pixels", "clean-descriptors", "clean-structured", "shift-dates", "retain-patient", "retain-private",
    ),
}  # fmt: skip
"""Named sets of options."""

_ACTS: dict[str, Act] = {"X": "remove", "Z": "empty", "D": "replace", "U": "remap", "U*": "inside"}


@dataclass(frozen=True)
class Profile:
    """The Basic Profile with these options. ValueError for one that is not known, or two that exclude each other."""

    name: str = "basic"
    options: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if unknown := sorted(self.options - OPTIONS.keys()):
            raise ValueError(f"there is no option {unknown[0]!r}; there are {', '.join(OPTIONS)}")
        if {"retain-dates", "shift-dates"} <= self.options:
            raise ValueError("retain-dates and shift-dates exclude each other")

    def has(self, option: str) -> bool:
        return option in self.options

    def codes(self) -> list[tuple[str, str]]:
        """(code, meaning) of the profile and its options, in the order of CID 7050."""
        return [BASIC, *sorted(OPTIONS[name] for name in self.options)]

    def act(self, row: Row) -> tuple[Act, str]:
        """What happens to an attribute, and the rule's name for the proof.

        Of `X/Z/D` the last is taken: it leaves an object valid whatever type the attribute has in it.
        """
        chosen = {row.options[name]: name for name in sorted(self.options) if name in row.options}
        if "K" in chosen:
            return "keep", f"K {chosen['K']}"
        if "C" in chosen and not (chosen["C"] == "shift-dates" and row.tag in SHARED):
            return "clean", f"C {chosen['C']}"
        return self.basic(row), row.basic

    @staticmethod
    def basic(row: Row) -> Act:
        """What the Basic Profile alone makes of an attribute."""
        return _ACTS[row.basic.split("/")[-1]]


def profile_of(name: str, options: tuple[str, ...] = ()) -> Profile:
    """A named profile with more options. ValueError, in words, for what is not known."""
    if name not in PROFILES:
        raise ValueError(f"there is no profile {name!r}; there are {', '.join(PROFILES)}")
    return Profile(name, frozenset(PROFILES[name]) | frozenset(options))
