"""What a released report goes out as, opened in OHIF: the lesion's outline is drawn, with what was measured of it."""

from __future__ import annotations

import io

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.switches import switches
from tests.delivery.conftest import ROOT, Brain, brain  # noqa: F401  (a fixture)
from tests.hospital.lab.site import Lab

pytestmark = [pytest.mark.hospital, pytest.mark.browser, pytest.mark.slow]


def test_the_viewer_draws_the_report(lab: Lab, brain: Brain) -> None:  # noqa: F811
    login = lab.logins["pacs_bot"]
    report = [one.data for one in brain.parcel(brain.version()).dicom(("sr", "seg"))]
    for data in (*(brain.blobs.get(image.blob) for image in brain.content.images), *report):
        httpx.post(f"{lab.pacs_url}/instances", content=data, auth=(login.name, login.password)).raise_for_status()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_browser().path), args=["--no-sandbox", *switches()]
        )
        page = browser.new_context(
            viewport={"width": 1200, "height": 760},
            http_credentials={"username": login.name, "password": login.password},
        ).new_page()
        page.set_default_timeout(120_000)
        tour = page.get_by_text("Skip all").first
        page.add_locator_handler(tour, lambda: tour.click())
        page.goto(f"{lab.viewer_url}/viewer?StudyInstanceUIDs={ROOT}")
        page.get_by_text("Report MR brain").dblclick()
        page.get_by_text("volume: 30.13 mL").wait_for()
        shown = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
        browser.close()
    green = shown[:, :, 1] - shown[:, :, [0, 2]].max(axis=2) > 100
    rows, columns = np.nonzero(green[:, : shown.shape[1] // 2 + 130])  # left of the words beside it
    assert np.ptp(rows) > 90, "a line around the lesion, not a dot"
    assert np.ptp(columns) > 60
