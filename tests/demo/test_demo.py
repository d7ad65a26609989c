"""The first thing a visitor sees: the whole main job, judged by the hospital's own database."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]

KEYS = {
    "orders", "typed", "needs_person", "refused", "already_reported", "wrong_patient_writes", "duplicate_writes",
    "seconds", "report", "items",
}  # fmt: skip


def demo(folder: Path, *arguments: str, path: Path | None = None) -> dict[str, Any]:
    """Run the command as a visitor would, in an empty folder; the last line of stdout."""
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    command = [sys.executable, "-m", "robot_library.cli.main", "demo", "--json", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=900
    )
    assert done.stdout.strip(), done.stderr[-3000:]
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


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
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The wheel, built and unpacked, runs the demo in an empty folder: what it said, and what it kept."""
    root, folder = Path(__file__).parents[2], tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(root)]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    installed, empty = folder / "installed", folder / "empty"
    zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(installed)
    empty.mkdir()
    return demo(empty, "--keep", "kept", "--seed", "3", path=installed), empty / "kept"


def test_every_order_of_the_demo_ends_as_it_should(kept: tuple[dict[str, Any], Path]) -> None:
    said, folder = kept
    assert set(said) == KEYS
    compare(said, folder)


def test_the_report_is_one_page_without_a_patient(kept: tuple[dict[str, Any], Path]) -> None:
    said, folder = kept
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 'src="http' not in page
    assert page.count("<details") == said["orders"]
    people = _people(folder / "hospital.sqlite")
    assert len(people) > 20
    assert [value for value in people if value in page] == []


def _people(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    rows = connection.execute("SELECT * FROM patients")
    columns = [column[0] for column in rows.description]
    names = [c for c in columns if c in ("mrn", "family", "given", "name", "name_shown")]
    people = [str(dict(zip(columns, row, strict=True))[name]) for row in rows for name in names]
    connection.close()
    return [value for value in people if len(value) >= 6]


def test_the_bot_keeps_nothing_of_a_patient_in_clear(kept: tuple[dict[str, Any], Path]) -> None:
    """No number, name or birth date in the engine's files, write-ahead log included."""
    people = [value.encode() for value in _people(kept[1] / "hospital.sqlite")]
    files = [path for path in (kept[1] / "bot").rglob("*") if path.is_file()]
    assert any(path.name.endswith(".sqlite") for path in files)
    for path in files:
        data = path.read_bytes()
        assert not [value for value in people if value in data], f"patient data in {path.name}"
