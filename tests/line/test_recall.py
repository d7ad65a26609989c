"""Recall: what a version wrote is found, what another wrote is not, and what nobody knows is said. The kill switch."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from robot_library.cli.main import cli
from robot_library.errors import LineStopped
from robot_library.model.approval import MadeOf
from robot_library.safeguards.keys import FILE, write_file
from tests.engine.conftest import KEY, at_work, hospital, submit
from tests.engine.world import TinyDriver, TinySkills

SKILL = "chest-xray-pneumonia"


def made(letter: str, version: str) -> MadeOf:
    parts = {"screen map tiny": letter * 64, f"skill {SKILL}: model.onnx": letter * 64, "workflow tiny": "9" * 64}
    return MadeOf(letter * 64, parts, versions={SKILL: version})


async def test_a_version_is_recalled_with_all_it_wrote_and_nothing_else(tmp_path: Path) -> None:
    record, home = hospital(tmp_path, 9), tmp_path / "home"
    write_file(home / FILE, KEY)
    items: dict[str, str] = {}

    async def work(order: str, answer: str = "negative", **more: Any) -> None:
        parts = {"driver": TinyDriver(record), "skills": TinySkills(answer), **more}
        async with at_work(tmp_path, record, **parts) as engine:
            (items[order],) = await submit(engine, order)
            await asyncio.wait_for(engine.run_until_idle(), 120)

    await work("O1", made=made("a", "1.0.0"), version="a" * 64)
    await work("O2", answer="uncertain", made=made("a", "1.0.0"), version="a" * 64)  # waits: wrote nothing
    await work("O3", made=made("b", "1.1.0"), version="b" * 64)
    assert record.saves() == ["O1", "O3"]

    async def ask(*what: str) -> dict[str, Any]:
        args = ["impact", *what, "--since", "2020-01-01", "--home", str(home), "--json"]
        said = await asyncio.to_thread(CliRunner().invoke, cli, args)
        return {"exit": said.return_value, **json.loads(said.stdout)}

    first = await ask("--model", f"{SKILL}@1.0.0")
    assert [(one["item"], one["written"]) for one in first["items"]] == [(items["O1"], "written")]
    assert (first["looked_at"], first["unknown"], first["items"][0]["about"]) == (2, 0, None)
    assert [one["item"] for one in (await ask("--map", "tiny@bbbbbb"))["items"]] == [items["O3"]]
    assert {one["item"] for one in (await ask("--workflow", "tiny"))["items"]} == {items["O1"], items["O3"]}
    assert (await ask("--model", f"{SKILL}@9.9.9"))["items"] == []
    assert (await ask("--map", "tiny@aaaaaa", "--orders"))["items"][0]["about"] == {"order": "O1"}
    told = "".join(path.read_text(encoding="utf-8") for path in (home / "audit").rglob("*.jsonl"))
    assert told.count('"impact"') == 1
    await work("O4", version="c" * 64)  # of a time when nobody wrote down what versions were made of
    assert (await ask("--model", f"{SKILL}@1.0.0"))["unknown"] == 1


async def test_what_a_version_is_not_told_apart_by_is_recalled_too(tmp_path: Path) -> None:
    """A map's picture, or a file beside a model: the version stays the same, and what was written by it is listed."""
    record, home = hospital(tmp_path, 4), tmp_path / "home"
    write_file(home / FILE, KEY)
    items = []
    for order, letter in (("O1", "a"), ("O2", "b"), ("O3", "b")):
        pictured = MadeOf(letter * 64, {"screen map tiny": "1" * 64, "screen map tiny: save.png": letter * 64})
        async with at_work(tmp_path, record, driver=TinyDriver(record), made=pictured, version="f" * 64) as engine:
            items += await submit(engine, order)
            await asyncio.wait_for(engine.run_until_idle(), 120)
    assert record.saves() == ["O1", "O2", "O3"]
    args = ["impact", "--map", "tiny@bbbbbb", "--since", "2020-01-01", "--home", str(home), "--json"]
    said = json.loads((await asyncio.to_thread(CliRunner().invoke, cli, args)).stdout)
    assert {one["item"] for one in said["items"]} >= set(items[1:])
    assert (said["unknown"], said["looked_at"]) == (0, 3), "the first one may have been written by it: a person looks"


async def test_the_kill_switch_is_one_command_and_stops_within_the_step(tmp_path: Path) -> None:
    record, home = hospital(tmp_path, 2), tmp_path / "home"
    write_file(home / FILE, KEY)
    seen: list[int] = []

    def heard(event: Any) -> None:
        if event.moment == "step" and event.title.startswith("fill") and not seen:
            args = ["stop", "--all", "--why", "wrong text", "--home", str(home)]
            run = threading.Thread(target=lambda: seen.append(CliRunner().invoke(cli, args).exit_code))
            run.start()
            run.join()

    async with at_work(tmp_path, record, driver=TinyDriver(record)) as engine:
        engine.listen(heard)
        await submit(engine, "O1", "O2")
        with pytest.raises(LineStopped, match="everything is stopped"):
            await asyncio.wait_for(engine.run_until_idle(), 120)
    assert seen == [0]
    assert record.saves() == []
