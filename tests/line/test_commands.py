"""wetread stop, go-on and line, as a person types them."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robot_library.cli.main import run_cli
from robot_library.cli.site import open_key
from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.desk import DATABASE
from robot_library.engine.fleet.workers import Presence
from robot_library.safeguards.practice import belong

BOT = "chest-xray-preread"


@pytest.fixture
def home(tmp_path: Path) -> list[str]:
    open_key(tmp_path / "home", create=True)
    return ["--home", str(tmp_path / "home")]


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    run_cli([*arguments, "--json"])
    return json.loads(capsys.readouterr().out)


def test_stop_look_and_go_on(home: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["line", *home]) == 0
    assert capsys.readouterr().out == "Nothing is stopped, held or closed.\n"
    assert run_cli(["stop", "--bot", BOT, "--why", "wrong template", "--who", "dr.chen", *home]) == 0
    assert capsys.readouterr().out == f"Bot {BOT} is stopped.\n"
    found = said(capsys, "line", *home)["stopped"]
    assert [(one["scope"], one["who"], one["why"]) for one in found] == [(f"bot:{BOT}", "dr.chen", "wrong template")]
    assert said(capsys, "go-on", "--bot", BOT, "--who", "dr.chen", *home) == {"scope": f"bot:{BOT}", "changed": True}
    assert run_cli(["go-on", "--bot", BOT, *home]) == 1
    assert [one["what"] for one in said(capsys, "line", "--decisions", *home)["decisions"]] == ["go_on", "stop"]


async def test_a_stop_that_reaches_no_worker_says_so(home: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """In a fleet, without WETREAD_DB, or in another folder: nothing of the bots' is stopped, and it looked as if."""
    for words in (["stop", "--all", "--why", "x", *home], ["line", *home]):
        assert await asyncio.to_thread(run_cli, words) == 0
        assert f"no worker is at work on {home[1]}" in capsys.readouterr().err
    store = Store(f"sqlite:///{Path(home[1]) / 'engine.sqlite'}")
    presence = Presence(store, "worker-1")
    await presence.start()
    try:
        assert (await asyncio.to_thread(said, capsys, "stop", "--bot", BOT, "--why", "x", *home))["workers"] == 1
        await asyncio.to_thread(run_cli, ["line", *home])
        assert "no worker" not in capsys.readouterr().err
    finally:
        await presence.stop()
        store.close()


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--bot", "chest-xray-prered"], "Did you mean 'chest-xray-preread'?"),
        (["--system", "demo-her"], "Did you mean 'demo-ehr'?"),
        (["--credential", "ehr-bott"], "Did you mean 'ehr-bot'?"),
        (["--all", "--bot", BOT], "Say which line, once"),
        ([], "Say which line, once"),
    ],
)
def test_a_misspelt_line_is_refused_because_it_would_stop_nothing(
    home: list[str], capsys: pytest.CaptureFixture[str], arguments: list[str], wanted: str
) -> None:
    assert run_cli(["stop", *arguments, "--why", "x", *home]) == 2
    assert wanted in capsys.readouterr().err
    assert said(capsys, "line", *home)["stopped"] == []


ENVIRONMENTS = "environments: {test: {}, prod: {production: true}}"


@pytest.mark.parametrize("site", ["", "environments: {test: {}}", "systems: {demo-ehr: {sesions: 4}}", ENVIRONMENTS])
def test_the_switch_hangs_on_no_file_and_no_place(
    home: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], site: str
) -> None:
    """Pressed in any folder, on a machine whose environment that folder does not know, and where site.yaml is wrong."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "wetread.toml").touch()
    if site:
        (folder / "site.yaml").write_text(site, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("WETREAD_ENV", "prod")
    for line in (["--all"], ["--bot", BOT], ["--system", "demo-ehr"], ["--credential", "ehr-bot"]):
        assert run_cli(["stop", *line, "--why", "wrong side", *home]) == 0, capsys.readouterr()
    monkeypatch.delenv("WETREAD_ENV")
    monkeypatch.chdir(tmp_path)
    assert len(said(capsys, "line", *home)["stopped"]) == 4


@pytest.mark.parametrize("shared", [False, True], ids=["home", "database"])
def test_a_stop_of_another_environment_than_was_meant_says_so(
    home: list[str], capsys: pytest.CaptureFixture[str], shared: bool
) -> None:
    """WETREAD_DB is the test system's, and `--env prod` was said: prod goes on, and it looked as if it was stopped."""
    url = f"sqlite:///{Path(home[1]) / 'engine.sqlite'}"
    assert run_cli(["line", *home]) == 0  # makes it
    if shared:
        with Store(url).durable.begin() as connection:
            connection.execute(sa.insert(tables.meta).values(name="environment", value="test"))
    else:
        belong(Path(home[1]), "test")
    words = ["stop", "--all", "--why", "x", *home, *(["--db", url] if shared else [])]
    assert run_cli([*words, "--env", "prod"]) == 0
    assert "was environment 'test', and not 'prod'" in capsys.readouterr().err
    assert run_cli([*words, "--env", "test"]) == 1, "it is stopped already"
    assert "environment 'test'" not in capsys.readouterr().err


def test_a_bot_that_has_run_here_is_stopped_from_any_folder(
    home: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_cli(["stop", "--bot", "night", "--why", "x", *home]) == 2
    assert "--all stops everything" in capsys.readouterr().err
    with Store(f"sqlite:///{tmp_path / 'home' / DATABASE}").durable.begin() as connection:
        row = {"id": "1", "bot": "night", "key_mac": "1", "state": "new", "workflow": "-", "created": 1.0, "code": "",
               "updated": 1.0, "generation": 0, "version": "", "priority": 1, "payload": ""}  # fmt: skip
        connection.execute(sa.insert(tables.items).values(**row))
    assert run_cli(["stop", "--bot", "night", "--why", "x", *home]) == 0


def test_a_system_that_is_closed_now_is_shown_with_its_time(
    home: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.yaml").write_text(
        "systems:\n  demo-ehr:\n    sessions: 4\n    maintenance: [{begins: 2021-01-01 00:00, ends: 2099-01-01 00:00}]",
        encoding="utf-8",
    )
    found = said(capsys, "line", "--project", str(tmp_path), *home)
    assert found["closed"]["demo-ehr"]["reason"] == "demo-ehr is under maintenance until 2099-01-01 00:00 (UTC)"
    assert found["seats"] == {"demo-ehr": [0, 4]}


def test_a_stage_is_decided_kept_and_shown(home: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    why = ["--who", "dr.chen", "--why", "first two weeks"]
    assert run_cli(["bots", "stage", BOT, "shadow", *why, *home]) == 0
    assert capsys.readouterr().out == f"{BOT} is shadow now.\n"
    assert said(capsys, "bots", "stage", BOT, "limited", *why, *home)["holds"] == "limited"
    assert [one["stage"] for one in said(capsys, "line", *home)["bots"]] == ["limited"]
    assert [one["what"] for one in said(capsys, "line", "--decisions", *home)["decisions"]] == [
        "stage limited", "stage shadow",
    ]  # fmt: skip
    assert run_cli(["bots", "stage", BOT, "lively", *why, *home]) == 2


def test_items_of_a_stopped_bot_are_shown_as_held(home: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["queue", "add", BOT, "--set", "order=REQ1", *home]) == 0
    assert said(capsys, "queue", "list", *home)["items"][0]["held"] == ""
    assert run_cli(["stop", "--bot", BOT, "--why", "look first", *home]) == 0
    (item,) = said(capsys, "queue", "list", *home)["items"]
    assert item["held"] == f"bot {BOT} is stopped"
    assert said(capsys, "queue", "show", item["item"][:8], *home)["item"]["held"] == f"bot {BOT} is stopped"


def test_a_system_that_does_not_answer_is_shown_with_since_when_and_the_next_question(
    home: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["line", *home]) == 0
    row = ("demo-ehr", "http://ehr", "ERR_CONNECTION_REFUSED", 1_800_000_000.0, 2_800_000_060.0, 1, None)
    columns = ("system", "address", "code", "since", "until", "asked", "ended")
    store = Store(f"sqlite:///{Path(home[1]) / 'engine.sqlite'}")
    with store.durable.begin() as connection:
        connection.execute(sa.insert(tables.outages).values(**dict(zip(columns, row, strict=True))))
    store.close()
    (down,) = said(capsys, "line", *home)["down"]
    assert (down["system"], down["since"], down["until"]) == (
        "demo-ehr",
        "2027-01-15T08:00:00Z",
        "2058-09-23T09:47:40Z",
    )
    assert run_cli(["line", *home]) == 0
    shown = capsys.readouterr().out
    assert [word for word in ("does not answer", "since 2027-01-1", "asked again") if word not in shown] == []
    assert run_cli(["go-on", "--system", "demo-ehr", *home]) == 0
    assert capsys.readouterr().out == "Demo-ehr is asked at once.\n"
    (asked,) = said(capsys, "line", *home)["down"]
    assert datetime.fromisoformat(asked["until"]).timestamp() <= time.time() + 1
    assert run_cli(["go-on", "--system", "demo-pacs", *home]) == 1
