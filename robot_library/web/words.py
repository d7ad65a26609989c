"""The words on pages, by name, one file for each language: [queue] title = "Queue" is asked for as `queue.title`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Words:
    """The words of one language out of some folders. KeyError for a name that no file has: a page never shows a gap."""

    def __init__(self, folders: Sequence[Path], language: str = "en") -> None:
        self.language = language
        self._words: dict[str, str] = {}
        for folder in folders:
            tree = tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
            self._words |= dict(_flat(tree, ""))

    def __call__(self, _name: str, **values: object) -> str:
        """The words, with {name} filled."""
        text = self._words[_name]
        return text.format(**values) if values else text

    def __contains__(self, name: str) -> bool:
        return name in self._words

    def names(self) -> list[str]:
        """Every name, sorted."""
        return sorted(self._words)


def _flat(tree: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in tree.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(prefix + name, str(value))]
    return found
