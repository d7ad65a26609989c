"""Switch and rollback: whole folders move, nothing is lost, a crash between two renames is mended."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from robot_library.errors import AuthoringError, SetupError
from robot_library.skills.host import LocalSkillHost
from robot_library.skills.manifest import load_manifest
from robot_library.skills.monitor import versions
from robot_library.skills.monitor.versions import beside, challenger_of, recover, rollback, switch
from tests.skills.evaluation.films import NAME, project


def version(folder: Path, number: str, model: bytes | None = None) -> Path:
    """The skill's folder made into another version, with another model if given."""
    text = re.sub(r"\nchanges:\n(?:  .*\n)+", "\n", (folder / "skill.yaml").read_text(encoding="utf-8"))
    old = load_manifest(folder)
    if model is not None:
        (folder / "model.onnx").write_bytes(model)
        text = text.replace(old.model.sha256, hashlib.sha256(model).hexdigest())
    (folder / "skill.yaml").write_text(text.replace(f"version: {old.version}", f"version: {number}"), encoding="utf-8")
    return folder


@pytest.fixture
def champion(tmp_path: Path) -> Path:
    folder = version(project(tmp_path), "1.0.0")
    challenger = beside(folder, "challenger")
    challenger.parent.mkdir(parents=True)
    os.rename(project(tmp_path / "other"), challenger)
    version(challenger, "2.0.0", b"a new model")
    return folder


def there(champion: Path) -> dict[str, str]:
    """Version by place."""
    found = {"champion": load_manifest(champion).version} if champion.exists() else {}
    folders = champion.parent.glob(f"versions/*/{NAME}")
    return found | {folder.parent.name: load_manifest(folder).version for folder in folders}


def test_there_and_back_again(champion: Path) -> None:
    assert challenger_of(champion) is not None
    moved = switch(champion)
    assert (moved.now, moved.before) == ("2.0.0", "1.0.0")
    assert there(champion) == {"champion": "2.0.0", "previous": "1.0.0"}
    assert rollback(champion).now == "1.0.0"
    assert there(champion) == {"champion": "1.0.0", "challenger": "2.0.0"}
    assert (champion.parent / "versions" / "switches.csv").read_text(encoding="utf-8").count("\n") == 3
    with pytest.raises(SetupError, match="no previous version"):
        rollback(champion)


def test_versions_are_no_skills_of_their_own(champion: Path) -> None:
    names = LocalSkillHost([champion.parent], lambda _: None).names()  # type: ignore[arg-type,return-value]
    assert names == sorted({NAME, *load_manifest(champion).gates.first})


def test_older_versions_are_kept_under_their_number(champion: Path, tmp_path: Path) -> None:
    switch(champion)
    os.rename(project(tmp_path / "third"), beside(champion, "challenger"))
    version(beside(champion, "challenger"), "3.0.0", b"a third")
    switch(champion)
    assert there(champion) == {"champion": "3.0.0", "previous": "2.0.0", "1.0.0": "1.0.0"}


def test_an_exchanged_model_is_refused_and_nothing_moves(champion: Path) -> None:
    (beside(champion, "challenger") / "model.onnx").write_bytes(b"exchanged")
    with pytest.raises(SetupError, match="the manifest says"):
        switch(champion)
    assert there(champion) == {"champion": "1.0.0", "challenger": "2.0.0"}
    (beside(champion, "challenger") / "model.onnx").write_bytes(b"a new model")
    switch(champion)
    (beside(champion, "previous") / "model.onnx").write_bytes(b"exchanged")
    with pytest.raises(SetupError, match="the manifest says"):
        rollback(champion)
    assert there(champion) == {"champion": "2.0.0", "previous": "1.0.0"}


@pytest.mark.parametrize(
    ("number", "model", "message"),
    [("1.0.0", None, "runs already"), ("1.0.0", b"other", "calls itself 1.0.0, as the champion does")],
)
def test_the_same_version_is_no_challenger(
    champion: Path, tmp_path: Path, number: str, model: bytes | None, message: str
) -> None:
    folder = beside(champion, "challenger")
    os.rename(folder, tmp_path / "away")
    os.rename(project(tmp_path / "copy"), folder)
    version(folder, number, model)
    with pytest.raises(SetupError, match=message):
        switch(champion)
    assert load_manifest(champion).version == "1.0.0"
    assert not beside(champion, "previous").exists()


def test_two_models_of_one_number_are_a_persons(champion: Path, tmp_path: Path) -> None:
    switch(champion)
    os.rename(project(tmp_path / "old"), tmp_path / "x")
    (champion.parent / "versions" / "1.0.0").mkdir()
    folder = beside(champion, "1.0.0")
    os.rename(tmp_path / "x", folder)
    version(folder, "1.0.0", b"another")
    os.rename(project(tmp_path / "third"), beside(champion, "challenger"))
    version(beside(champion, "challenger"), "3.0.0", b"a third")
    with pytest.raises(SetupError, match="two different models call themselves"):
        switch(champion)
    assert there(champion)["champion"] == "2.0.0"


@pytest.mark.parametrize("move", [switch, rollback])
def test_a_crash_between_the_renames_is_mended(
    champion: Path, monkeypatch: pytest.MonkeyPatch, move: Callable[[Path], object]
) -> None:
    if move is rollback:
        switch(champion)
    real, done = os.rename, []

    def dying(source: Path, target: Path) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(source)
        real(source, target)

    monkeypatch.setattr(versions.os, "rename", dying)
    with pytest.raises(KeyboardInterrupt):
        move(champion)
    monkeypatch.setattr(versions.os, "rename", real)
    assert not champion.exists()
    assert recover(champion)
    assert there(champion) == {"champion": "1.0.0", "challenger": "2.0.0"}
    assert not recover(champion)


def test_a_broken_manifest_is_no_champion(champion: Path) -> None:
    (beside(champion, "challenger") / "skill.yaml").write_text("skill: x\n", encoding="utf-8")
    with pytest.raises(AuthoringError):
        switch(champion)
    assert load_manifest(champion).version == "1.0.0"
    assert not beside(champion, "previous").exists()
