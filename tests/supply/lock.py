"""requirements.lock as data: what a site installs, each file of it by its hash."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
NOT_LOCKED = {"dev", "train"}
"""Extras that no site installs."""


@dataclass(frozen=True)
class Locked:
    """One line: a release for some machines, and the SHA-256 of each of its files."""

    need: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """As the registry writes it."""
        return canonicalize_name(self.need.name)

    def version(self) -> str:
        """The one that it is pinned to."""
        (only,) = self.need.specifier
        assert only.operator == "==", self.need
        return only.version

    def here(self, machine: dict[str, str]) -> bool:
        """Whether this machine has it."""
        return self.need.marker is None or self.need.marker.evaluate(dict(machine))


def locked(text: str) -> list[Locked]:
    """All lines of a lock."""
    found = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        said, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
        if said and not said.startswith("#"):
            found.append(Locked(Requirement(said), tuple(hashes)))
    return found


def pinned(text: str) -> dict[str, str]:
    """Version by name, of constraints.txt."""
    lines = (line.split("#")[0].split(";")[0].strip() for line in text.splitlines())
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def asked_for(text: str) -> list[Requirement]:
    """What pyproject.toml asks for, with every extra that sites install."""
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for name in extras if name not in NOT_LOCKED for line in extras[name])]
    return [Requirement(line) for line in lines]
