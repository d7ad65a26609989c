"""Segments of a volume: masks in the grid of the series, what they measure, and who may use that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robot_library.errors import AuthoringError
from robot_library.model.finding import Decision, Measurement
from robot_library.model.skill import Segment, SkillManifest
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.decision import REVIEW
from robot_library.skills.reading import Conclusion, Reading
from robot_library.skills.session import Tensor
from robot_library.skills.tasks.shape import (
    Mask,
    centre_mm,
    diameter_mm,
    largest_slice,
    parts_kept,
    position,
    volume_ml,
)
from robot_library.skills.volume_ops import Floats, Plan
from robot_library.skills.volumes import Scan

MEASURABLE = "measurable"
"""Name of the point that gives the right to measure alone."""


class Segmenting:
    """Implements tasks.Task for `task: segmentation`."""

    def __init__(self, manifest: SkillManifest) -> None:
        """Raises AuthoringError if the manifest has no segmentation."""
        if manifest.segmentation is None:
            raise AuthoringError(f"skill {manifest.skill!r} says nothing of segmentation.")
        self._said, self._preprocess = manifest.segmentation, manifest.preprocess
        names = [channel.name for channel in manifest.input.channels]
        self._shown = names.index(self._said.show) if self._said.show else 0

    def needs(self) -> set[str]:
        """The map."""
        return {self._said.output}

    def read(self, outputs: Mapping[str, Tensor], given: Scan) -> Reading:
        """Masks and measurements; the score is the mean probability inside the first segment, 0 where it is empty.

        `no_number` when the map is not one of the input's voxels or holds what is no number.
        """
        maps = np.asarray(outputs[self._said.output], np.float32)
        if not np.isfinite(maps).all():
            return Reading(AbstentionCode.NO_NUMBER)
        try:
            chances = Plan(self._preprocess, given.grid).back(probabilities(maps, self._said.gives))
        except ValueError:
            return Reading(AbstentionCode.NO_NUMBER)
        if max(segment.index for segment in self._said.segments) >= len(chances):
            return Reading(AbstentionCode.NO_NUMBER)
        masks = {one.label: self._mask(chances, one, given) for one in self._said.segments}
        first = self._said.segments[0]
        inside = chances[first.index][masks[first.label]]
        score = float(np.clip(inside.mean(dtype=np.float64), 0, 1)) if inside.size else 0.0
        measured = tuple(
            one for segment in self._said.segments for one in measure(segment, masks[segment.label], given)
        )
        return Reading(None, score, masks=masks, measurements=measured)

    def _mask(self, chances: Floats, segment: Segment, given: Scan) -> Mask:
        chance = chances[segment.index]
        if self._said.gives.startswith("class_"):
            # Above 0: outside what was cropped no class has any chance.
            on = (chances.argmax(axis=0) == segment.index) & (chance > 0)
        else:
            on = chance >= np.float32(self._said.threshold)
        return parts_kept(on, given.grid.affine, segment.keep, segment.min_ml)

    def conclude(self, reading: Reading, given: Scan, *, pictures: bool) -> Conclusion:
        """Positive within the sizes that the skill may measure alone; otherwise, and if empty, a person's."""
        label = self._said.segments[0].label
        mask, limits = reading.masks[label], self._said.measurable
        ml = volume_ml(mask, given.grid.affine)
        alone = limits is not None and mask.any() and limits.min_ml <= ml <= limits.max_ml
        decision: Decision = "positive" if alone else "uncertain"
        k = largest_slice(mask)
        return Conclusion(
            label=label,
            decision=decision,
            point=MEASURABLE if alone else REVIEW,
            n=limits.n if limits else 0,
            thresholds={"min_ml": limits.min_ml, "max_ml": limits.max_ml} if limits else {},
            pictures=self._pictures(reading, given, k) if pictures else {},
            key_image=given.uids[self._shown][k],
        )

    def _pictures(self, reading: Reading, given: Scan, k: int) -> dict[str, bytes]:
        from robot_library.skills.tasks.outline import mask_file, outlined

        channel = given.channels[self._shown]
        return {
            "overlay": outlined(channel, given.grid.affine, reading.masks, k, legend(reading.measurements)),
            "mask": mask_file(reading.masks, given.grid.affine, given.uids[self._shown]),
        }


def probabilities(maps: Floats, gives: str) -> Floats:
    """The model's map (n, classes, …) as probabilities along axis 1."""
    if gives == "logits":
        return np.asarray(1 / (1 + np.exp(-np.clip(maps, -80, 80))), np.float32)
    if gives == "class_logits":
        powers = np.exp(maps - maps.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
    return maps


def measure(segment: Segment, mask: NDArray[np.bool_], given: Scan) -> list[Measurement]:
    """What the manifest wants measured of a segment, named label.quantity. An empty mask has a volume of 0, no more."""
    affine, name, found = given.grid.affine, segment.label, []
    if "volume" in segment.measure:
        found.append(_number(f"{name}.volume", volume_ml(mask, affine), "mL", code="SCT:118565006"))
    if not mask.any():
        return found
    if "diameter" in segment.measure:
        found.append(_number(f"{name}.diameter", diameter_mm(mask, affine), "mm", code="SCT:103339001"))
    if "centre" in segment.measure:
        x, y, z = centre_mm(mask, affine)
        found += [_number(f"{name}.centre_{axis}", at, "mm") for axis, at in zip("xyz", (x, y, z), strict=True)]
        words, away = position((x, y, z), given.channels[0], affine)
        found.append(_number(f"{name}.position", away, "mm", text=words))
    return found


def _number(name: str, value: float, unit: str, code: str = "", text: str = "") -> Measurement:
    return Measurement(name=name, value=round(value, 3), unit=unit, code=code, text=text)


def legend(measurements: tuple[Measurement, ...]) -> dict[str, str]:
    """By segment: its volume and diameter, as a line under the picture."""
    lines: dict[str, Any] = {}
    for one in measurements:
        label, _, quantity = one.name.rpartition(".")
        if quantity in ("volume", "diameter"):
            lines[label] = f"{lines.get(label, label)}, {quantity} {one.shown}"
    return lines
