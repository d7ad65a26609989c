"""Volumes as a skill's input: one series for each channel, all on one grid, or the skill abstains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from robot_library.errors import AuthoringError, SetupError
from robot_library.model.skill import PixelGates, SkillManifest
from robot_library.model.study import Stack
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.gates import check_header
from robot_library.skills.reading import Abstains
from robot_library.skills.volume_ops import Grid, Plan, axes_of

if TYPE_CHECKING:
    from robot_library.imaging.volume import Volume
    from robot_library.skills.inputs import ReadFilm, ReadVolume, Subject
    from robot_library.skills.session import Tensor

Channels = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scan:
    """channels: (c, i, j, k) float32 in the manifest's order, as DICOM gives the values; `grid` says where they lie.

    uids: SOPInstanceUID of each slice k, one tuple a channel.
    """

    channels: Channels
    grid: Grid
    uids: tuple[tuple[str, ...], ...]


class VolumeInput:
    """One series a channel, by the channel's name."""

    def __init__(self, manifest: SkillManifest) -> None:
        self._manifest = manifest
        self._names = tuple(channel.name for channel in manifest.input.channels)

    def admit(self, subject: Subject) -> AbstentionCode | None:
        """The header gates, on every image of every series. AuthoringError if the channels are not the skill's."""
        if not isinstance(subject, Stack):
            raise AuthoringError(f"skill {self._manifest.skill!r} reads a stack of series; it was given one image.")
        if set(subject.channels) != set(self._names):
            raise AuthoringError(
                f"skill {self._manifest.skill!r} reads the channels {', '.join(self._names)}; "
                f"it was given {', '.join(subject.channels) or 'none'}."
            )
        header = self._manifest.gates.header
        if header is None:
            return None
        return next((code for one in subject.images if (code := check_header(header, one, volume=True))), None)

    def load(self, subject: Subject, read_film: ReadFilm, read_volume: ReadVolume | None) -> Scan:
        """The channels on their one grid. Raises Abstains (series) where they are no volume, or not one."""
        from robot_library.imaging.refusal import GEOMETRY, ImageRefused

        if read_volume is None:
            raise SetupError(f"skill {self._manifest.skill!r} reads volumes, which nothing here can build")
        assert isinstance(subject, Stack)  # admit() comes first
        volumes = []
        for name in self._names:
            try:
                volumes.append(read_volume(subject.channels[name]))
            except ImageRefused as refused:
                if refused.reason not in GEOMETRY:
                    raise
                raise Abstains(AbstentionCode.SERIES, f"{name}: {refused.reason}") from None
        return scan(dict(zip(self._names, volumes, strict=True)))

    def check(self, pixels: Scan) -> AbstentionCode | None:
        """Where its axes point; values that are numbers; size; each channel's contrast."""
        header = self._manifest.gates.header
        if header is not None and header.axes and axes_of(pixels.grid.affine) not in header.axes:
            return AbstentionCode.ORIENTATION
        return check_volume(self._manifest.gates.pixels, pixels.channels)

    def prepare(self, pixels: Scan) -> Tensor:
        """The operations of the manifest."""
        return Plan(self._manifest.preprocess, pixels.grid).tensor(pixels.channels)


def scan(volumes: dict[str, Volume]) -> Scan:
    """Volumes by channel, in order, as one scan. Raises Abstains (series) unless all lie on one grid."""
    from robot_library.imaging.volume import difference

    names = list(volumes)
    first = volumes[names[0]]
    for name in names[1:]:
        if why := difference(first, volumes[name]):
            raise Abstains(AbstentionCode.SERIES, f"{names[0]} and {name}: {why}")
    i, j, k = first.values.shape
    return Scan(
        channels=np.stack([volume.values for volume in volumes.values()]),
        grid=Grid((i, j, k), first.affine),
        uids=tuple(volume.uids for volume in volumes.values()),
    )


def check_volume(gates: PixelGates, channels: Channels) -> AbstentionCode | None:
    """The first pixel gate that refuses (c, i, j, k), or None.

    min_side is of a slice. A channel's display range is from its lowest to its highest value; saturated is only its
    highest (air around a head is at the lowest).
    """
    if not np.isfinite(channels).all():
        return AbstentionCode.NOT_FINITE
    if min(channels.shape[1:3]) < gates.min_side:
        return AbstentionCode.TOO_SMALL
    for channel in channels:
        bottom, top = float(channel.min()), float(channel.max())
        low, high = np.percentile(channel[::2, ::2], (1, 99))
        if top <= bottom or (high - low) / (top - bottom) < gates.min_range:
            return AbstentionCode.FLAT
        if np.count_nonzero(channel == top) / channel.size > gates.max_saturated:
            return AbstentionCode.SATURATED
    return None
