"""Who starts the clerk's app for a department is not whoever fails to come in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx

from robot_library.safeguards.audit.verify import records

ATTEND = [sys.executable, "-m", "robot_library.cli.main", "attend", "--no-browser", "--no-worker", "--json"]


def test_a_refused_sign_in_is_not_the_service_s(tmp_path: Path) -> None:
    home = tmp_path / "home"
    at = ["--home", str(home), "--port", "0"]
    with subprocess.Popen([*ATTEND, *at], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as started:
        assert started.stdout is not None
        try:
            url = json.loads(started.stdout.readline())["url"]
            form = {"name": "mallory", "password": "a guess of somebody's"}
            assert httpx.post(f"{url}/sign-in", data=form, headers={"origin": url}, timeout=60).status_code == 401
        finally:
            started.terminate()
    (told,) = records(home / "audit")
    assert (told.event["kind"], told.event["outcome"]) == ("sign_in", "failed")
    assert not {"person", "account"} & told.event.keys()
