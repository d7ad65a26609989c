"""Logs: one place sets them up, as text or JSON, and nothing of a patient gets through by any door."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_library.unattended import logs
from robot_library.unattended.intake import NotAnItem
from robot_library.unattended.troubles import Troubles
from robot_library.unattended.worklist import read_worklist
from tests.unattended.test_worklist import intake

MARKERS = (
    "00123456", "Musterfrau", "1961-03-09", "09.03.1961", "Musterfrau^Erika", "1.2.840.113619.2.55.3.604", "ORD-778812",
)  # fmt: skip


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, hook = logging.getLogger(), sys.excepthook
    before, level, ours = list(root.handlers), root.level, logging.getLogger("wetread").level
    written = io.StringIO()
    yield written
    root.handlers, sys.excepthook = before, hook
    root.setLevel(level)
    logging.getLogger("wetread").setLevel(ours)
    logging.captureWarnings(False)


def lines(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_have_a_time_a_process_and_our_own_fields(stream: io.StringIO) -> None:
    logs.configure("worker-1", "json", stream=stream)
    log = logging.getLogger("wetread.engine")
    log.info("a go at item %s failed with %s", "3f9a0c", "DriverLost", extra={"item": "3f9a0c", "code": "DriverLost"})
    (line,) = lines(stream)
    assert line["message"] == "a go at item 3f9a0c failed with DriverLost"
    assert (line["process"], line["level"], line["item"], line["code"]) == ("worker-1", "info", "3f9a0c", "DriverLost")
    assert line["time"].endswith("+00:00")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_patient_gets_through(stream: io.StringIO, form: logs.Format) -> None:
    logs.configure("office", form, stream=stream)
    told = " ".join(MARKERS)
    foreign, ours = logging.getLogger("httpx"), logging.getLogger("wetread.driver")
    foreign.error("HTTP Request: %s %s", "GET", f"http://pacs/studies?accession={told}")
    foreign.error(f"an f-string of theirs {told}")
    foreign.error("with a mapping %(name)s", {"name": told})
    warnings.warn(f"a warning about {told}", UserWarning, stacklevel=1)
    ours.warning("opened https://ehr.example/orders/ORD-778812?name=Musterfrau")
    ours.warning("read 00123456, 1961-03-09, 09.03.1961, Musterfrau^Erika, 1.2.840.113619.2.55.3.604")
    for logger in (foreign, ours):
        try:
            raise ValueError(told)
        except ValueError:
            logger.exception("it failed")
    sys.excepthook(ValueError, ValueError(told), None)
    text = stream.getvalue()
    assert text.count("ValueError") == 3
    assert "https://ehr.example/" in text
    assert [marker for marker in MARKERS if marker in text] == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_is_no_command_for_the_terminal_it_is_read_in(
    stream: io.StringIO, tmp_path: Path, form: logs.Format
) -> None:
    """A file in a watched folder is anybody's, and names of its columns are told where they fit nothing."""
    logs.configure("office", form, stream=stream)
    evil = "\x1b[2J\x1b]0;all is well\x07\x9b31m\u202eb\u2028c\rd"
    with pytest.raises(NotAnItem) as refused:
        read_worklist(f'order,"{evil}"\nA1,x\n'.encode(), "order", intake(tmp_path))
    assert "\x1b" in refused.value.message
    Troubles().say("folder", "tiny", f"a file was put into refused: {refused.value.message}")
    logging.getLogger("wetread.web").warning("line", extra={"bot": evil})
    said = stream.getvalue()
    assert len(said.splitlines()) == 2
    assert [sign for sign in said.replace("\n", "") if not sign.isprintable()] == []
    assert "\ufffd[2J" in said


def test_an_exception_that_nobody_caught_in_a_process_of_its_own_shows_no_text() -> None:
    code = (
        "import asyncio, logging\n"
        "from robot_library.unattended import logs\n"
        "logs.configure('worker-1')\n"
        "async def work():\n"
        "    asyncio.get_running_loop().call_exception_handler({'exception': ValueError('Musterfrau')})\n"
        "    raise RuntimeError('Musterfrau 00123456')\n"
        "asyncio.run(work())\n"
    )
    env = {**os.environ, "WETREAD_LOG_FORMAT": "json"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60)
    assert done.returncode == 1
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert any("RuntimeError" in line["message"] for line in said)
    assert "Musterfrau" not in done.stderr


def test_names_hosts_and_counts_stay_readable() -> None:
    for text in ("worker-1 at 127.0.0.1:8443", "12 items, 3 of them late", "item 3f9a0c11aa is dead", "HTTP 503"):
        assert logs.covered(text) == text
