"""What a released report goes out as, opened in OHIF: the lesion's outline is drawn, with what was measured of it; of a
film, whose finding lies on no place of it, the words and the picture with the model's map are shown."""

from __future__ import annotations

import hashlib
import io
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from robot_library.delivery.parcel import Parcel
from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.switches import switches
from robot_library.model.finding import Finding
from robot_library.model.release import Reported, StudyRef
from robot_library.model.skill.outputs import Code
from tests.conftest import lacking
from tests.delivery.conftest import AT, ROOT, Brain, brain  # noqa: F401  (a fixture)
from tests.hospital.conftest import ROOT as LAB
from tests.hospital.lab import web_clients
from tests.hospital.lab.errors import LabError
from tests.hospital.lab.pins import HERE
from tests.hospital.lab.site import Lab
from tests.imaging import orthanc as server
from tests.imaging.dicoms import film
from tests.review.stand import chest as chest_pixels
from tests.review.stand import drawn

pytestmark = [pytest.mark.hospital, pytest.mark.browser, pytest.mark.slow]


CHEST = f"{ROOT}.5"
CONSOLIDATION = "Consolidation in the right lower zone. No effusion."


@pytest.fixture(scope="module")
def chest(brain: Brain) -> Parcel:  # noqa: F811
    """The released report of a chest film with a finding that is on no place of it."""
    data = film(
        chest_pixels(0), PatientID="00042", PatientName="Muñoz^José", Modality="DX", StudyInstanceUID=CHEST,
        SeriesInstanceUID=f"{CHEST}.2", SOPInstanceUID=f"{CHEST}.2.1", SeriesDescription="PA", BitsStored=12,
        BitsAllocated=16, HighBit=11, WindowCenter="1800", WindowWidth="3000",
    )  # fmt: skip
    blobs, known = brain.blobs, brain.content
    image = known.images[0].model_copy(update={
        "sop_instance_uid": f"{CHEST}.2.1", "series_uid": f"{CHEST}.2", "study_uid": CHEST, "blob": blobs.put(data),
        "sha256": hashlib.sha256(data).hexdigest(), "rows": 512, "columns": 512,
    })  # fmt: skip
    finding = Finding(
        skill="chest", skill_version="1.0.0", model_sha256="0" * 64, provider="cpu", label="pneumonia", score=0.9,
        decision="positive", operating_point="m", image_uid=f"{CHEST}.2.1", image_uids=(f"{CHEST}.2.1",),
        evidence={"overlay": blobs.put(drawn())},
    )  # fmt: skip
    pneumonia = Code(scheme="SNOMED CT", value="233604007", meaning="Pneumonia")
    reported = Reported(label="pneumonia", decision="positive", by="person", who="B", code=pneumonia, finding=finding)
    words = (CONSOLIDATION, "Pneumonia suspected.")
    content = known.model_copy(update={
        "study": StudyRef(uid=CHEST, started=AT, modality="DX"), "title": "Chest X-ray", "template": "chest-xray",
        "findings": (reported,), "images": (image,),
        "sections": tuple(
            one.model_copy(update={"text": text}) for one, text in zip(known.sections, words, strict=True)
        ),
    })  # fmt: skip
    return brain.parcel(brain.version(id="c" * 24, report="d" * 32, content=content))


@pytest.fixture(scope="module")
def viewer(brain: Brain, chest: Parcel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: F811
    """OHIF beside an Orthanc of its own that holds both studies with what was reported of them; its address."""
    executable = server.program()
    if executable is None:
        lacking("Orthanc or its DICOMweb plug-in is not installed (Debian: orthanc, orthanc-dicomweb)")
        raise AssertionError
    try:
        files = web_clients.ohif(Lab(LAB, {}))
    except LabError as failure:
        lacking(str(failure))
        raise
    brains, films = brain.parcel(brain.version()).dicom(("sr", "seg")), chest.dicom(("sr", "narrative", "picture"))
    images = [brain.blobs.get(one.blob) for one in (*brain.content.images, *chest.version.content.images)]
    with server.running(executable, tmp_path_factory.mktemp("orthanc")) as orthanc:
        for data in (*images, *(one.data for one in (*brains, *films))):
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


@pytest.fixture
def opened(viewer: str) -> Iterator[Callable[[str], Page]]:
    """Opens a study in OHIF."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_browser().path), args=["--no-sandbox", *switches()]
        )

        def study(uid: str) -> Page:
            name, password = server.AUTH
            page = browser.new_context(
                viewport={"width": 1200, "height": 760}, http_credentials={"username": name, "password": password}
            ).new_page()
            page.set_default_timeout(120_000)
            page.add_init_script("localStorage.setItem('shownTours', '[\"basicViewerTour\"]')")
            page.goto(f"{viewer}/viewer?StudyInstanceUIDs={uid}")
            return page

        yield study
        browser.close()


def opens(page: Page, series: str, shows: Callable[[], bool]) -> None:
    """Open one series by its description: before the study is laid out, opening another of its series does nothing."""
    one = page.get_by_text(series).first
    for _ in range(8):
        one.dblclick()
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if shows():
                return
            page.wait_for_timeout(500)
    raise AssertionError(f"OHIF does not show {series}")


def pixels(page: Page) -> NDArray[np.int64]:
    """What the window shows (rows, columns, red green blue)."""
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def test_the_viewer_draws_the_report_of_a_lesion(opened: Callable[[str], Page]) -> None:
    page = opened(ROOT)
    opens(page, "Report MR brain", page.get_by_text("volume: 30.13 mL").first.is_visible)
    shown = pixels(page)
    green = shown[:, :, 1] - shown[:, :, [0, 2]].max(axis=2) > 100
    rows, columns = np.nonzero(green[:, :730])  # left of the words beside it
    assert np.ptp(rows) > 90, "a line around the lesion, not a dot"
    assert np.ptp(columns) > 60


def test_the_viewer_shows_words_and_picture_of_the_report_of_a_film(opened: Callable[[str], Page]) -> None:
    page = opened(CHEST)
    page.get_by_text("Report Chest X-ray").first.wait_for()
    opens(page, "Text Chest X-ray", page.get_by_text(CONSOLIDATION).first.is_visible)
    assert page.get_by_text("Final report.").is_visible()
    opens(page, "Picture pneumonia", lambda: reddish(page) > 2000)


def reddish(page: Page) -> int:
    """How many pixels of the view are redder than grey: the model's map."""
    view = pixels(page)[:, 300:]
    return int((view[:, :, 0] - view[:, :, 1] > 60).sum())
