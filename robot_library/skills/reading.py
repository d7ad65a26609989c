"""What came of one input below the header, and what its task concludes from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from robot_library.model.finding import Decision, Measurement
from robot_library.skills.codes import AbstentionCode

Film = NDArray[np.float32]
"""(rows, columns) float32, 0 black to 1 white, as DICOM's grayscale pipeline ends."""


class Abstains(Exception):
    """What is given to a skill cannot be read by it: the code, and what says more without a value of the patient."""

    def __init__(self, code: AbstentionCode, more: str = "") -> None:
        super().__init__(code.value)
        self.code, self.more = code, more


@dataclass(frozen=True)
class Reading:
    """A code, or a number with the evidence for it.

    evidence: the model's own map (1, 1, h, w) · masks: segment label → bool, in the grid of what was loaded.
    """

    code: AbstentionCode | None = None
    score: float = math.nan
    logit: float = math.nan
    evidence: Film | None = None
    masks: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    measurements: tuple[Measurement, ...] = ()


@dataclass(frozen=True)
class Conclusion:
    """What a reading says by the manifest's operating points. `pictures` are PNG bytes by name (of a segmentation also
    `mask`, an .npz)."""

    label: str
    decision: Decision
    point: str
    n: int
    thresholds: Mapping[str, float] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    key_image: str = ""
    """SOPInstanceUID of the image a reader should look at first; empty: whoever asks knows."""
