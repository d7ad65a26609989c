"""The lab's own house-keeping, without a lab: caches, processes, ports, messages."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil
import pytest

from tests.hospital.lab import cases, gateway, lifecycle, processes, site
from tests.hospital.lab.cache import built
from tests.hospital.lab.errors import LabError
from tests.hospital.lab.shell import run, tool
from tests.hospital.lab.site import HOST, Lab

if sys.platform == "win32":
    pytest.skip("the lab runs on Linux only", allow_module_level=True)

FOREVER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def nowhere(tmp_path: Path) -> Lab:
    return Lab(tmp_path, {"ehr": 1, "pacs": 2, "dicom": 3, "viewer": 4})


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def build(target: Path) -> None:
        target.mkdir()
        (target / "half").touch()
        raise LabError("building", "broke", "mend it")

    with pytest.raises(LabError):
        built(tmp_path / "thing", build)
    assert list(tmp_path.iterdir()) == []


def test_a_build_is_made_once(tmp_path: Path) -> None:
    def write(text: str) -> Callable[[Path], None]:
        def build(target: Path) -> None:
            target.write_text(text)

        return build

    assert built(tmp_path / "thing", write("first")).read_text() == "first"
    assert built(tmp_path / "thing", write("second")).read_text() == "first"


def test_a_failing_tool_says_what_why_and_cure() -> None:
    argv = [sys.executable, "-c", "import sys; sys.exit('the disk is full')"]
    with pytest.raises(LabError, match=r"(?s)filling.*the disk is full.*cure: make room"):
        run("filling", argv, cure="make room")


def test_a_missing_tool_says_its_cure() -> None:
    with pytest.raises(LabError, match="cure: install it"):
        tool("no-such-tool-anywhere", "install it")


def test_a_tool_that_hangs_is_an_error() -> None:
    with pytest.raises(LabError, match="did not end within"):
        run("waiting", FOREVER, cure="none", timeout=0.3)


def test_a_server_is_found_and_ended(nowhere: Lab) -> None:
    process = processes.start(nowhere, "ehr", FOREVER)
    found = processes.find(nowhere, "ehr")
    assert found is not None
    assert found.pid == process.pid
    assert processes.stop(nowhere, "ehr")
    assert not psutil.pid_exists(process.pid) or process.status() == psutil.STATUS_ZOMBIE
    assert processes.find(nowhere, "ehr") is None
    assert not processes.stop(nowhere, "ehr")


def test_another_process_of_the_same_number_is_left_alone(nowhere: Lab) -> None:
    stranger = processes.start(nowhere, "ehr", FOREVER)
    book = nowhere.state / "run" / "ehr.json"
    ours = book.read_text()
    book.write_text(f'{{"pid": {stranger.pid}, "started": 12345.0}}')
    try:
        assert processes.find(nowhere, "ehr") is None
        assert not processes.stop(nowhere, "ehr")
        assert stranger.is_running()
    finally:
        book.write_text(ours)
        assert processes.stop(nowhere, "ehr")


def test_a_server_that_dies_shows_its_last_words(nowhere: Lab) -> None:
    process = processes.start(nowhere, "pacs", [sys.executable, "-c", "import sys; sys.exit('no such plug-in')"])
    with pytest.raises(LabError, match="no such plug-in"):
        processes.wait_for(nowhere, "pacs", f"http://{HOST}:9/", seconds=20)
    processes.reap(process.pid)


def test_a_fixed_port_that_is_taken_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not site.port_is_free(port)
        monkeypatch.setenv("WETREAD_LAB_EHR_PORT", str(port))
        with pytest.raises(LabError, match="unset WETREAD_LAB_EHR_PORT"):
            site.new(tmp_path)


def test_a_port_that_a_stranger_has_taken_means_other_ports(tmp_path: Path) -> None:
    lab = site.new(tmp_path)
    assert lifecycle.ports_usable(lab)
    with socket.socket() as stranger:
        stranger.bind((HOST, lab.ports["pacs"]))
        stranger.listen()
        assert not lifecycle.ports_usable(lab)


def test_one_command_at_a_time(tmp_path: Path) -> None:
    import fcntl

    argv = [sys.executable, "-m", "tests.hospital.lab", "down", "--dir", str(tmp_path)]
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(LabError, match="another process is at work on it"):
            run("taking down", argv, cure="none", cwd=Path(__file__).parents[2])
    run("taking down", argv, cure="none", cwd=Path(__file__).parents[2])


def test_free_ports_differ_and_the_passwords_are_this_users_only(tmp_path: Path) -> None:
    lab = site.new(tmp_path)
    assert len(set(lab.ports.values())) == len(site.PORTS)
    lab.save()
    assert (lab.state / "lab.json").stat().st_mode & 0o077 == 0
    assert site.load(tmp_path) == lab


def test_damaged_state_is_an_error_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "lab.json").write_text("{")
    with pytest.raises(LabError, match="cure:"):
        site.load(tmp_path)


@pytest.fixture
def viewer(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text("the viewer")
    (tmp_path / "secret").write_text("not yours")
    gateway.Handler.root, gateway.Handler.orthanc = (tmp_path / "www").resolve(), f"{HOST}:9"
    server = ThreadingHTTPServer((HOST, 0), gateway.Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{HOST}:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_gateway_serves_the_viewer_and_nothing_beside_it(viewer: str) -> None:
    with httpx.Client(base_url=viewer, trust_env=False) as client:
        assert client.get("/viewer?StudyInstanceUIDs=1.2").text == "the viewer"
        assert client.get("/").headers["cross-origin-opener-policy"] == "same-origin"
        assert client.get("/%2e%2e/secret").status_code == 502
        assert client.get("/..%2fsecret").status_code == 502


def test_the_traps_are_what_they_are_called() -> None:
    by_key = {c.key: c for c in cases.CASES}
    assert len(by_key) == len(cases.CASES) >= 10
    assert len({c.person.puid for c in cases.CASES}) == len(cases.CASES)
    right, wrong = by_key["same_name_right"], by_key["same_name_wrong"]
    assert (right.person.family, right.person.given) == (wrong.person.family, wrong.person.given)
    assert wrong.header == right.person
    for case in cases.CASES:
        age = (cases.STUDY_DAY - case.person.born).days / 365.25
        assert age > 18 if case.key == "adult" else 1 <= age < 6, case.key
        assert case.filed_under in (None, "nobody", *by_key)
