"""One demo hospital, built once; whoever works in it takes a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.hospital.build import ensure
from robot_library.hospital.stories import STORIES


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    ensure(folder, 1, None, STORIES["chest"])
    return folder
