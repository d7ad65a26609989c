"""The viewer shows what the file holds: its canvas, in a real browser, against the pixels that models are given."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from playwright.sync_api import Browser, Page
from pydicom.sequence import Sequence

from robot_library.imaging import viewing
from robot_library.imaging.film import read_film
from robot_library.imaging.refusal import ImageRefused
from robot_library.model.study import Image
from robot_library.web import pages as web
from robot_library.web.pages import Pages
from robot_library.web.static import Static
from robot_library.web.times import Clock
from robot_library.web.words import Words
from tests.imaging.dicoms import film, gradient, lut

REVIEW = Path(viewing.__file__).parents[1] / "attended" / "review"
CORPUS = Path(pydicom.__file__).parent / "data"
_GREYS = """() => {
  const canvas = document.querySelector("[data-film] canvas"), { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height), grey = new Uint8Array(width * height);
  for (let at = 0; at < grey.length; at++) {
    grey[at] = data[4 * at];
    const [r, g, b, a] = [0, 1, 2, 3].map(one => data[4 * at + one]);
    if (r !== g || g !== b || a !== 255) throw new Error("not grey");
  }
  let text = "";
  for (let at = 0; at < grey.length; at += 8192) text += String.fromCharCode(...grey.subarray(at, at + 8192));
  return [height, width, btoa(text)];
}"""
_SHOW = """packed => {
  const bytes = Uint8Array.from(atob(packed), one => one.charCodeAt(0));
  window.film ||= new Viewer.Film(document.querySelector("[data-viewer]"));
  window.film.show(Grayscale.unpack(bytes.buffer));
}"""


def image_of(data: bytes, source: str = "file") -> Image:
    sha256 = hashlib.sha256(data).hexdigest()
    return Image.model_validate({"sop_instance_uid": "1", "source": source, "blob": "", "sha256": sha256})


def grey_of(data: bytes, frame: int = 0, source: str = "file") -> npt.NDArray[np.uint8]:
    """The reference: what models are given, as 256 greys."""
    pixels = read_film(image_of(data, source), data, frame).pixels
    return np.floor(pixels.astype(np.float64) * 255 + 0.5).astype(np.uint8)


def on_canvas(page: Page) -> npt.NDArray[np.uint8]:
    height, width, text = page.evaluate(_GREYS)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width)


def files() -> dict[str, bytes]:
    """Everything of pydicom's corpus and of WETREAD_DATA that is a grey picture and no twin of another."""
    folders = [CORPUS, *([Path(data) / "dicom"] if (data := os.environ.get("WETREAD_DATA")) else [])]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix not in (".py", ".pyc")]
    seen: dict[str, bytes] = {}
    for path in (path for path in paths if path.is_file()):
        data = path.read_bytes()
        try:
            pixels = read_film(image_of(data), data).pixels
        except ImageRefused:
            continue
        seen.setdefault(hashlib.sha256(pixels.tobytes()).hexdigest(), data)
    return {f"{number}": data for number, data in enumerate(seen.values())}


def made() -> dict[str, bytes]:
    """One film for each branch of C.11 that real files seldom take."""
    ramp = gradient(16, 64)
    square = lut(5, [min(entry * entry, 65535) for entry in range(4000)], 16)
    voi = lut(0, [(4095 - entry) * 16 for entry in range(4096)], 16)
    first = {"PhotometricInterpretation": "MONOCHROME1"}
    return {
        "sigmoid": film(ramp, WindowCenter=2000.5, WindowWidth=777, VOILUTFunction="SIGMOID"),
        "exact": film(ramp, WindowCenter=2000.5, WindowWidth=33.3, VOILUTFunction="LINEAR_EXACT"),
        "threshold": film(ramp, WindowCenter=2000, WindowWidth=1),
        "voi lut": film(ramp, VOILUTSequence=Sequence([voi]), WindowCenter=1000, WindowWidth=500),
        "modality lut": film(ramp, ModalityLUTSequence=Sequence([square])),
        "falling": film(ramp, RescaleSlope="-0.37", RescaleIntercept="12.5"),
        "fractions": film(ramp - 2048, signed=True, RescaleSlope="0.1", RescaleIntercept="-7", WindowCenter=3,
                          WindowWidth=99.5, **first),
        "padding": film(ramp, PixelPaddingValue=100, PixelPaddingRangeLimit=900, **first),
        "shutter": film(ramp, ShutterShape="CIRCULAR", CenterOfCircularShutter=[8, 20], RadiusOfCircularShutter=9,
                        ShutterPresentationValue=0x3000, **first),
        "shutter at the first pixel": film(ramp, ShutterShape="POLYGONAL",
                                           VerticesOfThePolygonalShutter=[1, 1, 16, 1, 16, 40]),
        "8 bits": film(ramp // 16, bits=8, allocated=8, WindowCenter=100, WindowWidth=60),
    }  # fmt: skip


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """The viewer's own markup and scripts, without a server."""
    words = Words([web.HERE / "words", REVIEW / "words"])
    static = Static([web.HERE / "static", REVIEW / "static"])
    pages = Pages([web.HERE / "templates", REVIEW / "templates"], words, static, Clock())
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 900, "height": 800})
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_content(f"<!DOCTYPE html><title>x</title>{pages.render('viewer.html')}")
    page.add_style_tag(path=REVIEW / "static" / "review.css")
    for name in ("grayscale.js", "viewer.js"):
        page.add_script_tag(path=REVIEW / "static" / name)
    yield page
    page.close()
    assert not complaints


def show(page: Page, data: bytes, frame: int = 0, source: str = "file") -> None:
    packed = viewing.viewable(image_of(data, source), data, frame)
    page.evaluate(_SHOW, base64.b64encode(packed).decode())


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_canvas_holds_the_pixels_that_models_are_given(page: Page) -> None:
    found = {**files(), **made()}
    assert len(found) >= 30
    for name, data in found.items():
        show(page, data)
        assert np.array_equal(on_canvas(page), grey_of(data)), name


def test_a_persons_own_window_and_inversion_are_dicoms_too(page: Page) -> None:
    ramp, kept = gradient(16, 64), {"RescaleSlope": "0.5", "RescaleIntercept": "-1000", "PixelPaddingValue": 0}
    for function in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        show(page, film(ramp, WindowCenter=40, WindowWidth=400, VOILUTFunction=function, **kept))
        page.evaluate("film.window(-321.25, 123.5); film.draw()")
        asked: dict[str, Any] = {"WindowCenter": -321.25, "WindowWidth": 123.5, "VOILUTFunction": function}
        assert np.array_equal(on_canvas(page), grey_of(film(ramp, **asked, **kept))), function
        page.keyboard.press("Tab")
        page.locator("[data-view=invert]").click()
        twin = film(ramp, PhotometricInterpretation="MONOCHROME1", **asked, **kept)
        assert np.array_equal(on_canvas(page), grey_of(twin)), function


def test_every_frame_and_a_capture_are_shown_and_another_files_bytes_are_not(page: Page) -> None:
    stored = np.stack([gradient(8, 16), gradient(8, 16)[::-1]])
    data = film(stored, WindowCenter=1000, WindowWidth=900)
    for frame in (0, 1):
        show(page, data, frame)
        assert np.array_equal(on_canvas(page), grey_of(data, frame))
    import cv2

    png = bytes(cv2.imencode(".png", (gradient(20, 30) // 16).astype(np.uint8))[1])
    show(page, png, source="screen")
    assert np.array_equal(on_canvas(page), grey_of(png, source="screen"))
    with pytest.raises(ImageRefused):
        viewing.viewable(image_of(data), data + b"\0")
    with pytest.raises(ImageRefused):
        viewing.viewable(image_of(data), data, 2)


@pytest.mark.parametrize("said", ["PixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio"])
def test_zoom_and_pan_move_the_canvas_and_leave_its_pixels_alone(page: Page, said: str) -> None:
    data = film(gradient(16, 64), WindowCenter=2000, WindowWidth=900, **{said: [2, 1]})
    show(page, data)
    before, area = on_canvas(page), page.locator("[data-film] canvas").first
    whole = area.bounding_box()
    assert whole
    assert whole["height"] / whole["width"] == pytest.approx(16 * 2 / 64, rel=0.01), "pixels are twice as tall"
    page.evaluate("['zoom-in', 'zoom-in', 'left', 'up'].forEach(what => film.do(what))")
    larger = area.bounding_box()
    assert larger
    assert larger["width"] == pytest.approx(whole["width"] * 1.25**2, rel=0.01)
    assert np.array_equal(on_canvas(page), before)
    page.evaluate("film.do('reset')")
    assert area.bounding_box() == whole


def test_each_image_of_a_stack_is_shown_as_its_own_file_asks_until_a_person_says_otherwise(page: Page) -> None:
    """Two series of one head have one grid and windows of their own."""
    ramp = gradient(16, 64)
    first, second = (film(ramp, WindowCenter=center, WindowWidth=300) for center in (600, 3000))
    show(page, first)
    page.evaluate("film.stack = true; film.do('zoom-in'); window.before = film.zoom")
    show(page, second)
    assert np.array_equal(on_canvas(page), grey_of(second))
    assert page.evaluate("film.zoom === window.before"), "where a person has looked stays"
    page.evaluate("film.window(2000, 900); film.draw()")
    show(page, first)
    assert np.array_equal(on_canvas(page), grey_of(film(ramp, WindowCenter=2000, WindowWidth=900)))
