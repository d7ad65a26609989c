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


def test_what_is_no_file_of_that_very_name_is_no_picture(tmp_path: Path) -> None:
    """A folder that is called so; another case; a map's name with dots; what stands in the folder's place."""
    screens = tmp_path / "workflows" / "screens"
    own = screens / "ward.v2"
    (own / "save.png").mkdir(parents=True)
    file = screens / "ward.v2.yaml"
    find = "find: [{image: save.png}], use: navigate"
    file.write_text(f"system: ward\nkind: desktop\nscreens:\n  record:\n    seen_by: [{{text: R}}]\n    reach: "
                    f"[{{click: save}}]\n    targets: {{save: {{{find}}}}}\n", encoding="utf-8")  # fmt: skip

    def found() -> list[tuple[str, str]]:
        said = check([file], Library(tmp_path, bundled()))
        return [(one.code, one.hint) for one in said if one.code == "WR614"]

    home = "It belongs into the folder ward.v2, beside the map."
    assert found() == [("WR614", home)]
    (own / "save.png").rmdir()
    (own / "SAVE.png").write_bytes(b"x")
    assert found() == [("WR614", "Did you mean 'SAVE.png'?")]
    (own / "save.png").write_bytes(b"x")
    assert found() == []
    shutil.rmtree(own)
    own.write_text("a file", encoding="utf-8")
    assert found() == [("WR614", home)]
