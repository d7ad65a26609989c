"""`wetread skills run` on folders and zips of series."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robot_library.cli.main import run_cli
from tests.imaging.dicoms import STUDY, written
from tests.imaging.slabs import slab
from tests.skills.volume_skills import lps_affine, middle_origin, phantom, threshold_model, write_skill

AXIAL, SHAPE, SPACING = (1.0, 0, 0, 0, 1.0, 0), (60, 60, 40), (3.0, 3.0, 4.0)
CHANNELS = [{"name": "pre"}, {"name": "post"}]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A skill of two channels, and a study of three series in a folder."""
    given = {"kind": "volume", "name": "volume", "shape": [-1, 2, -1, -1], "channels": CHANNELS}
    write_skill(tmp_path / "skills", threshold_model(["n", 2, "h", "w"]), input=given)
    origin = middle_origin(AXIAL, SHAPE, SPACING)
    voxels = phantom(SHAPE, lps_affine(AXIAL, origin, SPACING), (30, -20, 25), (20, 20, 20))
    (tmp_path / "study").mkdir()
    for number, name in enumerate(("T1 se", "T1 se +GD", "T2")):
        uid = f"{STUDY}.{number + 1}"
        for one in slab(voxels, origin=origin, spacing=SPACING, SeriesDescription=name, SeriesInstanceUID=uid):
            (tmp_path / "study" / f"{number}-{int(one.InstanceNumber):03}.dcm").write_bytes(written(one))
    return tmp_path


def said(project: Path, capsys: Any, *more: str, where: str = "study") -> tuple[int, list[dict[str, Any]], str]:
    code = run_cli(["skills", "run", "threshold", str(project / where), "--project", str(project), "--json", *more])
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


BOTH = ("--channel", "pre=T1 SE", "--channel", "post=*+gd")


def test_a_folder_is_one_study(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answers, _ = said(project, capsys, *BOTH, "--overlay", str(project / "pictures"))
    assert code == 0
    (answer,) = answers
    assert (answer["label"], answer["decision"]) == ("lesion", "positive")
    numbers = {one["name"]: one for one in answer["measurements"]}
    assert numbers["lesion.volume"]["value"] == pytest.approx(4 / 3 * np.pi * 8, rel=0.05)
    assert numbers["lesion.position"]["text"] == "left, anterior, superior"
    assert Path(answer["overlay"]).read_bytes().startswith(b"\x89PNG")
    with zipfile.ZipFile(project / "study.zip", "w") as file:
        for path in sorted((project / "study").iterdir()):
            file.write(path, path.name)
    zipped = said(project, capsys, *BOTH, where="study.zip")[1]
    assert zipped[0]["measurements"] == answer["measurements"]


def test_which_series_must_be_said_and_must_be_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(project, capsys)
    assert code == 2
    assert "--channel pre=PATTERN --channel post=PATTERN" in err
    assert "T1 se, T1 se +GD, T2" in err
    code, answers, _ = said(project, capsys, "--channel", "pre=T1*", "--channel", "post=*+GD")
    assert code == 1
    assert "2 of 3 series fit 'T1*' (pre)" in answers[0]["reason"]
    assert said(project, capsys, "--channel", "pre")[0] == 2


def test_a_slice_that_is_missing_or_broken_is_no_volume(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last = project / "study" / "0-040.dcm"
    whole = last.read_bytes()
    for cut in (
        0,
        400,
        whole.index(b"\x28\x00\x02\x00"),
        len(whole) - 2,
    ):  # nothing, header, before the pixels, in them
        last.write_bytes(whole[:cut])
        code, answers, _ = said(project, capsys, *BOTH)
        assert (code, [one["code"] for one in answers]) == (1, ["unreadable"])
    last.unlink()
    (project / "study" / "0-020.dcm").unlink()
    _, answers, _ = said(project, capsys, *BOTH)
    assert answers[0]["code"] == "series"
    assert "pre: uneven_gaps" in answers[0]["reason"]
