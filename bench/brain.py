"""brain_series_s: three MR series as DICOM bytes → measured finding, against the bare arithmetic on the same bytes.

By hand: files in the order of their instance number, no geometry asked, no gate, no mask laid back, no picture.
"""

from __future__ import annotations

import hashlib
import io
import time
from datetime import date

import numpy as np
import onnxruntime as ort
import psutil
import pydicom

from bench.results import Result, median, spread
from bench.skill import bare
from robot_library.hospital.films import FilmPatient, FilmStudy
from robot_library.hospital.heads import SEQUENCES, make_head
from robot_library.hospital.heads.dicom import MRSeries, slice_dataset
from robot_library.imaging.headers import read_image
from robot_library.imaging.slices import read_volume
from robot_library.model.finding import Finding
from robot_library.model.study import Series, Stack
from robot_library.parsing.library import bundled
from robot_library.skills.host import Skill

SKILL = "brain-tumour-segmentation"
SLICES, LESION_ML = 22, 40.0
Files = dict[str, list[bytes]]


def study(seed: int) -> Files:
    """Each sequence's slices as complete MR objects."""
    head = make_head(seed, lesion_ml=LESION_ML, slices=SLICES)
    patient = FilmPatient("1", "BENCH", "Bench^Head", date(1970, 5, 5), "F")
    about = FilmStudy("A1", "1.2", "1.2.1", date(2021, 6, 6), "Brain")
    files: Files = {}
    for number, sequence in enumerate(SEQUENCES, 1):
        series = MRSeries(f"1.2.{number}", number, sequence, sequence, "1.2.9")
        files[sequence] = []
        for index in range(SLICES):
            out = io.BytesIO()
            dataset = slice_dataset(head, index, f"1.2.{number}.{index}", series=series, patient=patient, study=about)
            dataset.save_as(out, enforce_file_format=True)
            files[sequence].append(out.getvalue())
    return files


def ours(skill: Skill, files: Files) -> Finding:
    """As a bot does it: headers, geometry, gates, model, mask back on the grid, measurements."""
    held = {hashlib.sha256(data).hexdigest(): data for datas in files.values() for data in datas}
    channels = {
        name: Series(series_uid=name, images=tuple(read_image(data, "", "file") for data in datas))
        for name, datas in files.items()
    }
    said = skill.run(
        Stack(study_uid="1.2", channels=channels),
        lambda _: np.zeros((1, 1), np.float32),
        read_volume=lambda series: read_volume(series, lambda image: held[image.sha256]),
    )
    assert isinstance(said, Finding), said
    return said


def by_hand(session: ort.InferenceSession, files: Files) -> int:
    """Voxels of the mask."""
    channels = []
    for datas in files.values():
        objects = sorted((pydicom.dcmread(io.BytesIO(data)) for data in datas), key=lambda ds: int(ds.InstanceNumber))
        volume = np.stack([ds.pixel_array for ds in objects]).astype(np.float32)
        volume = np.clip(volume, *np.percentile(volume, (1, 99)))
        channels.append((volume - volume.mean()) / volume.std())
    name = session.get_inputs()[0].name
    logits = np.asarray(session.run(["logits"], {name: np.stack(channels, axis=1).astype(np.float32)})[0])
    return int((logits > 0).sum())


def measure(quick: bool) -> Result:
    """A synthetic head of 3 x 22 slices, 256 x 256."""
    skill = Skill(bundled() / "skills" / SKILL)
    session, files = bare(skill), study(3)
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(2 if quick else 12):
        for side in (0, 1) if number % 2 else (1, 0):
            begun = time.perf_counter()
            said = by_hand(session, files) if side else ours(skill, files)
            found[side].append(time.perf_counter() - begun)
            if isinstance(said, Finding):
                assert said.measurements, said
    mine, theirs = found[0][1:], found[1][1:]
    extra = {
        "seconds_ours": spread(mine), "seconds_by_hand": spread(theirs), "slices": SLICES * len(SEQUENCES),
        "memory_mb": round(psutil.Process().memory_info().rss / 2**20),
    }  # fmt: skip
    ratio = round(median(mine, 6) / median(theirs, 6), 4)
    against = "pydicom + onnxruntime by hand: no geometry, no gates, no measurements"
    return Result("brain_series_s", median(mine), "s a study", against, ratio, extra)
