"""A process of ours that dies leaves no core file with keys in it, and what we start gets none of our secrets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from robot_library.imaging.sandbox import Sandbox
from robot_library.model.handed_on import handed_on

LIMITED = """
import os, resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
from robot_library.cli.main import main
try:
    main(["--version"])
finally:
    inside = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    print(subprocess.run([sys.executable, "-c", inside], capture_output=True, text=True, check=True).stdout, flush=True)
    os.abort()
"""
ALREADY_NONE = """
import ctypes, resource, sys
from unittest import mock
def refuse(what, limits):
    if limits != (0, 0):
        raise ValueError("not allowed to raise maximum limit")
with mock.patch("resource.setrlimit", refuse):
    from robot_library.safeguards.memory import no_core_files
    no_core_files()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no core files")
def test_no_command_and_nothing_it_starts_leaves_a_core_file(tmp_path: Path) -> None:
    """1, not 0: with 0 Linux still pipes the whole memory to apport and the like, where the machine has such."""
    told = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert "(1, 1)" in told.stdout, told.stderr
    assert told.returncode < 0, "it was aborted"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux hands cores to programs")
def test_where_the_limit_cannot_be_set_this_process_at_least_is_not_dumped() -> None:
    told = subprocess.run([sys.executable, "-c", ALREADY_NONE], capture_output=True, text=True, timeout=120, check=True)
    assert told.stdout.strip() == "0"


SECRETS = {
    "WETREAD_CREDENTIAL_EHR_BOT": "bot:a", "WETREAD_CREDENTIAL_EHR_BOT_TOTP": "b", "WETREAD_VAULT_KEY": "c",
    "WETREAD_SITE_KEY_FILE": "/d", "AZURE_CLIENT_SECRET": "e", "PGPASSWORD": "f", "WETREAD_DB": "postgresql://u:g@h/i",
    "SMTP_PASSWORD": "j", "OTEL_EXPORTER_OTLP_HEADERS": "k", "Api_Key": "l", "CREDENTIALS_DIRECTORY": "/m",
    "SSLKEYLOGFILE": "/n",
}  # fmt: skip
PLAIN = {"PATH": "/bin", "DISPLAY": ":1", "XAUTHORITY": "/x", "PWD": "/y", "WETREAD_EHR_URL": "http://z",
         "SSH_ASKPASS": "/w", "LANG": "C"}  # fmt: skip


def test_what_holds_a_secret_goes_to_no_program_of_others() -> None:
    assert handed_on({**SECRETS, **PLAIN}) == PLAIN


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="environments of processes are read from /proc")
def test_the_process_that_decodes_pixels_of_others_has_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in SECRETS.items():
        monkeypatch.setenv(name, f"sentinel-{text}")
    decoder = Sandbox()
    try:
        process, has = psutil.Process(decoder._running().pid), dict[str, str]()
        while not has:  # none stands there while the program is only being put in place
            has = process.environ()
    finally:
        decoder.close()
    assert "PATH" in has
    assert not [name for name, text in has.items() if text.startswith("sentinel-")]
