"""One demo hospital, built once; whoever works in it takes a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from robot_library.cli.main import run_cli
from robot_library.hospital import Hospital
from robot_library.hospital.build import ensure
from robot_library.hospital.settings import ACCOUNTS, BOT
from robot_library.hospital.stories import STORIES

Opened = Callable[..., AbstractContextManager[Path]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    ensure(folder, 1, None, STORIES["chest"])
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Opened:
    """A new project (`wetread init`, the working folder) whose bots find a hospital of their own, while it is open."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(built, tmp_path / "hospital")
    assert run_cli(["init"]) == 0
    for name in ("EHR", "PACS"):
        monkeypatch.setenv(f"WETREAD_CREDENTIAL_{name}_BOT", f"{BOT}:{ACCOUNTS[BOT].password}")

    @contextmanager
    def opened(**settings: Any) -> Iterator[Path]:
        with Hospital(tmp_path / "hospital", tour=False, **settings) as hospital, monkeypatch.context() as inside:
            inside.setenv("WETREAD_EHR_URL", hospital.ehr_url)
            inside.setenv("WETREAD_PACS_URL", hospital.pacs_url)
            inside.setenv("WETREAD_DICOMWEB_URL", hospital.dicomweb_url)
            capsys.readouterr()
            yield tmp_path

    return opened
