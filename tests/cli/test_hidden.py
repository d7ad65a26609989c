"""What is on the command line is read by everybody on the machine: a database's password does not stay there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from robot_library.cli.hidden import without_address

SECRET = "postgresql://bot:hunter2@127.0.0.1:{port}/none"


@pytest.mark.skipif(os.name != "posix", reason="Windows cannot exchange a process")
def test_a_database_s_password_is_soon_gone_from_the_process_list(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = SECRET.format(port=silent.getsockname()[1])
        command = [sys.executable, "-m", "robot_library.cli.main", "doctor", "--home", str(tmp_path), "--db", url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            silent.settimeout(60)
            try:
                asked, _ = silent.accept()  # it has come so far as to ask the server, by that very address
                with asked:
                    shown = psutil.Process(process.pid).cmdline()
            finally:
                process.kill()
    assert shown[-3:] == ["doctor", "--home", str(tmp_path)]
    assert not [part for part in shown if "hunter2" in part]


@pytest.mark.parametrize(
    ("given", "kept", "address"),
    [
        (["serve", "--db", "postgresql://a:b@c/d", "--port", "1"], ["serve", "--port", "1"], "postgresql://a:b@c/d"),
        (["serve", "--db=postgresql://a:b@c/d"], ["serve"], "postgresql://a:b@c/d"),
        (["serve", "--db", "postgresql://a@c/d"], ["serve", "--db", "postgresql://a@c/d"], None),
        (["serve", "--db=postgresql://a:b@c/1", "--db", "postgresql://a:b@c/2"], ["serve"], "postgresql://a:b@c/2"),
        (["serve", "--db"], ["serve", "--db"], None),
        (["check", "--db-like=x", "https://[x"], ["check", "--db-like=x", "https://[x"], None),
    ],
)
def test_only_the_address_with_a_password_is_taken_out(given: list[str], kept: list[str], address: str | None) -> None:
    assert without_address(given) == (kept, address)
