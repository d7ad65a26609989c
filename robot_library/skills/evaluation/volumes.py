"""A segmentation skill's masks beside the expert's, in the grid of the series.

Expert masks are a folder of PNG, one a slice, each named like the DICOM file of its slice in the first channel
(007.dcm, 007.png); white is marked. A slice without a PNG has nothing marked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from robot_library.errors import ApplicationException, AuthoringError, SetupError, WetreadError
from robot_library.imaging.headers import read_image
from robot_library.imaging.slices import read_volume
from robot_library.imaging.volume import Volume, voxel_ml
from robot_library.model.diagnostic import Place
from robot_library.model.finding import Abstention
from robot_library.model.skill import ProviderName
from robot_library.model.study import Image, Series, Stack
from robot_library.parsing.problems import single
from robot_library.skills.evaluation.ask import FAILED, UNREADABLE, Progress
from robot_library.skills.evaluation.figures import Answer
from robot_library.skills.evaluation.labels import Row, Table
from robot_library.skills.evaluation.overlap import Mask, Pair, pair
from robot_library.skills.host import LocalSkillHost, Skill
from robot_library.skills.reading import Film


class VolumeAsker:
    """One segmentation skill of some folders, asked about series. Nothing is kept."""

    def __init__(self, folders: Sequence[Path], name: str, provider: ProviderName | None = None) -> None:
        """Raises SetupError, AuthoringError as loading the skill does, and for a skill that segments nothing."""
        self.skill: Skill = LocalSkillHost(folders, _no_film, None, provider).load(name)
        said = self.skill.manifest.segmentation
        if said is None:
            raise SetupError(f"{name} segments nothing.")
        self.label = said.segments[0].label
        self.channels = tuple(channel.name for channel in self.skill.manifest.input.channels)
        self.hashes: list[str] = []
        """sha256 of each file read."""

    def ask(self, table: Table, rows: Sequence[Row], progress: Progress) -> list[Pair | Answer]:
        """A pair of masks for each row, or the code of why there is none. AuthoringError: a mask that fits no slice."""
        found: list[Pair | Answer] = []
        for number, row in enumerate(rows, 1):
            found.append(self._row(table, row))
            progress(number, len(rows), f"{number} of {len(rows)}")
        return found

    def _row(self, table: Table, row: Row) -> Pair | Answer:
        stems: dict[str, str] = {}
        try:
            channels = {name: self._series(row.series[name], stems) for name in self.channels}
            stack = Stack(study_uid=next(iter(channels.values())).images[0].study_uid, channels=channels)
            begun = self.skill.begin(stack, _no_film, read_volume=_volume)
        except (SetupError, AuthoringError):
            raise
        except WetreadError:
            return Answer(code=UNREADABLE)
        if isinstance(begun, Abstention):
            return Answer(code=begun.code)
        try:
            outputs = self.skill.infer(begun.tensor)
        except ApplicationException:
            return Answer(code=FAILED)
        reading = self.skill.weigh(outputs, begun.pixels)
        if reading.code is not None:
            return Answer(code=reading.code.value)
        uids, ours = begun.pixels.uids[0], reading.masks[self.label]
        true = self._expert(table, row, [stems[uid] for uid in uids], ours.shape)
        return pair(row, true, ours, voxel_ml(begun.pixels.grid.affine))

    def _series(self, folder: Path, stems: dict[str, str]) -> Series:
        """The images of a folder; `stems` learns the file name of each."""
        images = []
        for path in sorted(path for path in folder.iterdir() if path.is_file()):
            data = path.read_bytes()
            self.hashes.append(hashlib.sha256(data).hexdigest())
            image = read_image(data, str(path), "file")
            stems[image.sop_instance_uid] = path.stem
            images.append(image)
        if not images:
            raise AuthoringError(f"{folder} holds no DICOM file.")
        return Series(series_uid=images[0].series_uid, images=tuple(images))

    def _expert(self, table: Table, row: Row, stems: Sequence[str], shape: tuple[int, ...]) -> Mask:
        """(i, j, k) as the skill's own mask; slices in the order of `stems`."""
        import cv2

        assert row.mask is not None
        true = np.zeros(shape, np.bool_)
        place = Place(file=str(table.file), line=row.line)
        if len(set(stems)) < len(stems):  # a picture named like the file would be the mask of its first slice alone
            raise single(place, "SK105", "mask: the first channel's file holds several slices, and a PNG is of one")
        for path in sorted(row.mask.iterdir()):
            if path.stem not in stems:
                raise single(place, "SK105", "mask: a file is named like no slice of the first channel")
            slice_ = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            if slice_ is None or slice_.shape != (shape[1], shape[0]):
                raise single(place, "SK105", "mask: a file is no picture of its slice's size")
            true[:, :, stems.index(path.stem)] = np.asarray(slice_).T > 127
            self.hashes.append(hashlib.sha256(path.read_bytes()).hexdigest())
        return true


def _volume(series: Series) -> Volume:
    return read_volume(series, lambda image: Path(image.blob).read_bytes())


def _no_film(image: Image) -> Film:
    raise SetupError("a segmentation reads series, not films.")
