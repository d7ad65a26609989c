"""`wetread queue`: items in, lists, back, out and notes, as a person and as a program asks for them."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from robot_library.cli.main import run_cli
from robot_library.cli.site import open_desk

BOT = "chest-xray-preread"


class Ask:
    """Runs `wetread queue …` on one home."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self._capsys = home, capsys

    def __call__(self, *words: str, code: int = 0) -> Any:
        said = self.text(*words, "--json", code=code)
        return json.loads(said.splitlines()[-1]) if said.strip() else None

    def text(self, *words: str, code: int = 0) -> str:
        self._capsys.readouterr()
        found = run_cli(["queue", *words, "--home", str(self.home)])
        said = self._capsys.readouterr()
        assert found == code, said.err
        self.err = said.err
        return said.out

    def end(self, item: str, state: str = "dead", outcome: str = "needs_person", code: str = "DeadLetter") -> None:
        async def work() -> None:
            async with open_desk(self.home) as desk:
                await desk.items.close(item, state, outcome, code, "it ended so.")  # type: ignore[arg-type]

        asyncio.run(work())


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    return Ask(tmp_path / "home", capsys)


def test_one_item_in_shown_noted_and_out(ask: Ask) -> None:
    (item,) = ask("add", BOT, "--set", "order=REQ77012345", "--priority", "stat", "--due", "2 h")["items"]
    assert ask("add", BOT, "--set", "order=REQ77012345")["known"] == 1
    (listed,) = ask("list", "--search", "REQ77012345")["items"]
    assert (listed["item"], listed["priority"], listed["late"]) == (item, 1, False)
    assert 7000 < datetime.fromisoformat(listed["due"]).timestamp() - time.time() < 7300
    assert ask("note", item[:8], "second film on its way", "--who", "dr.chen")["item"] == item
    shown = ask("show", item[:8])
    assert [(note["who"], note["text"]) for note in shown["notes"]] == [("dr.chen", "second film on its way")]
    assert ask("cancel", item[:8], "--who", "dr.chen")["cancelled"] == [item]
    assert ask("cancel", item[:8], "--who", "dr.chen", code=1)["ended_before"] == [item]
    assert ask("show", item)["item"]["code"] == "ItemTaken"
    assert item[:8] in ask.text("list")
    everything = b"".join(path.read_bytes() for path in ask.home.rglob("*") if path.is_file())
    assert b"REQ77012345" not in everything
    assert b"second film" not in everything


def test_a_whole_file_or_nothing_of_it(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order,priority,due\nA1,,\nA2,stat,2031-01-01T08:00+00:00\nA3,,\n", encoding="utf-8")
    assert len(ask("add", BOT, "--from", str(file))["items"]) == 3
    assert ask("add", BOT, "--from", str(file)) == {"bot": BOT, "items": [], "known": 3}
    first = ask("list", "--order", "next")["items"][0]
    assert (first["priority"], first["due"]) == (1, "2031-01-01T08:00:00Z")
    file.write_text("order,ward\nB1,7\n", encoding="utf-8")
    ask("add", BOT, "--from", str(file), code=2)
    assert "Nothing was taken: row 2: the inputs do not fit the workflow (unknown: ward)." in ask.err
    assert ask("list")["total"] == 3


def test_given_up_items_are_listed_with_where_and_sent_back_in_bulk(ask: Ask) -> None:
    items = [ask("add", BOT, "--set", f"order=O{number}")["items"][0] for number in range(3)]
    ask.end(items[0])
    ask.end(items[1], "application_exception", code="ScreenNotReached")
    ask.end(items[2], "done", "typed", "")
    dead = ask("dead")
    assert [(one["item"], one["code"]) for one in dead["items"]] == [(items[0], "DeadLetter")]
    assert ask("retry", "--bot", BOT, "--code", "ScreenNotReached")["sent_back"] == [items[1]]
    assert set(ask("retry", items[0], items[2])["sent_back"]) == {items[0]}
    assert ask("retry", "--bot", BOT, code=1)["sent_back"] == []
    assert ask("show", items[0])["item"]["generation"] == 1
    assert ask("list", "--state", "open")["total"] == 2
    assert ask("list", "--state", "ended", "--bot", BOT)["total"] == 1
    assert ask("list", "--older", "1 h")["total"] == 0
    assert "sent back into the queue" in ask.text("show", items[0])


def test_mistakes_are_said_before_anything_is_done(ask: Ask) -> None:
    ask("add", BOT, code=2)
    assert "--set" in ask.err
    ask("add", BOT, "--set", "order=1", "--priority", "urgentish", code=2)
    assert "the priority is not understood" in ask.err
    ask("add", BOT, "--set", "order=1", "--due", "tomorrow", code=2)
    assert "the due time is not understood" in ask.err
    ask("add", "nobody", "--set", "order=1", code=2)
    ask("retry", code=2)
    ask("show", "ffff", code=2)
