"""A real Orthanc of the system's packages, in a folder and on ports of its own."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

AUTH = ("rpa", "rpa-secret")
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


@dataclass(frozen=True)
class Orthanc:
    """url: of its REST interface; mover_port: where it sends what is moved to WETREAD."""

    url: str
    dicom_port: int
    mover_port: int

    @property
    def dicomweb(self) -> str:
        return self.url + "/dicom-web"

    def store(self, data: bytes) -> None:
        """Through its own REST interface, not ours."""
        httpx.post(self.url + "/instances", content=data, auth=AUTH).raise_for_status()


def program() -> str | None:
    """Path of Orthanc, None when it or its DICOMweb plug-in is missing."""
    found = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    return found if PLUGIN.exists() else None


@contextmanager
def running(executable: str, folder: Path) -> Iterator[Orthanc]:
    http, dicom, mover = _free_ports(3)
    settings = {
        "Name": "TEST",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "RemoteAccessAllowed": False,
        "HttpPort": http,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {AUTH[0]: AUTH[1]},
        "DicomAet": "ORTHANC",
        "DicomPort": dicom,
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True,
        "DicomAlwaysAllowStore": True,
        "DicomModalities": {"wetread": ["WETREAD", "127.0.0.1", mover]},
        "OverwriteInstances": True,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "StudiesMetadata": "Full"},
    }
    file = folder / "orthanc.json"
    file.write_text(json.dumps(settings), encoding="utf-8")
    log = (folder / "orthanc.log").open("wb")
    with log, subprocess.Popen([executable, str(file)], stdout=log, stderr=log) as process:
        try:
            _await(process, f"http://127.0.0.1:{http}/system")
            yield Orthanc(f"http://127.0.0.1:{http}", dicom, mover)
        finally:
            process.terminate()
            process.wait(30)


def _await(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "Orthanc ended at once: see its log"
        try:
            if httpx.get(url, auth=AUTH).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)  # nothing to wait on until it listens
    raise AssertionError("Orthanc does not answer")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports
