"""`wetread run --step`: asked before each step, values hidden, stopped without a loss, gone on with an edited file."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from robot_library.cli.step import Lines, Stepper, known_breaks
from robot_library.engine.engine import Engine
from robot_library.engine.ports import Assembly
from robot_library.errors import AuthoringError, RunCancelled
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.steps import PREREAD, workflow
from tests.engine.world import Record

SEALER = SealedJson(KEY)
Written = list[tuple[Any, ...]]


def protecting(text: str) -> tuple[Any, ...]:
    """The main job's last step, with something else typed."""
    save = {"once_per": "=item.order", "order": "=item.order", "text": text}
    return (
        "protect",
        {
            "patient": "=order.patient",
            "steps": [("open", {"order": "=item.order"}), ("fill", {"text": text}), ("save", save)],
        },
    )


class Desk:
    """A person at the terminal: what they type before each step; Enter where nothing is said."""

    def __init__(self, folder: Path, typed: dict[str, list[str]], files: Sequence[Written | Exception] = ()) -> None:
        self.folder, self.typed, self.files = folder, typed, list(files)
        self.record = Record(folder / "record.sqlite")
        if not self.record.run("SELECT 1 FROM orders"):
            self.record.add("O1", "P1")
        self.said: list[str] = []
        self.asked: list[str] = []
        self.now = self.made(PREREAD, "one")

    def made(self, steps: Written, version: str) -> Assembly:
        flow = workflow(steps).model_copy(update={"sha256": f"sha-{version}"})
        return replace(assembly(self.folder, self.record), workflow=flow, version=version)

    def again(self) -> Assembly:
        found = self.files.pop(0)
        if isinstance(found, Exception):
            raise found
        return self.made(found, f"version {len(self.files)}")

    def say(self, text: str) -> None:
        self.said.append(text)
        if found := re.match(r"\n(\S+)  \w+: .*\(", text):
            self.asked.append(found[1])

    async def ask(self) -> str:
        typed = self.typed.get(self.asked[-1], [])
        return typed.pop(0) if typed else ""

    async def work(self, *, each: bool = True, breaks: Sequence[str] = (), stepping: bool = True) -> None:
        engine = Engine(self.folder / "home", SEALER, SEALER.fingerprint, settle=0.01)
        engine.add_bot(self.now)
        async with engine:
            await engine.submit("tiny", {"order": "O1"}, "O1")
            if not stepping:
                await engine.run_until_idle()
                return
            await Stepper(
                self.now, self.again, each=each, breaks=set(breaks), ask=self.ask, say=self.say
            ).run(engine)  # fmt: skip


async def test_it_stops_before_each_step_and_goes_on_with_an_edited_file(tmp_path: Path) -> None:
    """What is done may not change; what is to come may, and is typed as it is written now. Nothing is asked twice."""
    earlier = [*PREREAD[:5], ("compute", {"value": "another"}, "text"), protecting("=text")]
    later = [*PREREAD[:6], protecting("=item.order")]
    wrong = AuthoringError("a workflow is wrong.")
    desk = Desk(tmp_path, {"4": ["l"], "7.steps.2": ["r", "r", "r", ""]}, [wrong, earlier, later])
    await desk.work()
    text = "\n".join(desk.said)
    first = ["1", "2", "3", "4", "5", "6", "7", "7.steps.1", "7.steps.2"]
    assert desk.asked == [*first, "7.steps.2", "7.steps.3"]
    assert "a workflow is wrong." in text
    assert "Not from here: step 6 has changed" in text
    assert "order: order •••, patient •••" in text
    assert "P1" not in text
    assert "PRESSES FOR GOOD" in text
    assert desk.record.saves("O1") == ["O1"], "the edited step has typed it, and once"
    assert "typed" in desk.said[-1]


async def test_stopped_before_the_final_press_nothing_is_saved_and_it_goes_on_later(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"7.steps.3": ["what?", "q"]})
    with pytest.raises(RunCancelled):
        await desk.work(each=False, breaks=["save"])
    assert desk.asked == ["7.steps.3"], "only the break is asked"
    assert any("edited" in line for line in desk.said), "whatever is not understood is answered with help"
    assert desk.record.saves("O1") == []
    await desk.work(stepping=False)
    assert desk.record.saves("O1") == ["negative"]


async def test_what_is_typed_comes_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    with os.fdopen(read, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        lines = Lines()
        os.write(write, "b säve\nl\n".encode())
        async with asyncio.timeout(60):
            assert [await lines.next(), await lines.next()] == ["b säve", "l"]
            os.close(write)
            assert await lines.next() == "q", "nobody is there any more"


def test_a_break_is_a_step_of_the_workflow(tmp_path: Path) -> None:
    made = Desk(tmp_path, {}).now
    assert known_breaks(made, ("save", "7.steps.2", "reading")) == {"save", "7.steps.2", "reading"}
    with pytest.raises(click.UsageError, match="Did you mean 'save'"):
        known_breaks(made, ("saev",))
