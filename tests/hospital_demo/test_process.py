"""The hospital as a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from robot_library.cli.hospital import set_in_shell
from robot_library.hospital import Hospital
from robot_library.hospital.__main__ import main


def test_says_where_it_is_and_stops_with_its_parent(template: Path) -> None:
    command = [sys.executable, "-m", "robot_library.hospital", "--dir", str(template), "--seed", "1", "--until-eof"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert httpx.get(f"{said['ehr']}/signin").status_code == 200
        assert httpx.get(f"{said['dicomweb']}/studies").status_code == 401
        process.communicate(timeout=120)
    assert process.returncode == 0


def test_taken_port_and_wrong_seed_are_said_plainly(
    hospital: Hospital, template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = hospital.ehr_url.rsplit(":", 1)[1]
    assert main(["--dir", str(template), "--ehr-port", port]) == 3
    assert f"Port {port} is taken. Choose another, or 0 for a free one." in capsys.readouterr().err
    assert main(["--dir", str(template), "--seed", "2"]) == 3
    assert "seed 1, not of seed 2" in capsys.readouterr().err


async def test_async_context(template: Path) -> None:
    async with Hospital(template, seed=1) as hospital, httpx.AsyncClient() as client:
        assert (await client.get(f"{hospital.ehr_url}/signin")).status_code == 200
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", int(hospital.ehr_url.rsplit(":", 1)[1]))


def test_the_variables_are_printed_for_the_shell_that_a_reader_has() -> None:
    said = {"WETREAD_EHR_URL": "http://127.0.0.1:8420", "WETREAD_CREDENTIAL_EHR_BOT": "rpabot:meadow-bot-1"}
    assert set_in_shell(said, "linux") == (
        "export WETREAD_EHR_URL=http://127.0.0.1:8420 \\\n  WETREAD_CREDENTIAL_EHR_BOT=rpabot:meadow-bot-1"
    )
    assert set_in_shell(said, "win32").splitlines() == [
        "$env:WETREAD_EHR_URL = 'http://127.0.0.1:8420'", "$env:WETREAD_CREDENTIAL_EHR_BOT = 'rpabot:meadow-bot-1'"
    ]  # fmt: skip
