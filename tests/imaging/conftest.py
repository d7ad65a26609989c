"""Fixtures of this room: a real Orthanc on random ports, an empty blob store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import lacking
from tests.imaging import orthanc as server
from tests.imaging.dicoms import MemoryBlobs


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Orthanc]:
    executable = server.program()
    if executable is None:
        lacking("Orthanc or its DICOMweb plug-in is not installed (Debian: orthanc, orthanc-dicomweb)")
        raise AssertionError
    with server.running(executable, tmp_path_factory.mktemp("orthanc")) as running:
        yield running
