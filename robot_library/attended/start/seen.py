"""Numbers of an order in what a window says: only what fits the pattern of one of the form's fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from robot_library.attended.startable import Startable
from robot_library.model.values import SCALAR_TYPES

_MOST = 8
"""So many numbers of one kind are offered to choose from."""


@dataclass(frozen=True)
class Seen:
    """By field what fits it, each once, in the order of the window. `drawn`: read from pixels, where characters may be
    mistaken for others."""

    fits: Mapping[str, Sequence[str]]
    drawn: bool

    @property
    def only(self) -> dict[str, str]:
        """Fields that just one thing fits."""
        return {name: found[0] for name, found in self.fits.items() if len(found) == 1}

    @property
    def several(self) -> dict[str, Sequence[str]]:
        """Fields that a person must choose for."""
        return {name: found[:_MOST] for name, found in self.fits.items() if len(found) > 1}


def seen(bot: Startable, said: Iterable[Sequence[str]]) -> Seen:
    """What fits the bot's form. `said`: texts as the program tells them, then as they stand in the picture; the picture
    is asked for only where the first hold nothing that fits."""
    fits: dict[str, Sequence[str]] = {}
    for place, texts in enumerate(said):
        fits = {name: found for name, pattern in _patterns(bot).items() if (found := _fit(pattern, texts))}
        if fits:
            return Seen(fits, drawn=place > 0)
    return Seen(fits, drawn=False)


def takes_numbers(bot: Startable) -> bool:
    """Whether one of its fields has a pattern: without one any word would fit."""
    return bool(_patterns(bot))


def _patterns(bot: Startable) -> dict[str, re.Pattern[str]]:
    inputs = bot.workflow.item.items()
    return {
        name: re.compile(rf"(?<![^\W_])(?:{how.pattern})(?![^\W_])")
        for name, how in inputs
        if how.pattern and how.type in SCALAR_TYPES
    }


def _fit(pattern: re.Pattern[str], texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(found.group() for text in texts for found in pattern.finditer(text)))
