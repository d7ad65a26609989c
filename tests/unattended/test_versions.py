"""Copies of what bots are made of: whole, once, found again after everything has changed, and deleted in time."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from robot_library.errors import SetupError
from robot_library.model.screen import Locator
from robot_library.parsing.bots import fingerprint
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.made_of import made_of
from robot_library.unattended.versions import Versions

BOT = "chest-xray-preread"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The shipped bot as a site's own files, without its skills."""
    project = tmp_path / "project"
    for folder in ("bots", f"workflows/{BOT}", "workflows/screens", "workflows/templates"):
        shutil.copytree(bundled() / folder, project / folder)
    return project


def library(project: Path) -> Library:
    return Library(project, bundled())


def version(project: Path) -> str:
    return fingerprint(library(project).bot(BOT), library(project))


def changed(project: Path, path: str, before: str, after: str) -> None:
    file = project / path
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_what_a_bot_was_is_found_after_its_files_have_changed(tmp_path: Path, project: Path) -> None:
    versions, first = Versions(tmp_path / "home"), version(project)
    versions.keep(BOT, library(project))
    about = library(project).workflow(BOT).about
    changed(project, f"workflows/{BOT}/workflow.yaml", about, "Something else.")
    assert version(project) != first
    kept = versions.find(BOT, first, library(project))
    assert kept is not None
    assert kept.workflow(BOT).about == about
    assert kept.path("template", "chest-xray").is_relative_to(tmp_path / "home")
    assert (kept.path("skill", "chest-xray-pneumonia").parent / "model.onnx").is_file()
    assert not list((tmp_path / "home").rglob("train"))


def test_a_bots_own_file_is_the_one_there_is_now(tmp_path: Path, project: Path) -> None:
    versions, first = Versions(tmp_path / "home"), version(project)
    versions.keep(BOT, library(project))
    changed(project, f"bots/{BOT}.yaml", "credential: ehr-bot", "credential: another-account")
    kept = versions.find(BOT, first, library(project))
    assert kept is not None
    assert "another-account" in {app.credential for app in kept.bot(BOT).apps.values()}
    changed(project, f"bots/{BOT}.yaml", "map: demo-ehr", "map: gnuhealth")
    assert versions.find(BOT, first, library(project)) is None, "what it was for is another system now"


def test_a_copy_that_was_touched_is_not_used(tmp_path: Path, project: Path) -> None:
    versions, first = Versions(tmp_path / "home"), version(project)
    kept = versions.keep(BOT, library(project))
    path = kept.path("template", "chest-xray")
    path.write_text(path.read_text(encoding="utf-8") + "<!-- -->", encoding="utf-8")
    assert versions.find(BOT, first, library(project)) is None
    with pytest.raises(SetupError, match="changed"):
        versions.keep(BOT, library(project))


@pytest.mark.parametrize("bot", ["chest-xray-preread", "chest-xray-preread-remote"])
def test_a_copy_is_all_that_is_approved_pictures_and_side_files_too(tmp_path: Path, bot: str) -> None:
    """Otherwise what a worker runs is never what was approved, and in production it waits for ever."""
    project, versions = tmp_path / "project", Versions(tmp_path / "home")
    for folder in ("bots", "workflows", "skills"):
        shutil.copytree(bundled() / folder, project / folder, ignore=shutil.ignore_patterns("train", "golden"))

    def same() -> bool:
        return made_of(bot, versions.keep(bot, library(project))).hash == made_of(bot, library(project)).hash

    assert same()
    for path in ("skills/chest-xray-pneumonia/calibration.json",
                 "workflows/screens/gnuhealth-desktop-remote/save.png"):  # fmt: skip
        file = project / path
        file.write_bytes(file.read_bytes() + b"\n")
        assert same(), path
    assert len(list((tmp_path / "home" / "versions").iterdir())) == 1


@pytest.mark.parametrize("name", ["../other/save.png", "/srv/save.png", "sub/save.png", "C:save.png", "..\\save.png"])
def test_a_picture_of_a_map_lies_in_its_folder(name: str) -> None:
    """What lies elsewhere is no part of what is approved."""
    with pytest.raises(ValidationError, match="own folder"):
        Locator(image=name)


def test_several_may_keep_it_at_once(tmp_path: Path, project: Path) -> None:
    kept: list[Library] = []
    threads = [
        threading.Thread(target=lambda: kept.append(Versions(tmp_path / "home").keep(BOT, library(project))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 4
    assert len(list((tmp_path / "home" / "versions").iterdir())) == 1


def test_what_nobody_uses_is_deleted_and_what_items_need_is_not(tmp_path: Path, project: Path) -> None:
    versions, first = Versions(tmp_path / "home"), version(project)
    versions.keep(BOT, library(project))
    assert versions.forget([]) == [], "used a moment ago"
    assert versions.forget([first], unused=-1.0) == []
    assert versions.forget([], unused=-1.0) == [first[:32]]
    assert versions.find(BOT, first, library(project)) is None
