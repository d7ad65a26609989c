"""The lab's servers as detached processes: started, watched until they answer, found again, ended; only our own."""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from .errors import LabError
from .site import Lab, Login

# servers started by this very process: held, so that a dead one is reaped and none counts as forgotten
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


@atexit.register
def _let_go() -> None:
    """Servers outlive the process that started them on purpose; without this, Python warns at its end."""
    for child in _CHILDREN.values():
        child.returncode = 0


def _book(lab: Lab, name: str) -> Path:
    return lab.state / "run" / f"{name}.json"


def find(lab: Lab, name: str) -> psutil.Process | None:
    """The running server `name` of this lab; None where it is not up. A reused process id is not taken for ours."""
    try:
        data = json.loads(_book(lab, name).read_text(encoding="utf-8"))
        process = psutil.Process(int(data["pid"]))
        same = abs(process.create_time() - float(data["started"])) < 1.0
    except (FileNotFoundError, ValueError, KeyError, psutil.NoSuchProcess):
        return None
    return process if same and process.status() != psutil.STATUS_ZOMBIE else None


def start(
    lab: Lab, name: str, argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> psutil.Process:
    """Start server `name` detached, its output in state/run/NAME.log. An earlier one is ended first."""
    stop(lab, name)
    book = _book(lab, name)
    book.parent.mkdir(parents=True, exist_ok=True)
    with book.with_suffix(".log").open("wb") as log:
        try:
            child = subprocess.Popen(
                [str(a) for a in argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **(env or {})},
                cwd=cwd,
            )
        except OSError as e:
            raise LabError(f"starting {name}", str(e), "run `down`, remove the lab's cache folder, run `up`") from e
    _CHILDREN[child.pid] = child
    process = psutil.Process(child.pid)
    book.write_text(json.dumps({"pid": child.pid, "started": process.create_time()}), encoding="utf-8")
    return process


def wait_for(lab: Lab, name: str, url: str, *, login: Login | None = None, seconds: float = 240) -> float:
    """Seconds until `url` answered 200. Raises LabError with the log's end when the server dies or time runs out."""
    request = urllib.request.Request(url)
    if login is not None:
        secret = base64.b64encode(f"{login.name}:{login.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {secret}")
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if find(lab, name) is None:
            raise LabError(f"starting {name}", f"it ended at once\n{log_end(lab, name)}", "see the log's last line")
        try:
            with urllib.request.urlopen(request, timeout=5) as reply:
                if reply.status == 200:
                    return time.monotonic() - begin
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    cause = f"{url} did not answer within {seconds:.0f} s\n{log_end(lab, name)}"
    raise LabError(f"starting {name}", cause, "look into the log; is the machine overloaded?")


def log_end(lab: Lab, name: str, lines: int = 20) -> str:
    """The last lines of a server's log."""
    path = _book(lab, name).with_suffix(".log")
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def stop(lab: Lab, name: str, seconds: float = 10, *, gently: bool = True) -> bool:
    """End server `name` and its children; whether it was running. Raises LabError if it will not go.

    Not `gently`: without asking first, for a server whose data are about to be thrown away.
    """
    process = find(lab, name)
    if process is not None:
        family = [process, *process.children(recursive=True)]
        for p in family:
            _signal(p, kill=not gently)
        _, alive = psutil.wait_procs(family, timeout=seconds)
        for p in alive:
            _signal(p, kill=True)
        _, alive = psutil.wait_procs(alive, timeout=seconds)
        if alive:
            raise LabError(f"stopping {name}", f"process {alive[0].pid} does not end", "end it by hand")
        reap(process.pid)
    _book(lab, name).unlink(missing_ok=True)
    return process is not None


def reap(pid: int) -> None:
    """Wait for an ended server that this very process had started."""
    child = _CHILDREN.pop(pid, None)
    if child is not None:
        child.wait()


def _signal(process: psutil.Process, *, kill: bool) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill() if kill else process.terminate()
