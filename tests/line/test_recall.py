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
from robot_library.engine.keeping import Keeping
from robot_library.errors import LineStopped
from robot_library.model.approval import MadeOf
from robot_library.safeguards.keys import FILE, write_file
from tests.engine.conftest import KEY, assembly, at_work, hospital, submit
from tests.engine.steps import PREREAD
from tests.engine.test_releases import content
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
        said = await asyncio.to_thread(CliRunner().invoke, cli, args, standalone_mode=False)
        return {"exit": said.return_value, **json.loads(said.stdout)}

    first = await ask("--model", f"{SKILL}@1.0.0")
    assert [(one["item"], one["written"]) for one in first["items"]] == [(items["O1"], "written")]
    assert (first["exit"], first["looked_at"], first["unknown"], first["items"][0]["about"]) == (1, 2, 0, None)
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


async def _recalled(home: Path, *what: str) -> dict[str, Any]:
    args = ["impact", *what, "--since", "2020-01-01", "--home", str(home), "--json"]
    said = await asyncio.to_thread(CliRunner().invoke, cli, args, standalone_mode=False)
    return {"exit": said.return_value, **json.loads(said.stdout)}


async def test_a_bot_that_a_worker_takes_on_later_is_recalled_too(tmp_path: Path) -> None:
    """Enabled while workers run: what it is made of is written down before its first item."""
    record, home = hospital(tmp_path, 1), tmp_path / "home"
    write_file(home / FILE, KEY)
    parts = {"driver": TinyDriver(record), "made": made("a", "1.0.0"), "version": "a" * 64}
    async with at_work(tmp_path, record, **parts) as engine:
        later = {**parts, "made": made("b", "1.1.0"), "version": "b" * 64}
        await engine.take_on(assembly(tmp_path, record, **later))
        (item,) = await submit(engine, "O1")
        await asyncio.wait_for(engine.run_until_idle(), 120)
    found = await _recalled(home, "--model", f"{SKILL}@1.1.0")
    assert (found["unknown"], [one["item"] for one in found["items"]]) == (0, [item])


async def test_what_is_no_longer_kept_is_recalled_by_how_it_ended(tmp_path: Path) -> None:
    """Retention takes the journal of an item: what was typed is listed all the same, and what may have been."""
    record, home = hospital(tmp_path, 3), tmp_path / "home"
    write_file(home / FILE, KEY)
    parts: dict[str, Any] = {"made": made("a", "1.0.0"), "version": "a" * 64}
    async with at_work(tmp_path, record, driver=TinyDriver(record), **parts) as engine:
        items = await submit(engine, "O1", "O2")
        await asyncio.wait_for(engine.run_until_idle(), 120)
        await engine.desk.items.close(items[1], "business_exception", "needs_person", "Unproven", "")
        await Keeping(engine.store, engine.sealer).forget(items)
    async with at_work(tmp_path, record, driver=TinyDriver(record), spec={"mode": "shadow"}, **parts) as engine:
        shadow = await submit(engine, "O3")
        await asyncio.wait_for(engine.run_until_idle(), 120)
        await Keeping(engine.store, engine.sealer).forget(shadow)
    found = await _recalled(home, "--map", "tiny@AAAAAA")
    assert {one["item"]: one["written"] for one in found["items"]} == {items[0]: "written", items[1]: "perhaps"}
    assert found["looked_at"] == 3


async def test_an_item_that_was_sent_back_counts_for_each_version_it_was_done_with(tmp_path: Path) -> None:
    record, home = hospital(tmp_path, 1), tmp_path / "home"
    write_file(home / FILE, KEY)
    driver = TinyDriver(record)
    parts: dict[str, Any] = {"driver": driver, "made": made("a", "1.0.0"), "version": "a" * 64}
    async with at_work(tmp_path, record, **parts) as engine:
        (item,) = await submit(engine, "O1")
        await asyncio.wait_for(engine.run_until_idle(), 120)
        # Pressed and proven; that the item was not done all the same is what a later step of it would make of it.
        await engine.desk.items.close(item, "business_exception", "needs_person", "Later", "")
    async with at_work(tmp_path, record, **{**parts, "skills": TinySkills("uncertain"), "made": made("b", "1.1.0"),
                                            "version": "b" * 64}) as engine:  # fmt: skip
        await engine.send_back(item, "miller")
        await asyncio.wait_for(engine.run_until_idle(), 120)
    assert record.saves() == ["O1"]
    first, second = [await _recalled(home, "--model", f"{SKILL}@{version}") for version in ("1.0.0", "1.1.0")]
    assert [(one["item"], one["written"], one["version"]) for one in first["items"]] == [(item, "written", "a" * 64)]
    assert (second["items"], second["looked_at"]) == ([], 1)


async def test_a_report_that_a_person_let_out_counts_as_written(tmp_path: Path) -> None:
    """Where a bot only drafts, what it drafted stands with whoever the report was brought to."""
    record, home = hospital(tmp_path, 2), tmp_path / "home"
    write_file(home / FILE, KEY)
    parts: dict[str, Any] = {"made": made("a", "1.0.0"), "version": "a" * 64}
    drafts = [("run_skill", {}, "reading")]
    async with at_work(tmp_path, record, [*PREREAD[:3], *drafts], driver=TinyDriver(record), **parts) as engine:
        items = await submit(engine, "O1", "O2")
        await asyncio.wait_for(engine.run_until_idle(), 120)
        releases = engine.desk.releases
        version = await releases.draft(items[0], content(), "ana")
        assert (await _recalled(home, "--workflow", "tiny"))["items"] == []
        await releases.review(version, "dr.chen", "reviewer")
    found = await _recalled(home, "--workflow", "tiny")
    assert [(one["item"], one["written"]) for one in found["items"]] == [(items[0], "written")]


async def test_a_misspelt_name_is_no_clean_bill(tmp_path: Path) -> None:
    record, home = hospital(tmp_path, 1), tmp_path / "home"
    write_file(home / FILE, KEY)
    async with at_work(tmp_path, record, driver=TinyDriver(record), made=made("a", "1.0.0"), version="a" * 64):
        pass
    for asked, hint in (("chest-xray-pnuemonia", f"'{SKILL}'"), (f"{SKILL}@9.9.9", "that version is not")):
        args = ["impact", "--model", asked, "--since", "2020-01-01", "--home", str(home)]
        said = await asyncio.to_thread(CliRunner().invoke, cli, args, standalone_mode=False)
        assert said.return_value == 1
        assert hint in said.stderr


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
