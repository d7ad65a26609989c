"""Marks that survive here, and with the defaults of three tools others use, in one run. Evidence only: they are no
dependencies, and what they do by default says nothing of what they can be told to do."""

from __future__ import annotations

import copy
import importlib.metadata
import logging
import tempfile
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import FileDataset

from robot_library.imaging.deidentify.objects import Deidentifier
from robot_library.imaging.deidentify.profile import profile_of
from robot_library.imaging.deidentify.pseudonyms import drawn
from tests.deidentify.sentinels import marked, survivors

pytestmark = pytest.mark.evidence


def _written(dataset: FileDataset) -> bytes:
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=False)
    return stream.getvalue()


def ours(data: bytes) -> bytes:
    return Deidentifier(profile_of("basic"), drawn()).object(data)[0]


def dicognito(data: bytes) -> bytes:
    from dicognito.anonymizer import Anonymizer

    dataset = dcmread(BytesIO(data))
    Anonymizer().anonymize(dataset)
    return _written(dataset)


def dicom_anonymizer(data: bytes) -> bytes:
    from dicomanonymizer.simpledicomanonymizer import anonymize_dataset

    dataset = dcmread(BytesIO(data))
    anonymize_dataset(dataset)
    return _written(dataset)


def deid(data: bytes) -> bytes:
    from deid.dicom import replace_identifiers

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.dcm"
        path.write_bytes(data)
        (done,) = replace_identifiers([str(path)], save=False, remove_private=True, strip_sequences=False)
        return _written(copy.deepcopy(done))


TOOLS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "wetread": ("wetread", ours),
    "deid": ("deid", deid),
    "dicognito": ("dicognito", dicognito),
    "dicom-anonymizer": ("dicom-anonymizer", dicom_anonymizer),
}


def test_marks_that_survive() -> None:
    logging.disable(logging.CRITICAL)
    print()
    for name, (package, tool) in TOOLS.items():
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            print(f"{name}: not installed")
            continue
        counts = []
        for nested in (False, True):
            data, marks = marked(nested=nested)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    left = len(survivors(tool(data), marks))
                    counts.append(f"{left} of {len(marks.places)}")
                except Exception as failure:
                    counts.append(f"stopped with {type(failure).__name__}")
        print(f"{name} {version}: at the top {counts[0]}, nested {counts[1]}")
        if tool is ours:
            assert all(count.startswith("0 of") for count in counts)
    logging.disable(logging.NOTSET)
