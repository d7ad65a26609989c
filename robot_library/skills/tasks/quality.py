"""Is this image good enough: a learned score and measured values, each with its limits; the worse one speaks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from robot_library.errors import AuthoringError
from robot_library.model.finding import Decision, Measurement
from robot_library.model.skill import SkillManifest
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.decision import decide, probability
from robot_library.skills.reading import Conclusion, Reading
from robot_library.skills.session import Tensor, scalar

REPEAT, WARN = "repeat", "warn"
WORSE: tuple[Decision, ...] = ("negative", "uncertain", "positive")


class Judging:
    """Implements tasks.Task for `task: quality`."""

    def __init__(self, manifest: SkillManifest) -> None:
        """Raises AuthoringError if the manifest has no quality."""
        if manifest.quality is None:
            raise AuthoringError(f"skill {manifest.skill!r} says nothing of quality.")
        self._quality = manifest.quality
        self._repeat = {one.name: one.repeat for one in manifest.quality.measures}
        self._ordinary = {one.name: one.ordinary.n for one in manifest.quality.measures}
        self._warn = {one.name: one.warn for one in manifest.quality.measures}

    def needs(self) -> set[str]:
        """The score and the measured values."""
        return {self._quality.logit, self._quality.measured}

    def read(self, outputs: Mapping[str, Tensor], given: Any) -> Reading:
        """The calibrated score with all values; `no_number` when one of them is none."""
        logit = scalar(outputs, self._quality.logit)
        values = np.asarray(outputs[self._quality.measured], np.float64).reshape(-1)
        if not math.isfinite(logit) or values.size != len(self._quality.measures) or not np.isfinite(values).all():
            return Reading(AbstentionCode.NO_NUMBER)
        named = zip(self._quality.measures, values.tolist(), strict=True)
        measurements = tuple(Measurement(name=one.name, value=value, unit=one.unit) for one, value in named)
        return Reading(None, probability(logit, self._quality.calibration), logit, measurements=measurements)

    def conclude(self, reading: Reading, given: Any, *, pictures: bool) -> Conclusion:
        """`positive`: repeat; thresholds name the limits that were crossed, e.g. "repeat noise.sigma above"."""
        points = self._quality.operating_points
        crossed = self.crossed(reading.measurements)
        said = [decide(reading.score, points), *(self._by_limit(flag) for flag in crossed)]
        decision, point, n = max(said, key=lambda one: WORSE.index(one[0]))
        return Conclusion(
            label=self._quality.label,
            decision=decision,
            point=point,
            n=n,
            thresholds={
                "rule_out": points.rule_out.threshold,
                "rule_in": points.rule_in.threshold,
                **crossed,
            },
            pictures=self._pictures(given, crossed) if pictures else {},
        )

    def _by_limit(self, flag: str) -> tuple[Decision, str, int]:
        level, name, _ = flag.split()
        return "positive" if level == REPEAT else "uncertain", flag, self._ordinary[name]

    def crossed(self, measurements: tuple[Measurement, ...]) -> dict[str, float]:
        """Limit by what it says, e.g. "repeat noise.sigma above"; of a measure only its worse one."""
        found = {}
        for one in measurements:
            for level, limits in ((REPEAT, self._repeat[one.name]), (WARN, self._warn[one.name])):
                side = limits.crossed(one.value)
                if side is not None:
                    found[f"{level} {one.name} {side}"] = float(getattr(limits, side))
                    break
        return found

    def _pictures(self, film: Any, crossed: Mapping[str, float]) -> dict[str, bytes]:
        from robot_library.skills.tasks.flagged import flagged

        return {"overlay": flagged(film, {flag.split()[1] for flag in crossed})}
