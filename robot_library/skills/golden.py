"""A skill's golden cases run again on this machine: the same input must give the same answer everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from robot_library.errors import SetupError
from robot_library.model.base import Frozen
from robot_library.model.skill import Expect, Golden
from robot_library.parsing.damaged import DAMAGED
from robot_library.skills.host import Film, Skill
from robot_library.skills.volume_ops import Grid
from robot_library.skills.volumes import Scan


class Exposed(Protocol):
    """A synthetic film: stored values (rows, columns), MONOCHROME2, and the window (centre, width) that shows them."""

    @property
    def pixels(self) -> NDArray[np.uint16]: ...
    @property
    def window(self) -> tuple[float, float]: ...


MakeFilm = Callable[[int, Any], Exposed]
"""(seed, kind) → film: the demo hospital's `make_film`. The caller has the generator, this room has not."""


class GoldenResult(Frozen):
    """One golden case: what was expected, what came, whether they agree."""

    case: str
    expected: str
    found: str
    passed: bool

    def __str__(self) -> str:
        return f"{'ok  ' if self.passed else 'FAIL'} {self.case}: expected {self.expected}, found {self.found}"


def run_golden(skill: Skill, make_film: MakeFilm | None = None) -> list[GoldenResult]:
    """Run every golden case of a skill. Raises SetupError if a film file is missing or exchanged, or if cases
    name synthetic films and no generator was given."""
    results = []
    for number, golden in enumerate(skill.manifest.golden, 1):
        found = answer(skill, _input(skill, golden, make_film))
        results.append(
            GoldenResult(
                case=f"{number} ({_name(golden)})",
                expected=_plain(golden.expect),
                found=_plain(found),
                passed=agrees(found, golden.expect, golden.atol),
            )
        )
    return results


def answer(skill: Skill, pixels: Any) -> Expect:
    """What the skill says about a film or a volume, in the form a golden case expects it."""
    reading = skill.read(pixels)
    if reading.code is not None:
        return Expect(abstains=reading.code.value)
    return Expect(score=reading.score, decision=skill.conclude(reading, pixels).decision)


def agrees(found: Expect, expected: Expect, atol: float) -> bool:
    """Same code; or same decision, and scores at most atol apart."""
    if found.score is None or expected.score is None:
        return found.abstains is not None and found.abstains == expected.abstains
    return found.decision == expected.decision and abs(found.score - expected.score) <= atol


def _name(golden: Golden) -> str:
    return golden.file or (f"{golden.film.kind} film, seed {golden.film.seed}" if golden.film else "")


def _plain(expect: Expect) -> str:
    return f"abstains: {expect.abstains}" if expect.score is None else f"{expect.decision} {expect.score:.4f}"


def _input(skill: Skill, golden: Golden, make_film: MakeFilm | None) -> Any:
    if golden.file is not None:
        data = _bytes(skill.folder / golden.file, str(golden.sha256), skill.manifest.skill)
        return _stored(data, skill.manifest.input.kind, f"skill {skill.manifest.skill!r}: {golden.file!r}")
    if make_film is None or golden.film is None:
        raise SetupError(f"skill {skill.manifest.skill!r}: its golden films need the film generator")
    return shown(make_film(golden.film.seed, golden.film.kind))


def shown(film: Exposed) -> Film:
    """Stored values through their window (VOI LUT function LINEAR), as the imaging room would: 0 black to 1 white."""
    centre, width = film.window
    values = (film.pixels.astype(np.float64) - (centre - 0.5)) / (width - 1) + 0.5
    return np.clip(values, 0, 1).astype(np.float32)


def _stored(data: bytes, kind: str, what: str) -> Any:
    try:
        return as_scan(data) if kind == "volume" else np.load(BytesIO(data), allow_pickle=False)
    except (TypeError, *DAMAGED):
        raise SetupError(f"{what} is no golden file of a {kind} skill", cure=_FORMS[kind]) from None


_FORMS = {
    "film": "It takes an .npy: (rows, columns) float32, 0 black to 1 white. Synthetic films need no file.",
    "volume": "It takes an .npz: channels (c, i, j, k) float32, affine 4 x 4 voxel index to RAS mm.",
    "text": "It takes an .npy.",
    "table": "It takes an .npy.",
}


def as_scan(data: bytes) -> Scan:
    """The bytes of a volume stored as .npz: channels (c, i, j, k) float32, affine 4 x 4 voxel index → RAS mm."""
    with np.load(BytesIO(data), allow_pickle=False) as stored:
        channels, affine = stored["channels"], stored["affine"]
    _, i, j, k = channels.shape
    uids = tuple(f"2.25.{place + 1}" for place in range(k))
    return Scan(channels, Grid((i, j, k), affine), (uids,) * len(channels))


def _bytes(path: Path, sha256: str, skill: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError:
        raise SetupError(f"skill {skill!r}: the golden file {path.name!r} cannot be read") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SetupError(f"skill {skill!r}: the golden file {path.name!r} is not the one the manifest names")
    return data
