"""`wetread worker` as a process: takes up what people enable, works, and leaves when it is told."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from robot_library.bot import assemble
from robot_library.cli.main import run_cli
from robot_library.cli.site import open_key
from robot_library.engine.line.switches import BotStates
from robot_library.engine.records.checks import LOAD, Checks
from robot_library.errors import SetupError
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.made_of import made_of
from robot_library.parsing.surroundings import variables
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.worker import Worker

ROOT = Path(__file__).resolve().parents[2]
BOT = "counts"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A bot that needs no screen."""
    folder = tmp_path / "project"
    (folder / "bots").mkdir(parents=True)
    (folder / "workflows" / BOT).mkdir(parents=True)
    bot = f"bot: {BOT}\nabout: Counts.\nworkflow: {BOT}\napps: {{}}\n"
    (folder / "bots" / f"{BOT}.yaml").write_text(bot, encoding="utf-8")
    lines = [f"workflow: {BOT}", "about: Counts.", "item:", "  order: {type: text}", "steps:"]
    lines += ["  - check: {that: =item.order == item.order, otherwise: never}"]
    (folder / "workflows" / BOT / "workflow.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@contextmanager
def worker(project: Path, home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "robot_library.cli.main", "worker", "--home", str(home), "--project", str(project)]
    process = subprocess.Popen(
        [*command, "--json", *words], cwd=ROOT, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        if process.stdin is not None and process.stdin.closed:
            process.stdin = None  # else it would be flushed
        process.communicate()


def says(process: subprocess.Popen[str], event: str) -> dict[str, Any]:
    """The next event of this kind."""
    assert process.stdout is not None
    for line in process.stdout:
        said: dict[str, Any] = json.loads(line)
        if said["event"] == event:
            return said
    raise AssertionError(f"it ended without {event}: {process.communicate()[1][-2000:]}")


def cli(*words: str) -> None:
    assert run_cli([*words]) == 0


def test_it_takes_up_what_is_enabled_works_and_leaves(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    place = ("--home", str(home), "--project", str(project))
    with worker(project, home, "--until-eof") as process:
        assert says(process, "ready")["bots"] == []
        cli("bots", "enable", BOT, "--who", "Dr. Chen", *place)
        cli("queue", "add", BOT, "--set", "order=A1", *place)
        assert says(process, "loaded")["bot"] == BOT
        assert says(process, "item")["outcome"] == "typed"
        assert process.stdin is not None
        process.stdin.close()
        says(process, "stopping")
        says(process, "stopped")
        assert process.wait(60) == 0
    assert list((home / "versions").iterdir()), "what it ran is kept for items that have begun"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM between processes")
def test_told_by_a_signal_it_leaves_and_a_second_of_its_name_is_refused(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with worker(project, home, "--bot", BOT) as process:
        assert says(process, "ready")["bots"] == [BOT]
        with worker(project, home, "--bot", BOT) as other:
            out, errors = other.communicate(timeout=120)
            assert other.returncode == 3, errors
            assert "already at work here as 'worker'" in out + errors
        process.send_signal(signal.SIGTERM)
        says(process, "stopped")
        assert process.wait(60) == 0


def test_a_bot_that_is_not_there_is_said_before_anything_is_opened(project: Path, tmp_path: Path) -> None:
    assert run_cli(["worker", "--bot", "nobody", "--home", str(tmp_path / "home"), "--project", str(project)]) == 2


async def test_an_enabled_bot_that_cannot_run_is_named_with_why_and_runs_once_it_can(
    project: Path, tmp_path: Path
) -> None:
    key, said = open_key(tmp_path / "home", create=True), list[tuple[str, Mapping[str, Any]]]()
    file = project / "bots" / f"{BOT}.yaml"
    right = file.read_text(encoding="utf-8")
    file.write_text(right.replace("workflow: ", "workflow: no-"), encoding="utf-8")

    def made() -> Worker:
        return Worker(
            tmp_path / "home", Library(project), key, "worker", says=lambda event, about: said.append((event, about))
        )

    one = made()
    await one.engine.open()
    await BotStates(one.engine.store, SealedJson(key)).enable(BOT, "Dr. Chen", "")
    await one._look()
    ((event, about),) = said
    assert (event, about["bot"]) == ("cannot", BOT)
    assert "WR120 there is no workflow" in about["why"]
    checks = Checks(one.engine.store, SealedJson(key))
    assert [(name, each.bad) for name, each in (await checks.newest(LOAD)).items()] == [(f"{BOT}@worker", 1)]
    file.write_text(right, encoding="utf-8")
    one._not_before = {}
    await one._look()
    assert said[-1][0] == "loaded"
    assert [each.bad for each in (await checks.newest(LOAD)).values()] == [0]
    one.engine.store.close()


def test_what_it_runs_is_what_its_files_are_now_not_what_it_read_of_them_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Approval is for the hash of the files: an address or a map that this process has read earlier, for another try or
    another bot, must not run under it."""
    project, bot = tmp_path / "project", "chest-xray-preread"
    for folder in ("bots", "workflows"):
        shutil.copytree(bundled() / folder, project / folder)
    for name in variables(Library(project, bundled()).bot(bot), Library(project, bundled())):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    one = Worker(tmp_path / "home", Library(project, bundled()), open_key(tmp_path / "home", create=True), "worker")
    first = one._made(bot)
    for path, before, after in (
        (f"bots/{bot}.yaml", "${WETREAD_EHR_URL}", "http://ehr.example"),
        ("workflows/screens/demo-ehr.yaml", "about: One imaging request.", "about: Looked at again."),
    ):
        text = (project / path).read_text(encoding="utf-8")
        (project / path).write_text(text.replace(before, after), encoding="utf-8")
        assert text.count(before) == 1
    now = one._made(bot)
    assert first.made is not None
    assert now.made is not None
    assert now.made.hash == made_of(bot, Library(project, bundled())).hash != first.made.hash
    assert now.bot.apps["ehr"].url == "http://ehr.example"
    assert any(screen.about == "Looked at again." for screen in now.maps["demo-ehr"].screens.values())

    def written_meanwhile(*args: Any, **more: Any) -> Any:
        found = assemble(*args, **more)
        (project / f"bots/{bot}.yaml").write_text(text_of_bot + "# later\n", encoding="utf-8")
        return found

    text_of_bot = (project / f"bots/{bot}.yaml").read_text(encoding="utf-8")
    monkeypatch.setattr("robot_library.unattended.worker.assemble", written_meanwhile)
    with pytest.raises(SetupError, match="changed while they were read"):
        one._made(bot)
