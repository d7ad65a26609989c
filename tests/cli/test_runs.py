"""`wetread runs` over many items: a page of them without opening one, all of them as one JSON array."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from robot_library.cli.main import run_cli
from robot_library.cli.site import make_desk, open_key
from robot_library.engine.desk import New
from robot_library.engine.records.recorder import Timeline
from robot_library.model.run import Effect, StepRecord
from robot_library.safeguards.sealed import SealedJson

COUNT = 120


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    key = open_key(home, create=True)

    async def fill() -> None:
        async with make_desk(home, key) as desk:
            await desk.add_all("tiny", [New({"order": f"O{number}"}, f"O{number}") for number in range(COUNT)])

    asyncio.run(fill())
    return home


def said(capsys: pytest.CaptureFixture[str], home: Path, *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run_cli(["runs", "--home", str(home), *words]) == code
    return capsys.readouterr().out


def test_a_list_is_a_page_and_opens_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("a timeline was read for a list")

    monkeypatch.setattr(Timeline, "entries", never)
    text = said(capsys, home)
    assert text.count("tiny") == 50
    assert "50 of 120" in text
    assert said(capsys, home, "--limit", "1000", "--bot", "tiny").count("tiny") == COUNT
    assert "tiny" not in said(capsys, home, "--bot", "other")


def test_json_is_all_in_the_order_they_came(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, home, "--json")
    assert text.count("\n") == 1
    everything = json.loads(text)
    assert len(everything) == COUNT
    newest = json.loads(said(capsys, home, "--json", "--limit", "3", "--skip", "1"))
    assert [run["item"] for run in newest] == [run["item"] for run in everything[-4:-1]]
    one = everything[7]["item"]
    assert [run["item"] for run in json.loads(said(capsys, home, one[:12], "--json"))] == [one]
    assert {run["outcome"] for run in everything} == {"under_way"}, "none has ended, and none waits for a person"
    assert json.loads(said(capsys, home, "--json", "--bot", "other")) == []


def test_times_are_of_all_runs_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = open_key(tmp_path, create=True)
    began = datetime(2026, 11, 28, 3, tzinfo=UTC)

    def step(action: str, effect: Effect, seconds: float) -> StepRecord:
        return StepRecord(path="1", action=action, title="", place="", effect=effect, started=began, seconds=seconds,
                          outcome="ok")  # fmt: skip

    async def fill() -> None:
        async with make_desk(tmp_path, key) as desk:
            timeline = Timeline(desk.store, SealedJson(key), "item", "tiny")
            for one in (step("open", "read", 1.0), step("open", "read", 2.0), step("fetch_study", "read", 1.0),
                        step("protect", "block", 9.0)):  # fmt: skip
                await timeline.add(one)

    asyncio.run(fill())
    first, second = json.loads(said(capsys, tmp_path, "--times", "--json"))
    assert (first["action"], first["count"], first["seconds"], first["longest"], first["share"]) == (
        "open", 2, 3.0, 2.0, 0.75,
    )  # fmt: skip
    assert (second["action"], second["share"]) == ("fetch_study", 0.25), "a block's steps count, not the block"
    assert "75.0%" in said(capsys, tmp_path, "--times")
    said(capsys, tmp_path, "3f9a", "--times", code=2)


def test_letters_that_fit_none_or_several_are_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, home, "zz", code=2)
    said(capsys, home, "", code=2)
