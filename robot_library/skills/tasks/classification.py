"""One label: a logit, calibrated, decided by rule_out and rule_in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from robot_library.model.skill import Output, SkillManifest
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.decision import decide, probability
from robot_library.skills.explanation.draw import overlay, plain
from robot_library.skills.explanation.occlusion import Map, occlusion
from robot_library.skills.reading import Conclusion, Reading
from robot_library.skills.session import Tensor
from robot_library.skills.tasks import Model

NO_MAP = "this skill shows no map of where it looks"


class Classification:
    """Implements tasks.Task for `task: classification`."""

    def __init__(self, manifest: SkillManifest, model: Model | None = None) -> None:
        self._output = manifest.outputs[0]
        self._model = model

    def needs(self) -> set[str]:
        """The label's output, and its map where there is one."""
        return {self._output.logit} | ({self._map} if self._map else set())

    @property
    def _map(self) -> str | None:
        return self._output.explain.output if self._output.explain else None

    def read(self, outputs: Mapping[str, Tensor], given: Any) -> Reading:
        """The calibrated score; `no_number` when there is none."""
        logit = logit_of(outputs[self._output.logit], self._output)
        if not math.isfinite(logit):
            return Reading(AbstentionCode.NO_NUMBER)
        evidence = outputs[self._map] if self._map else None
        return Reading(None, probability(logit, self._output.calibration), logit, evidence)

    def conclude(self, reading: Reading, given: Any, *, pictures: bool) -> Conclusion:
        """Negative, positive or uncertain, with the point that says so."""
        points = self._output.operating_points
        decision, point, n = decide(reading.score, points)
        drawn, remarks = self._drawn(reading, given) if pictures else ({}, ())
        return Conclusion(
            label=self._output.label,
            decision=decision,
            point=point,
            n=n,
            thresholds={"rule_out": points.rule_out.threshold, "rule_in": points.rule_in.threshold},
            pictures=drawn,
            remarks=remarks,
        )

    def evidence(self, given: Any, budget_s: float) -> Map:
        """An occlusion map of a film, whatever the manifest says of maps."""
        model = self._model
        assert model is not None, "a task without its model makes no occlusion map"

        def ask(tensors: Sequence[Tensor]) -> list[float]:
            return [logit_of(found[self._output.logit], self._output) for found in model.infer_many(tensors)]

        return occlusion(model.prepare(given), ask, budget_s)

    def _drawn(self, reading: Reading, given: Any) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """The film with its map, or without one and the reason; nothing of what is no film."""
        explain = self._output.explain
        if not isinstance(given, np.ndarray) or given.ndim != 2:
            return {}, ()
        if explain is None:
            return {"film": plain(given, NO_MAP)}, ()
        if not explain.shown:
            return {"film": plain(given, explain.why_hidden)}, (explain.why_hidden,)
        slope, label = self._output.calibration.slope, self._output.label
        if reading.evidence is not None:
            return {"overlay": overlay(given, reading.evidence, slope, label)}, ()
        found = self.evidence(given, explain.budget_s)
        return {"overlay": overlay(given, found.values, slope, label, found.said)}, ()


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
