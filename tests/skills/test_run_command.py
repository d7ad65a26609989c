"""`wetread skills run` on a folder: what is damaged in it is named, and keeps nobody from the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from tests.imaging.dicoms import film, gradient


def test_a_damaged_zip_in_a_folder_hides_no_film(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "b.dcm").write_bytes(b"no film")
    (tmp_path / "c.dcm").write_bytes(film(gradient()))
    assert run_cli(["skills", "run", "image-quality", str(tmp_path), "--json"]) == 1
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["image"] for one in said[:2]] == ["object 1", "object 2"]
    assert [one.get("code") == "unreadable" for one in said] == [True, True, False]
    assert all(one["file"] == str(tmp_path) for one in said), "names of files may be names of people"
