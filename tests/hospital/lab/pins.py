"""Every version the lab is made of; a change here makes a new cache entry."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
REQUIREMENTS: Final = HERE / "ehr_requirements.txt"

SAO: Final = "tryton-sao@7.0.56"
# sao's npm tarball carries its own build but not its bower libraries; npm has the same ones
SAO_LIBRARIES: Final = (
    "jquery@3.7.1",
    "bootstrap@3.4.1",
    "moment@2.30.1",
    "gettext.js@0.7.0",
    "d3@5.16.0",
    "c3@0.7.20",
    "papaparse@5.4.1",
    "fullcalendar@3.10.5",
    "mousetrap@1.6.5",
    "sortablejs@1.15.6",
)
# its first two numbers are the server's
TRYTON: Final = "tryton==7.0.44"
OHIF: Final = "@ohif/app@3.13.2"
EHR_MODULES: Final = ("ir", "res", "health", "health_imaging", "health_imaging_worklist", "health_orthanc")
ORTHANC_PACKAGES: Final = ("orthanc", "orthanc-dicomweb")


def key(*parts: str) -> str:
    """Short name of a cache entry made from exactly `parts`."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def venv_key() -> str:
    """Key of the EHR's virtual environment: its requirements and this Python."""
    return key(REQUIREMENTS.read_text(encoding="utf-8"), sys.version)


def desktop_key() -> str:
    """Key of the desktop client's virtual environment."""
    return key(TRYTON)


def template_key() -> str:
    """Key of the empty EHR database: environment and modules."""
    return key(venv_key(), *EHR_MODULES)
