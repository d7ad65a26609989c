"""Orthanc with DICOMweb: Debian's own build, installed, or unpacked without root; configured for one lab."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Final

from . import processes
from .cache import built
from .errors import LabError
from .pins import ORTHANC_PACKAGES
from .shell import run, tool
from .site import HOST, Lab

AE_TITLE: Final = "LABPACS"
_CURE: Final = "install it: apt-get install --no-install-recommends " + " ".join(ORTHANC_PACKAGES)
_PLUGIN: Final = "libOrthancDicomWeb.so"


def install(lab: Lab, *, rootless: bool = False) -> Path:
    """Root folder under which usr/sbin/Orthanc and its DICOMweb plug-in stand: / or a cache folder.

    `rootless` unpacks the packages even where Orthanc is installed or root could install it.
    """
    if not rootless:
        if _complete(Path("/")):
            return Path("/")
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            _install_by_apt()
            return Path("/")
    return built(lab.cache / "orthanc", _unpack)


def _complete(root: Path) -> bool:
    return (root / "usr/sbin/Orthanc").exists() and _plugin(root).exists()


def _plugin(root: Path) -> Path:
    return root / "usr/share/orthanc/plugins" / _PLUGIN


def _install_by_apt() -> None:
    apt = tool("apt-get", _CURE + " (this system has no apt-get)")
    argv = [apt, "install", "-y", "--no-install-recommends", *ORTHANC_PACKAGES]
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run("installing Orthanc", argv, cure=_CURE, env=env)
    except LabError:  # most often: no package lists yet
        run("updating the package lists", [apt, "update"], cure="let apt-get reach a Debian mirror")
        run("installing Orthanc", argv, cure=_CURE, env=env)
    if not _complete(Path("/")):
        raise LabError("installing Orthanc", f"{_PLUGIN} is not where it should be", _CURE)


def _unpack(target: Path) -> None:
    """Download Orthanc and every package it lacks here, and unpack them; nothing is installed."""
    apt, dpkg = tool("apt-get", _CURE), tool("dpkg", _CURE)
    debs = target.parent / "debs"
    debs.mkdir()
    run(
        "downloading Orthanc",
        [apt, "download", *_lacking(apt)],
        cure="run apt-get update as root, or: " + _CURE,
        cwd=debs,
    )
    target.mkdir()
    for deb in sorted(debs.glob("*.deb")):
        run(f"unpacking {deb.name}", [dpkg, "-x", deb, target], cure=_CURE)
    if not _complete(target):
        raise LabError("unpacking Orthanc", f"{_PLUGIN} is not in the packages", _CURE)


def _lacking(apt: str) -> list[str]:
    plan = run(
        "asking which packages Orthanc lacks",
        [apt, "--simulate", "install", "--no-install-recommends", *ORTHANC_PACKAGES],
        cure=_CURE,
    )
    return sorted({*ORTHANC_PACKAGES, *re.findall(r"^Inst (\S+)", plan, re.MULTILINE)})


def _configuration(lab: Lab, root: Path, folder: Path) -> dict[str, object]:
    users = {login.name: login.password for role, login in lab.logins.items() if role.startswith("pacs_")}
    return {
        "Name": "wetread lab PACS",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "RemoteAccessAllowed": False,
        "HttpServerEnabled": True,
        "HttpPort": lab.ports["pacs"],
        "HttpDescribeErrors": True,
        "AuthenticationEnabled": True,
        "RegisteredUsers": users,
        "DicomServerEnabled": True,
        "DicomAet": AE_TITLE,
        "DicomPort": lab.ports["dicom"],
        "DicomCheckCalledAet": False,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "ExecuteLuaEnabled": False,
        "OverwriteInstances": True,
        "Plugins": [str(_plugin(root))],
        "DicomWeb": {
            "Enable": True,
            "Root": "/dicom-web/",
            "EnableWado": True,
            "WadoRoot": "/wado",
            "Ssl": False,
            "StudiesMetadata": "Full",
            "SeriesMetadata": "Full",
        },
    }


def wipe(lab: Lab) -> None:
    """Throw away every stored study. Orthanc must be down."""
    shutil.rmtree(lab.state / "pacs", ignore_errors=True)


def start(lab: Lab, root: Path) -> float:
    """Start Orthanc; seconds until it answers."""
    folder = lab.state / "pacs"
    folder.mkdir(parents=True, exist_ok=True)
    conf = folder / "orthanc.json"
    conf.touch(mode=0o600)
    conf.write_text(json.dumps(_configuration(lab, root, folder), indent=1), encoding="utf-8")
    processes.start(lab, "pacs", [root / "usr/sbin/Orthanc", conf], env=_environment(root))
    return processes.wait_for(lab, "pacs", lab.pacs_url + "/system", login=lab.logins["pacs_admin"])


def _environment(root: Path) -> dict[str, str]:
    if root == Path("/"):
        return {}
    libraries = sorted({str(so.parent) for so in (root / "usr/lib").rglob("*.so*")})
    dictionaries = [str(d) for d in sorted((root / "usr/share").glob("libdcmtk*/*.dic"))]
    found = {"LD_LIBRARY_PATH": ":".join(libraries), "DCMDICTPATH": ":".join(dictionaries)}
    return {name: value for name, value in found.items() if value}  # what is installed already finds itself


def dicom_address(lab: Lab) -> tuple[str, int, str]:
    """Host, port and application entity title of the DIMSE service."""
    return HOST, lab.ports["dicom"], AE_TITLE
