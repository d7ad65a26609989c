"""A skill's answers to the files of a table: as DICOM with every gate, or as plain pictures without a header."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from robot_library.errors import ApplicationException, SetupError, WetreadError
from robot_library.imaging.film import read_film
from robot_library.imaging.headers import read_image
from robot_library.model.finding import Abstention, Finding
from robot_library.model.skill import ProviderName
from robot_library.model.study import Image
from robot_library.skills.evaluation.figures import Answer
from robot_library.skills.evaluation.labels import Row
from robot_library.skills.golden import answer
from robot_library.skills.host import Film, LocalSkillHost, Skill
from robot_library.skills.monitor.records import Observation, observation, pixels_of, today

UNREADABLE, FAILED = "unreadable", "model_failed"
PLAIN = (".png", ".jpg", ".jpeg")
Progress = Callable[[int, int, str], object]
"""(done, total, text)."""


class Asker:
    """One skill of some folders, asked about files. No pictures are drawn, nothing is kept."""

    def __init__(self, folders: Sequence[Path], name: str, provider: ProviderName | None = None) -> None:
        """Raises SetupError, AuthoringError as loading the skill does."""
        self.provider = provider
        self.host = LocalSkillHost(folders, self._film, None, provider)
        self.skill: Skill = self.host.load(name)
        self.hashes: list[str] = []
        """sha256 of each file asked."""
        self.observed: list[Observation] = []
        """What drift is measured against, of each file asked, without any key of an image or a study."""
        self._pixels: dict[str, dict[str, float]] = {}

    def ask(self, rows: Sequence[Row], progress: Progress, *, plain: bool = False) -> list[Answer]:
        """One answer for each row. `plain`: PNG and JPEG are taken as films; their header gates cannot be asked.

        Raises SetupError when there are pictures and `plain` was not said.
        """
        answers: dict[int, Answer] = {}
        images: dict[int, Image] = {}
        for number, row in enumerate(rows):
            data = self._bytes(row, plain=plain)
            if row.file is not None and row.file.suffix.lower() in PLAIN:
                answers[number] = self._picture(data)
                progress(len(answers), len(rows), f"{len(answers)} of {len(rows)}")
                continue
            try:
                images[number] = read_image(data, str(row.file), "file")
            except WetreadError:
                answers[number] = Answer(code=UNREADABLE)
        said = self.host.run_many(self.skill.manifest.skill, list(images.values()))
        for (number, image), one in zip(images.items(), said, strict=True):
            answers[number] = self._answer(image, one)
            progress(len(answers), len(rows), f"{len(answers)} of {len(rows)}")
        return [answers[number] for number in range(len(rows))]

    def _bytes(self, row: Row, *, plain: bool) -> bytes:
        assert row.file is not None, "a table of scores has no files to ask"
        if row.file.is_dir():
            raise SetupError(f"line {row.line}: a folder", cure="This skill reads one film a row.")
        if row.file.suffix.lower() in PLAIN and not plain:
            raise SetupError(
                f"line {row.line}: {row.file.suffix} is no DICOM file",
                cure="Say --plain to take PNG and JPEG as films; their header gates cannot be asked then.",
            )
        data = row.file.read_bytes()
        self.hashes.append(hashlib.sha256(data).hexdigest())
        return data

    def _answer(self, image: Image, said: Finding | Abstention | WetreadError) -> Answer:
        if isinstance(said, SetupError):
            raise said
        if isinstance(said, WetreadError):
            return Answer(code=FAILED if isinstance(said, ApplicationException) else UNREADABLE)
        self.observed.append(observation(image, said, lambda _: "", pixels=self._pixels.pop(image.blob, {})))
        return Answer(code=said.code) if isinstance(said, Abstention) else Answer(score=said.score)

    def _picture(self, data: bytes) -> Answer:
        film = plain_film(data)
        if film is None:
            return Answer(code=UNREADABLE)
        for other in self.skill.manifest.gates.first:
            if answer(self.host.load(other), film).decision != "positive":
                return Answer(code="other_skill")
        reading = self.skill.read(film)
        code = reading.code.value if reading.code is not None else ""
        pixels = {name: value for name, value in pixels_of(film).items() if name != "side"}
        self.observed.append(self._plainly(None if code else reading.score, code, pixels))
        return Answer(code=code) if code else Answer(score=reading.score)

    def _plainly(self, score: float | None, code: str, pixels: dict[str, float]) -> Observation:
        """A picture has no header, and the size of a reduced picture says nothing about films."""
        manifest = self.skill.manifest
        return Observation(
            day=today(), image="", study="", skill=manifest.skill, version=manifest.version,
            model_sha256=manifest.model.sha256, role="champion", score=score, decision="", code=code, fields={},
            pixels=pixels, blob="",
        )  # fmt: skip

    def _film(self, image: Image) -> Film:
        film = read_film(image, Path(image.blob).read_bytes()).pixels
        self._pixels[image.blob] = pixels_of(film)
        return film


def plain_film(data: bytes) -> Film | None:
    """A grey PNG or JPEG as a film (rows, columns), 0 black to 1 white; None if it is neither, or coloured."""
    import cv2

    pixels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        return None
    if pixels.ndim == 3:
        if pixels.shape[2] not in (1, 3) or (pixels != pixels[..., :1]).any():
            return None
        pixels = pixels[..., 0]
    film: Film = pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    return film
