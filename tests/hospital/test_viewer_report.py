"""What a released report goes out as, opened in OHIF: the lesion's outline is drawn, with what was measured of it."""

from __future__ import annotations

import contextlib
import io
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import TimeoutError as Late
from playwright.sync_api import sync_playwright

from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.switches import switches
from tests.conftest import lacking
from tests.delivery.conftest import ROOT, Brain, brain  # noqa: F401  (a fixture)
from tests.hospital.conftest import ROOT as LAB
from tests.hospital.lab import web_clients
from tests.hospital.lab.errors import LabError
from tests.hospital.lab.pins import HERE
from tests.hospital.lab.site import Lab
from tests.imaging import orthanc as server

pytestmark = [pytest.mark.hospital, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def viewer(brain: Brain, tmp_path: Path) -> Iterator[str]:  # noqa: F811
    """OHIF beside an Orthanc of its own that holds the study, its segmentation and its report; its address."""
    executable = server.program()
    if executable is None:
        lacking("Orthanc or its DICOMweb plug-in is not installed (Debian: orthanc, orthanc-dicomweb)")
        raise AssertionError
    try:
        files = web_clients.ohif(Lab(LAB, {}))
    except LabError as failure:
        lacking(str(failure))
        raise
    report = [one.data for one in brain.parcel(brain.version()).dicom(("sr", "seg"))]
    with server.running(executable, tmp_path) as orthanc:
        for data in (*(brain.blobs.get(image.blob) for image in brain.content.images), *report):
            orthanc.store(data)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        argv = [sys.executable, str(HERE / "gateway.py"), str(port), orthanc.url.removeprefix("http://"), str(files)]
        with subprocess.Popen(argv) as gateway:
            try:
                yield _await(gateway, f"http://127.0.0.1:{port}")
            finally:
                gateway.terminate()


def _await(gateway: subprocess.Popen[bytes], url: str) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert gateway.poll() is None, "the gateway ended at once"
        try:
            if httpx.get(url).status_code == 200:
                return url
        except httpx.TransportError:
            time.sleep(0.05)  # nothing to wait on until it listens
    raise AssertionError("the gateway does not answer")


def test_the_viewer_draws_the_report(viewer: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_browser().path), args=["--no-sandbox", *switches()]
        )
        name, password = server.AUTH
        page = browser.new_context(
            viewport={"width": 1200, "height": 760}, http_credentials={"username": name, "password": password}
        ).new_page()
        page.set_default_timeout(120_000)
        page.add_init_script("localStorage.setItem('shownTours', '[\"basicViewerTour\"]')")
        page.goto(f"{viewer}/viewer?StudyInstanceUIDs={ROOT}")
        report, measured = page.get_by_text("Report MR brain").first, page.get_by_text("volume: 30.13 mL").first
        for _ in range(8):  # before the study is laid out, opening another of its series does nothing
            report.dblclick()
            with contextlib.suppress(Late):
                measured.wait_for(timeout=15_000)
                break
        assert measured.is_visible(), "OHIF draws nothing of the report"
        shown = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
        browser.close()
    green = shown[:, :, 1] - shown[:, :, [0, 2]].max(axis=2) > 100
    rows, columns = np.nonzero(green[:, :730])  # left of the words beside it
    assert np.ptp(rows) > 90, "a line around the lesion, not a dot"
    assert np.ptp(columns) > 60
