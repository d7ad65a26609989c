"""Collects everything that is wrong, so that an author sees all of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Diagnostic, Place


class Problems:
    """Diagnostics in the making."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def add(
        self,
        place: Place,
        code: str,
        message: str,
        hint: str = "",
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        """Note one problem. Message and hint never hold a value that could be a patient's."""
        self.found.append(
            Diagnostic(
                file=place.file,
                line=place.line,
                column=place.column,
                code=code,
                severity=severity,
                message=message,
                hint=hint,
            )
        )

    def take(self, error: AuthoringError) -> None:
        """Add what another stage has found."""
        self.found.extend(error.diagnostics)

    def errors(self) -> list[Diagnostic]:
        return [diagnostic for diagnostic in self.found if diagnostic.severity == "error"]

    def raise_if_any(self) -> None:
        """AuthoringError with every diagnostic, in the order of the files."""
        if self.errors():
            raise AuthoringError(in_order(self.found))


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by place, each once."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda one: (one.file, one.line, one.column, one.code))


def single(place: Place, code: str, message: str, hint: str = "") -> AuthoringError:
    """An AuthoringError of one diagnostic."""
    problems = Problems()
    problems.add(place, code, message, hint)
    return AuthoringError(problems.found)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint: the nearest known word, several where each is one letter away; "" if none is near."""
    lowered = {choice.lower(): choice for choice in sorted(known, reverse=True)}
    near = get_close_matches(word.lower()[:100], lowered, n=3, cutoff=0.6)
    close = [one for one in near if one_edit_away(word.lower()[:100], one)]
    meant = " or ".join(f"'{lowered[one]}'" for one in (sorted(close) if len(close) > 1 else near[:1]))
    return f"Did you mean {meant}?" if near else ""


def one_edit_away(a: str, b: str) -> bool:
    """Whether one letter was left out, added, exchanged, or swapped with its neighbour. Figures are no letters: line_1
    is another thing than line_2."""
    begin = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    end = 0
    while end < min(len(a), len(b)) - begin and a[-1 - end] == b[-1 - end]:
        end += 1
    here, there = a[begin : len(a) - end], b[begin : len(b) - end]
    swapped = len(here) == 2 and here == there[::-1]
    return a != b and (max(len(here), len(there)) == 1 or swapped) and not any(map(str.isdigit, here + there))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint: the nearest known word, else the known words; "" if there are none."""
    choices = sorted(known)
    if not choices or (near := nearest(word, choices)):
        return near if choices else ""
    shown = ", ".join(choices[:12]) + (", …" if len(choices) > 12 else "")
    return f"Known here: {shown}."
