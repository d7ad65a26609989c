"""`wetread doctor` about a site: what bots left alone need, and the cure."""

from __future__ import annotations

import json
import socket
import tempfile
from pathlib import Path

import pytest

from robot_library.cli.bots.known import missing
from robot_library.cli.main import run_cli
from robot_library.cli.site import open_key
from robot_library.model.bot import BotSpec
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


def test_what_the_site_itself_signs_in_with_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wetread.toml").write_text("", encoding="utf-8")
    lines = ["alerts:", "  mail: {host: smtp.example, from: a@b.example, credential: mail}", "  webhooks:",
             "    pager: {url: https://pager.example, credential: pager}", "deliveries:",
             "  ehr: {fhir: {url: https://fhir.example, credential: ehr-api}}"]  # fmt: skip
    (tmp_path / "site.yaml").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("MAIL", "PAGER"):
        monkeypatch.setenv(f"WETREAD_CREDENTIAL_{name}", "bot:secret")
    found = doctor(capsys)["Credentials of site.yaml"]
    assert (found["status"], "'ehr-api'" in found["detail"]) == ("missing", True)
    monkeypatch.setenv("WETREAD_CREDENTIAL_EHR_API", "bot:secret")
    found = doctor(capsys)["Credentials of site.yaml"]
    assert (found["status"], found["detail"]) == ("ok", "3 are there")


def test_a_trail_that_does_not_fit_its_head_is_found_before_the_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wetread.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WETREAD_AUDIT_HEAD", str(tmp_path / "head"))
    open_key(tmp_path / ".wetread", create=True)
    for words in (["stop", "--all", "--why", "x"], ["go-on", "--all"]):
        assert run_cli(words) == 0
    capsys.readouterr()
    assert doctor(capsys)["Audit trail"]["status"] == "ok"
    monkeypatch.delenv("WETREAD_AUDIT_HEAD")
    found = doctor(capsys)["Audit trail"]
    assert (found["status"], "WETREAD_AUDIT_HEAD" in found["cure"]) == ("missing", True)
    monkeypatch.setenv("WETREAD_AUDIT_HEAD", str(tmp_path / "head"))
    (trail,) = (tmp_path / ".wetread/audit").glob("*.jsonl")
    trail.write_bytes(trail.read_bytes().splitlines(keepends=True)[0])
    found = doctor(capsys)["Audit trail"]
    assert (found["status"], "its head says 2" in found["detail"]) == ("missing", True)


def test_a_browser_without_its_sandbox_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for root, switched_off, status in ((False, "", "ok"), (True, "", "note"), (False, "1", "note")):
        monkeypatch.setattr("os.geteuid", lambda root=root: 0 if root else 1000, raising=False)
        monkeypatch.setenv("WETREAD_NO_SANDBOX", switched_off)
        assert doctor(capsys)["Browser's sandbox"]["status"] == status


def test_every_seat_and_every_receiver_of_a_bot_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    app = {"map": "ehr", "url": "https://ehr.example", "credential": "first", "seats": ["second"]}
    to = {"pacs": {"dicom_web": {"url": "https://pacs.example", "credential": "third"}}}
    spec = BotSpec.model_validate({"bot": "b", "about": "B.", "workflow": "w", "apps": {"ehr": app}, "deliveries": to})
    monkeypatch.setenv("WETREAD_CREDENTIAL_FIRST", "bot:secret")
    assert [text.split("'")[1] for text in missing(spec)] == ["second", "third"]


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


def test_a_database_elsewhere_that_proves_nothing_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    there = "postgresql://bot@host.invalid:1/none"
    noted = doctor(capsys, "--db", there)["Line to PostgreSQL"]
    assert (noted["status"], "verify-full" in noted["cure"]) == ("note", True)
    assert doctor(capsys, "--db", f"{there}?sslmode=verify-full")["Line to PostgreSQL"]["status"] == "ok"
