"""From a seed to an exposed film at full size: generator, enlargement, marker, shutter, noise, stored values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robot_library.hospital.films import exposure
from robot_library.hospital.films.film import Film, Kind, View, exposed
from robot_library.hospital.films.generator import TYPICALITY, draw
from robot_library.hospital.films.lateral import draw_lateral

Array = npt.NDArray[np.float32]
_BITS = range(10, 17)
_LEAST_SIDE = 128


def make_film(
    seed: int,
    kind: Kind,
    *,
    rows: int = 1200,
    cols: int = 1400,
    bits: int = 12,
    view: View = "AP",
    typicality: float = TYPICALITY,
) -> Film:
    """The film of this seed: the same arguments give the same bytes on the same machine.

    `bits` 10 to 16; `rows` and `cols` from 128; `typicality` as in `generator.draw`. A lateral (`LL`) film is
    drawn, not learned. Raises ValueError for sizes or depths outside these.
    """
    if bits not in _BITS or min(rows, cols) < _LEAST_SIDE:
        raise ValueError(f"A film needs 10 to 16 bits and sides from {_LEAST_SIDE}: got {bits} bits, {rows} x {cols}.")
    rng = np.random.default_rng([seed, 7, 0 if kind == "normal" else 1])
    small = draw_lateral(rng, kind) if view == "LL" else draw(seed, kind, typicality=typicality)
    shown = exposure.enlarge(small, rows, cols)
    shown = exposure.shutter(shown, rng)
    shown = exposure.marker(shown, rng, view)
    shown = exposure.noise(shown, rng)
    low, span = exposed(bits)
    stored = np.rint(low + span * shown).clip(0, (1 << bits) - 1)
    return Film(pixels=stored.astype(np.uint16), bits=bits, view=view, kind=kind, seed=seed)
