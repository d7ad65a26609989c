"""`wetread serve` as real processes: started, reached, fed, killed in part, stopped."""

from __future__ import annotations

import json
import os
import queue
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from robot_library.cli.main import run_cli
from robot_library.cli.serve import _names
from tests.unattended.told.posts import certificate

get, post = partial(httpx.get, timeout=60), partial(httpx.post, timeout=60)
SECRET = "a-long-random-secret"
BOT = """\
bot: seen
about: Hands every order to a person.
workflow: seen
apps: {}
triggers:
  - every: {interval: 5 s}
  - hook: {name: orders, credential: hook-orders}
"""
WORKFLOW = """\
workflow: seen
about: Hands every order to a person.
item:
  order: {type: text}
collect:
  steps:
    - compute: {value: Gathered., as: word}
  items: [{order: A1}, {order: A2}]
  key: order
steps:
  - stop: {reason: Seen.}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in (("bots/seen.yaml", BOT), ("workflows/seen/workflow.yaml", WORKFLOW), ("wetread.toml", "")):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "project"


class Serving:
    """A running `wetread serve`, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))

    def hear(self, event: str, holds: Callable[[dict[str, Any]], bool] = lambda said: True) -> dict[str, Any]:
        """The next line that is such an event."""
        until = time.monotonic() + 180
        while True:
            said = self._lines.get(timeout=max(0.1, until - time.monotonic()))
            if said["event"] == event and holds(said):
                return said


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "robot_library.cli.main", *arguments]


@contextmanager
def serving(project: Path, home: Path, *more: str, **variables: str) -> Iterator[Serving]:
    arguments = ("serve", "--json", "--port", "0", "--unsafe-home", "--home", str(home), "--project", str(project))
    environment = {**os.environ, "WETREAD_CREDENTIAL_HOOK_ORDERS": f"orders:{SECRET}", **variables}
    environment.pop("WETREAD_DB", None)
    process = subprocess.Popen(command(*arguments, *more), stdout=subprocess.PIPE, text=True, env=environment)
    with process:
        try:
            yield Serving(process)
        finally:
            process.kill()


def until(holds: Callable[[], Any], seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to be in time")


def runs(home: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert run_cli(["runs", "--json", "--home", str(home)]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return [one for one in found if one["code"] == "NeedsPerson"]


def test_a_night_in_short(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Enabled, served, fired by the clock, fed by a hook; a worker killed; stopped in peace from another window."""
    home = tmp_path / "home"
    place = ["--home", str(home), "--project", str(project)]
    assert run_cli(["bots", "enable", "seen", "--who", "x", *place]) == 0
    with serving(project, home) as office:
        ready = office.hear("ready")
        worker = office.hear("worker", lambda said: said["state"] == "running")
        until(lambda: get(f"{ready['url']}/alive").status_code == 200)
        assert set(get(f"{ready['url']}/alive").json()) == {"ok", "state"}

        assert "wetread" in get(f"{ready['url']}/metrics").text
        door = get(ready["link"])
        assert run_cli(["link", "--who", "x", "--home", str(home)]) == 0  # on another port than the usual one
        assert capsys.readouterr().out.splitlines()[-1].startswith(f"{ready['url']}/enter/")
        assert (door.status_code, get(f"{ready['url']}/queue").status_code) == (200, 401)

        headers = {"Authorization": f"Bearer {SECRET}"}
        body = {"key": "H1", "item": {"order": "H1"}}
        answers = [post(f"{ready['url']}/hooks/orders", json=body, headers=headers).status_code for _ in range(2)]
        assert answers == [202, 200]
        assert post(f"{ready['url']}/hooks/orders", json=body).status_code == 401
        until(lambda: len(runs(home, capsys)) == 3)  # A1 and A2 by the clock, H1 by the hook

        psutil.Process(worker["pid"]).kill()
        again = office.hear("worker", lambda said: said["state"] == "running")
        assert (again["worker"], again["deaths"]) == (worker["worker"], 1)
        post(f"{ready['url']}/hooks/orders", json={"key": "H2", "item": {"order": "H2"}}, headers=headers)
        until(lambda: len(runs(home, capsys)) == 4)

        second = subprocess.run(
            command("serve", "--unsafe-home", "--port", "0", *place), capture_output=True, text=True
        )
        assert (second.returncode, "already at work here" in second.stderr) == (3, True)

        assert run_cli(["serve", "--stop", "--home", str(home), "--json"]) == 0
        assert office.process.wait(timeout=120) == 0
        office.hear("stopped")
        assert not psutil.pid_exists(again["pid"])


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of this kind is Linux's")
def test_sigterm_stops_in_peace_and_systemd_hears_how_it_stands(project: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        manager.settimeout(60)
        variables = {"NOTIFY_SOCKET": str(tmp_path / "n"), "WATCHDOG_USEC": "200000"}
        cert, private = certificate(tmp_path)
        tls = ("--tls-cert", str(cert), "--tls-key", str(private))
        with serving(project, tmp_path / "home", *tls, **variables) as office:
            ready = office.hear("ready")
            known = ssl.create_default_context(cafile=str(cert))
            assert ready["url"].startswith("https://")
            url = ready["link"].replace("127.0.0.1", "localhost")
            assert get(url, verify=known).headers["strict-transport-security"]
            office.hear("worker", lambda said: said["state"] == "running")
            heard = [manager.recv(1000).partition(b"\n")[0] for _ in range(3)]
            assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
            office.process.terminate()
            office.hear("stopping")
            while manager.recv(1000) != b"STOPPING=1":
                pass
            assert office.process.wait(timeout=120) == 0
            assert office.hear("worker", lambda said: said["state"] == "stopped")["last_exit"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "nothing would be encrypted"),
        (["--host", "0.0.0.0", "--tls-cert", "no.pem", "--tls-key", "no.pem"], "is not there"),
        (["--host", "192.0.2.1", "--tls-cert", __file__, "--tls-key", __file__], "cannot be listened at"),
        (["--port", "0", "--workers", "0", "--tls-cert", __file__, "--tls-key", __file__], "TLS files"),
    ],
)
def test_what_is_refused_before_anything_starts(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["serve", "--unsafe-home", "--home", str(tmp_path / "home"), *arguments]) == 3
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken_and_a_temporary_home_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert run_cli(["serve", "--unsafe-home", "--home", str(tmp_path / "home"), "--port", port]) == 3
        assert "is taken" in capsys.readouterr().err
    assert run_cli(["serve", "--home", "/dev/shm/wetread" if Path("/dev/shm").is_dir() else str(tmp_path)]) == 3
    assert "--unsafe-home" in capsys.readouterr().err


def test_workers_of_a_fleet_are_named_after_their_host() -> None:
    assert _names(2, None, None) == ["worker-1", "worker-2"]
    assert _names(1, "postgresql://x", "ward-7") == ["ward-7-worker-1"]
    assert _names(1, "postgresql://x", None)[0].endswith("-worker-1")
