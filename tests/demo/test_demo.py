"""The first thing a visitor sees: the whole main job, judged by the hospital's own database."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import lacking
from tests.demo.island import Island, island, why_not
from tests.leaks.hunt import Hunt, marks

pytestmark = [pytest.mark.slow, pytest.mark.browser]

KEYS = {
    "orders", "typed", "needs_person", "refused", "already_reported", "wrong_patient_writes", "duplicate_writes",
    "seconds", "report", "items",
}  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """A demo that has ended: what it said as data and in all, what it kept, its folders for this and that, and the
    network without routes that it ran in, where this machine can make one."""

    said: dict[str, Any]
    printed: str
    folder: Path
    around: Path
    island: Island | None


def demo(folder: Path, around: Path, *arguments: str, path: Path, within: list[str]) -> tuple[dict[str, Any], str]:
    """Run the command as a visitor would, in an empty folder: the last line of stdout, and all it printed."""
    environment = {**os.environ, "PYTHONPATH": str(path)}
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        environment[name] = str(around / name.lower())
        (around / name.lower()).mkdir()
    command = [*within, sys.executable, "-m", "robot_library.cli.main", "demo", "--json", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=900
    )
    assert done.stdout.strip(), done.stderr[-3000:]
    return dict(json.loads(done.stdout.strip().splitlines()[-1])), done.stdout + done.stderr


def compare(said: dict[str, Any], kept: Path) -> None:
    """Every order ended as the hospital says it should, and the hospital saw no wrong or second write."""
    database = sqlite3.connect(kept / "hospital.sqlite")
    expected = dict(database.execute("SELECT order_id, expected_outcome FROM orders"))
    saves = database.execute("SELECT order_id, count(*) FROM saves GROUP BY order_id").fetchall()
    bots = [row[0] for row in database.execute("SELECT order_id FROM saves WHERE account = 'rpabot'")]
    database.close()
    found = {item["order"]: item["outcome"] for item in said["items"]}
    reasons = {item["order"]: item["reason"] for item in said["items"]}
    wrong = {order: (found.get(order), expected[order], reasons.get(order)) for order in expected
             if found.get(order) != expected[order]}  # fmt: skip
    assert wrong == {}
    assert said["wrong_patient_writes"] == said["duplicate_writes"] == 0
    assert sorted(bots) == sorted(order for order, outcome in expected.items() if outcome == "typed")
    assert saves


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The wheel, built and unpacked, runs the demo in an empty folder, on a network that leads nowhere."""
    root, folder = Path(__file__).parents[2], tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(root)]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    installed, empty, around = folder / "installed", folder / "empty", folder / "around"
    zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(installed)
    for new in (empty, around):
        new.mkdir()
    with nullcontext(None) if why_not() else island() as alone:
        within = alone.within() if alone else []
        said, printed = demo(empty, around, "--keep", "kept", "--seed", "3", path=installed, within=within)
        yield Kept(said, printed, empty / "kept", around, alone)


def test_every_order_of_the_demo_ends_as_it_should(kept: Kept) -> None:
    assert set(kept.said) == KEYS
    compare(kept.said, kept.folder)


@pytest.mark.shown
def test_it_did_all_this_without_a_network(kept: Kept) -> None:
    """Nobody named, sent or asked anything outside: not ours, not the libraries', not the browser."""
    if kept.island is None:
        lacking(why_not())
    assert kept.island.devices() == ["lo"]
    assert kept.island.no_routes() == {"4": 0, "6": 0}


def test_the_report_is_one_page_without_a_patient(kept: Kept) -> None:
    page = (kept.folder / "report.html").read_text(encoding="utf-8")
    assert 'src="http' not in page
    assert page.count('<details class="item ') == kept.said["orders"]


@pytest.mark.shown
def test_nothing_that_is_left_says_who_anybody_was(kept: Kept, record_property: Callable[[str, object], None]) -> None:
    """State, log, report, database, temporary files, home: every byte, whatever it is wrapped in, but for what is
    encrypted. The hospital's own books, where all of it is, show that the hunt would find it."""
    hunt = Hunt(known := marks(kept.folder / "hospital.sqlite"))
    assert len(known) > 100
    books = (kept.folder / "hospital.sqlite").read_bytes()
    assert len({hit.value for hit in hunt.within(books, "books")}) > 0.9 * len(known)
    hits = [hit for folder in (kept.folder / "bot", kept.around) for hit in hunt.folder(folder)]
    hits += hunt.within((kept.folder / "report.html").read_bytes(), "report")
    hits += hunt.within(kept.printed.encode(), "printed")
    record_property("values looked for", len(known))
    record_property("found in clear or wrapped", len(hits))
    assert hits == []
    assert any(path.name == "engine.sqlite" for path in (kept.folder / "bot").rglob("*"))
