"""film_vs_by_hand: DICOM bytes → finding, against the least that pydicom, OpenCV and ONNX Runtime need for a score.

By hand: no header is asked, no pixel checked, codecs run in the process, no picture is made. Both sides take turns.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import math
import time
from collections.abc import Callable
from datetime import date

import cv2
import numpy as np
import onnxruntime as ort
import pydicom
from numpy.typing import NDArray
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless

from bench.results import Result, median, spread
from bench.skill import SKILL, bare
from robot_library.hospital.films import FilmPatient, FilmStudy, film_dataset, make_film
from robot_library.imaging.film import read_film
from robot_library.imaging.headers import read_image
from robot_library.model.finding import Finding
from robot_library.model.study import Image
from robot_library.parsing.library import bundled
from robot_library.skills.host import Begun, Skill

SYNTAXES: dict[str, UID] = {"native": ExplicitVRLittleEndian, "jpeg_2000": JPEG2000Lossless}
SEEDS = range(3)


def film_bytes(seed: int, syntax: UID) -> bytes:
    """A synthetic film as a complete DX object."""
    patient = FilmPatient("1", "BENCH", "Bench^Film", date(2018, 5, 5), "F")
    study = FilmStudy(f"A{seed}", f"1.2.{seed}", f"1.2.{seed}.1", date(2021, 6, 6), "Chest")
    out = io.BytesIO()
    film = make_film(seed, "normal")
    film_dataset(film, patient=patient, study=study, transfer_syntax=syntax).save_as(out, enforce_file_format=True)
    return out.getvalue()


def by_hand(session: ort.InferenceSession, data: bytes) -> float:
    """The same arithmetic with the libraries alone: window, area resize, percentiles, model, logistic."""
    ds = pydicom.dcmread(io.BytesIO(data))
    centre, width = float(ds.WindowCenter), float(ds.WindowWidth)
    film = (ds.pixel_array.astype(np.float32) - (centre - 0.5)) / (width - 1) + 0.5
    film = np.clip(film, 0, 1)
    film = cv2.resize(film, (224, 224), interpolation=cv2.INTER_AREA)
    low, high = np.percentile(film, (1, 99))
    tensor = np.clip((film - low) / (high - low), 0, 1).astype(np.float32)[None, None]
    (logit,) = session.run(["logit"], {"film": tensor})
    return 1 / (1 + math.exp(-float(np.asarray(logit).reshape(-1)[0])))


class Stages:
    """Milliseconds of each stage of ours, film by film."""

    def __init__(self, skill: Skill) -> None:
        self.skill = skill
        self.found: dict[str, list[float]] = {name: [] for name in ("header", "decode", "prepare", "model", "decide")}

    def run(self, data: bytes) -> Finding:
        """One film, stage by stage, the way the host does it."""
        clock = [time.perf_counter()]
        image = read_image(data, "blob", "file")
        clock.append(time.perf_counter())
        film = read_film(image, data).pixels
        clock.append(time.perf_counter())
        begun = self.skill.begin(image, lambda _: film, first=lambda _: None)
        clock.append(time.perf_counter())
        assert isinstance(begun, Begun), begun
        outputs = self.skill.infer(begun.tensor)
        clock.append(time.perf_counter())
        said = self.skill.end(begun, outputs)
        clock.append(time.perf_counter())
        assert isinstance(said, Finding), said
        for name, (start, end) in zip(self.found, itertools.pairwise(clock), strict=True):
            self.found[name].append((end - start) * 1000)
        return said


def whole(skill: Skill, data: bytes) -> Finding:
    """Ours, as a bot does it: header, gates, exact pixels, model, decision."""
    image = read_image(data, "blob", "file")

    def pixels(one: Image) -> NDArray[np.float32]:
        return np.asarray(read_film(one, data).pixels)

    said = skill.run(image, pixels, first=lambda _: None)
    assert isinstance(said, Finding), said
    return said


def compare(skill: Skill, films: list[bytes], rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each film, ours and by hand, in turn."""
    session = bare(skill)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds + 2):
        data = films[number % len(films)]
        calls: tuple[tuple[list[float], Callable[[], object]], ...] = (
            (ours, lambda data=data: whole(skill, data)),  # type: ignore[misc]
            (theirs, lambda data=data: by_hand(session, data)),  # type: ignore[misc]
        )
        for into, call in calls if number % 2 else calls[::-1]:
            begun = time.perf_counter()
            call()
            into.append((time.perf_counter() - begun) * 1000)
    return ours[2:], theirs[2:]


def measure(quick: bool) -> Result:
    """Native and JPEG 2000 films of full size; the figure is the native one, where a codec hides nothing."""
    skill = Skill(bundled() / "skills" / SKILL)
    rounds = 4 if quick else 40
    extra: dict[str, object] = {}
    first: tuple[list[float], list[float]] | None = None
    for name, syntax in SYNTAXES.items():
        films = [film_bytes(seed, syntax) for seed in list(SEEDS)[: 1 if quick else None]]
        ours, theirs = compare(skill, films, rounds)
        first = first or (ours, theirs)
        stages = Stages(skill)
        for data in films * (1 if quick else 5):
            stages.run(data)
        extra[name] = {
            "milliseconds_ours": spread(ours), "milliseconds_by_hand": spread(theirs),
            "ratio": round(median(ours, 6) / median(theirs, 6), 4),
            "stages_ms": {stage: median(times) for stage, times in stages.found.items()},
            "sha256": hashlib.sha256(films[0]).hexdigest()[:12],
        }  # fmt: skip
    assert first is not None
    ratio = round(median(first[0], 6) / median(first[1], 6), 4)
    against = "pydicom + OpenCV + onnxruntime by hand: no gates, no checks, codecs in the process"
    return Result("film_vs_by_hand", median(first[0]), "ms a film", against, ratio, extra)
