"""`wetread doctor` about a site: what bots left alone need, and the cure."""

from __future__ import annotations

import json
import socket
import tempfile
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from tests.unattended.test_bots_command import BOT

ARRIVAL = "  - dicom_arrival: {{aet: WETREAD, port: {port}, from: [PACS], item: {{order: accession}}}}\n"


def doctor(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, str]]:
    run_cli(["doctor", "--json", *arguments])
    return {one["thing"]: one for one in json.loads(capsys.readouterr().out)}


def test_what_is_missing_for_an_enabled_bot_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("bots", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "wetread.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    for name in ("WETREAD_DB", "WETREAD_EHR_URL"):
        monkeypatch.delenv(name, raising=False)
    before = doctor(capsys)
    assert (before["Home"]["status"], before["Bots"]["status"]) == ("ok", "note")
    assert not (tmp_path / ".wetread").exists()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = BOT + ARRIVAL.format(port=port)
        (tmp_path / "bots" / "night.yaml").write_text(text, encoding="utf-8")
        assert run_cli(["bots", "enable", "night", "--who", "x", "--json"]) == 0
        capsys.readouterr()
        found = doctor(capsys)
        assert (found["DICOM WETREAD"]["status"], found["DICOM WETREAD"]["cure"] != "") == ("missing", True)
    assert found["Bot night"]["status"] == "missing"
    assert "WETREAD_EHR_URL" in found["Bot night"]["detail"]
    assert found["Clock"]["status"] == "note"
    assert all(one["cure"] for one in found.values() if one["status"] == "missing")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert doctor(capsys)["Home"]["status"] == "missing"


def test_a_database_that_does_not_answer_is_said_without_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://bot:hidden@127.0.0.1:{closed.getsockname()[1]}/none"
        code = run_cli(["doctor", "--json", "--home", str(tmp_path), "--db", url])
    said = capsys.readouterr()
    assert code == 3
    assert "does not answer" in said.out
    assert "hidden" not in said.out + said.err
