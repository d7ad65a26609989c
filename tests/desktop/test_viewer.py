"""A real desktop viewer that tells nothing of itself: a study is opened, its overlay read, its picture taken; here and
through a VNC viewer."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from robot_library.drivers.desktop import DesktopDriver
from robot_library.drivers.desktop.display import Display
from robot_library.drivers.desktop.windows import Windows
from robot_library.imaging.sources.capture import text_blanked
from robot_library.model.bot import App, Program
from robot_library.ocr.reader import Reader
from robot_library.parsing.screens import load_screen_map
from tests.conftest import lacking
from tests.desktop.conftest import until
from tests.desktop.remote import served

SCREENS = Path(__file__).parents[2] / "workflows" / "screens"
MAP = load_screen_map(SCREENS / "aeskulap.yaml")
FAR_MAP = load_screen_map(SCREENS / "aeskulap-remote.yaml").model_copy(update={"patience": timedelta(minutes=5)})
OVERLAY = {"patient": "Muster^Anna", "born": "19610409", "date": "20260102", "images": "1"}


def film(path: Path) -> None:
    """A film of nobody, brighter in its middle."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = (
        DigitalXRayImageStorageForPresentation,
        generate_uid(),
    )
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    film.SOPClassUID, film.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    film.StudyInstanceUID, film.SeriesInstanceUID = generate_uid(), generate_uid()
    film.PatientName, film.PatientID, film.PatientBirthDate, film.PatientSex = "Muster^Anna", "0041", "19610409", "F"
    film.Modality, film.StudyDate, film.StudyTime, film.InstanceNumber = "DX", "20260102", "101112", "1"
    film.Rows, film.Columns, film.SamplesPerPixel, film.PhotometricInterpretation = 400, 320, 1, "MONOCHROME2"
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    film.WindowCenter, film.WindowWidth = "2000", "3000"
    rows, columns = np.mgrid[0:400, 0:320]
    film.PixelData = (1500 + 1200 * np.sin(columns / 40) * np.cos(rows / 50)).astype(np.uint16).tobytes()
    pydicom.dcmwrite(str(path), film, enforce_file_format=True)


async def test_a_study_is_opened_read_and_captured(display: Display, tmp_path: Path) -> None:
    if shutil.which("aeskulap") is None:
        lacking("no aeskulap (tests/hospital/system.sh)")
    film(tmp_path / "film.dcm")
    driver = DesktopDriver(lambda name: (tmp_path,))
    try:
        session = await driver.session("pacs", App(map="aeskulap", program=Program(run=("aeskulap",))), MAP, None)
        view = await session.open("study", {"file": str(tmp_path / "film.dcm"), "name": "Muster^Anna"})
        read = await view.read(["patient", "born", "date", "images"])
        assert read == OVERLAY
        picture = await view.picture(target="image", mask=False)
    finally:
        await driver.close()
    shown = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown.shape == (742, 1414)
    middle = shown[:, 420:990]
    assert middle.std() > 30, "the film itself is in it"
    reader = Reader()
    clean, places = text_blanked(picture, lambda grey: [(t.x, t.y, t.width, t.height) for t in reader.read(grey)])
    left = cv2.imdecode(np.frombuffer(clean, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert places >= 5
    assert not [text.text for text in reader.read(left) if "Muster" in text.text or "1961" in text.text]
    assert (left[:, 420:990] == middle).mean() > 0.97, "and stays in it"


@pytest.mark.evidence  # each look reads a whole screen, and a busy machine takes minutes for the way there
async def test_the_same_on_another_machine_through_a_viewer(display: Display, tmp_path: Path) -> None:
    if shutil.which("aeskulap") is None:
        lacking("no aeskulap (tests/hospital/system.sh)")
    far, driver = served((1440, 900)), DesktopDriver(lambda name: (tmp_path,))
    film(Path(far.display.env["HOME"]) / "film.dcm")
    try:
        program = far.display.start(["aeskulap"])
        with Windows(far.display) as windows:
            until(lambda: windows.of(program.pid), 120)
        viewer = far.program("-FullScreen", "-FullscreenSystemKeys=0")
        session = await driver.session("pacs", App(map="aeskulap-remote", program=viewer), FAR_MAP, None)
        view = await session.open("study", {"file": "~/film.dcm", "name": "Muster^Anna"})
        assert await view.read([*OVERLAY]) == OVERLAY
        picture = await view.picture(target="image", mask=False)
    finally:
        await driver.close()
        far.close()
    shown = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown.shape == (742, 1414)
    assert shown[:, 420:990].std() > 30, "the film itself is in it"
