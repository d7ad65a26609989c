"""One label: a logit, calibrated, decided by rule_out and rule_in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from robot_library.model.skill import Output, SkillManifest
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.decision import decide, probability
from robot_library.skills.explain import overlay
from robot_library.skills.reading import Conclusion, Reading
from robot_library.skills.session import Tensor


class Classification:
    """Implements tasks.Task for `task: classification`."""

    def __init__(self, manifest: SkillManifest) -> None:
        self._output = manifest.outputs[0]

    def needs(self) -> set[str]:
        """The label's output, and its map where there is one."""
        return {self._output.logit} | ({self._output.explain} if self._output.explain else set())

    def read(self, outputs: Mapping[str, Tensor], given: Any) -> Reading:
        """The calibrated score; `no_number` when there is none."""
        logit = logit_of(outputs[self._output.logit], self._output)
        if not math.isfinite(logit):
            return Reading(AbstentionCode.NO_NUMBER)
        evidence = outputs[self._output.explain] if self._output.explain else None
        return Reading(None, probability(logit, self._output.calibration), logit, evidence)

    def conclude(self, reading: Reading, given: Any, *, pictures: bool) -> Conclusion:
        """Negative, positive or uncertain, with the point that says so."""
        points = self._output.operating_points
        decision, point, n = decide(reading.score, points)
        drawn = {}
        if pictures and reading.evidence is not None:
            drawn["overlay"] = overlay(given, reading.evidence, self._output.calibration.slope)
        return Conclusion(
            label=self._output.label,
            decision=decision,
            point=point,
            n=n,
            thresholds={"rule_out": points.rule_out.threshold, "rule_in": points.rule_in.threshold},
            pictures=drawn,
        )


def logit_of(value: Tensor, output: Output) -> float:
    """The label's logit from what the model gave for a batch of one; NaN when it gave no such number."""
    numbers = np.asarray(value, np.float64).reshape(-1)
    index = output.index
    if index is None:
        if numbers.size != 1:
            return math.nan
        index = 0
    if index >= numbers.size:
        return math.nan
    number = float(numbers[index])
    match output.gives:
        case "logit":
            return number
        case "class_logits":
            others = np.delete(numbers, index)
            return number - float(np.logaddexp.reduce(others)) if others.size else math.nan
        case "probability":
            if not 0 <= number <= 1:
                return math.nan
            inside = min(max(number, 1e-12), 1 - 1e-12)
            return math.log(inside) - math.log1p(-inside)
