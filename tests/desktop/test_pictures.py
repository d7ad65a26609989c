"""Pictures of a map, and of the map that it is built on."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from robot_library.bot import pictures
from robot_library.drivers.desktop.reading import Reading
from robot_library.errors import SetupError
from robot_library.lint.check import check
from robot_library.parsing.library import Library, bundled

BASE = "gnuhealth-desktop-remote"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a map of its own over one that came with wetread and finds things by pictures."""
    screens = tmp_path / "workflows" / "screens"
    screens.mkdir(parents=True)
    (screens / "ours.yaml").write_text(f"system: ours\nextends: {BASE}\n", encoding="utf-8")
    return tmp_path


def test_a_map_built_on_another_has_its_pictures(project: Path) -> None:
    theirs = sorted((bundled() / "workflows" / "screens" / BASE).glob("*.png"))
    assert theirs
    reading = Reading(*pictures(Library(project, bundled()))("ours"))
    before = [reading.picture(one.name) for one in theirs]
    assert check([project / "workflows" / "screens" / "ours.yaml"], Library(project, bundled())) == []

    own = project / "workflows" / "screens" / "ours"
    own.mkdir()
    shutil.copyfile(theirs[1], own / theirs[0].name)
    mine = Reading(*pictures(Library(project, bundled()))("ours"))
    assert np.array_equal(mine.picture(theirs[0].name), before[1]), "its own comes first"
    assert np.array_equal(mine.picture(theirs[1].name), before[1])


def test_a_picture_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(b"no picture")
    for name in ("one.png", "two.png"):
        with pytest.raises(SetupError, match="is not there, or is none") as caught:
            Reading(tmp_path).picture(name)
        assert str(tmp_path) in caught.value.cure
