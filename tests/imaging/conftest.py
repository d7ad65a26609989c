"""Fixtures of this room: a real Orthanc on random ports, an empty blob store."""

from __future__ import annotations

import pytest

from tests.imaging.dicoms import MemoryBlobs


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()
