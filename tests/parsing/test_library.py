"""Where files are looked for, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.errors import AuthoringError
from robot_library.parsing.bots import fingerprint
from robot_library.parsing.library import Library, bundled, project_above

BOT = "bot: mine\nabout: Mine.\nworkflow: chest-xray-preread\napps: {}\n"


def test_project_then_marker_then_bundled(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert Library.find(start=below).folders == (bundled().resolve(),)
    (tmp_path / "wetread.toml").touch()
    assert project_above(below) == tmp_path.resolve()
    assert Library.find(start=below).folders == (tmp_path.resolve(), bundled().resolve())
    assert Library.find(below, start=below).folders == (below.resolve(), bundled().resolve())
    with pytest.raises(AuthoringError, match="there is no such project folder"):
        Library.find(tmp_path / "none")


@pytest.mark.parametrize("name", ["site.yaml", "bots/mine.yaml", "bots/chest-xray-preread.yaml"])
def test_a_file_that_would_be_passed_over_in_silence_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "bots").mkdir()
    monkeypatch.chdir(tmp_path)
    came = bundled() / "bots" / "imaging-qa.yaml"
    (tmp_path / "bots" / "imaging-qa.yaml").write_bytes(came.read_bytes())  # what came with wetread is used anyway
    assert Library.find(to_run=True).folders == (bundled().resolve(),)
    (tmp_path / name).write_text(BOT, encoding="utf-8")
    with pytest.raises(AuthoringError, match=f"{name}.*WR001 it would not be used"):
        Library.find(to_run=True)
    assert Library.find().folders == (bundled().resolve(),), "who only looks is not stopped"
    assert Library.find(tmp_path).folders[0] == tmp_path.resolve()
    (tmp_path / "wetread.toml").touch()
    assert Library.find().folders[0] == tmp_path.resolve()


def test_a_projects_own_file_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "bots" / "chest-xray-preread.yaml"
    own.parent.mkdir()
    own.write_text(BOT.replace("bot: mine", "bot: chest-xray-preread"), encoding="utf-8")
    library = Library(tmp_path, bundled())
    assert library.path("bot", "chest-xray-preread") == own
    assert library.bot("chest-xray-preread").about == "Mine."
    assert library.bot("chest-xray-preread") is library.bot("chest-xray-preread")
    assert "chest-xray-preread" in library.names("workflow")
    assert "chest-xray" in library.names("template")


def test_a_bot_has_one_name(tmp_path: Path) -> None:
    """A link to it is another name: `stop --bot` by the one would not stop the other."""
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "mine.yaml").write_text(BOT, encoding="utf-8")
    (tmp_path / "bots" / "night.yaml").symlink_to(tmp_path / "bots" / "mine.yaml")
    library = Library(tmp_path, bundled())
    assert library.bot("mine").bot == "mine"
    with pytest.raises(AuthoringError, match="WR708 the bot calls itself 'mine', its file 'night'"):
        library.bot("night")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\\b", ".hidden", "x\0", "C:x", "x\n", "é"])
def test_names_never_leave_the_folder(tmp_path: Path, name: str) -> None:
    assert Library(tmp_path).look("bot", name) is None


def test_what_is_missing_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(AuthoringError) as caught:
        Library(bundled()).screen_map("gnu-health")
    assert [(one.code, one.hint) for one in caught.value.diagnostics] == [("WR120", "Did you mean 'gnuhealth'?")]


def test_the_fingerprint_covers_the_screen_maps(tmp_path: Path) -> None:
    library = Library(bundled())
    bot = library.bot("chest-xray-preread")
    first = fingerprint(bot, library)
    role, app = next(iter(bot.apps.items()))
    copy = tmp_path / "workflows" / "screens" / f"{app.map}.yaml"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(library.path("screen", app.map).read_bytes())
    assert fingerprint(bot, Library(tmp_path, bundled())) == first, role
    copy.write_bytes(copy.read_bytes() + b"# changed\n")
    assert fingerprint(bot, Library(tmp_path, bundled())) != first
