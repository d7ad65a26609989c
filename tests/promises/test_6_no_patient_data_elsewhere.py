"""Promise 6: no patient data where it does not belong."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from robot_library.cli.report_page import write_page
from robot_library.cli.site import open_key
from robot_library.drivers.browser.view import BrowserView
from robot_library.parsing.library import bundled
from robot_library.parsing.screens import load_screen_map
from robot_library.safeguards.blobs import FileBlobs
from tests.promises.bots import Site
from tests.promises.conftest import Day
from tests.safeguards.desk import Books, desk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]

LONG = 6
"""Shorter values turn up by chance among encrypted bytes; in text they are looked for as words."""

ENDS = 200_000


def values_of_patients(site: Site) -> set[str]:
    """Everything in the hospital's books that says who somebody is."""
    rows = site.ask("SELECT mrn, family, given, display, birth_date FROM patients")
    found = {str(value) for row in rows for value in tuple(row) if value}
    found |= {row["accession"] for row in site.ask("SELECT accession FROM orders")}
    found |= {row["study_uid"] for row in site.ask("SELECT study_uid FROM studies")}
    found |= {date.replace("-", "") for date in found if re.fullmatch(r"\d{4}-\d\d-\d\d", date)}
    assert len(found) > 150
    return found


def told_in(text: str, site: Site) -> list[str]:
    return [v for v in values_of_patients(site) if len(v) > 2 and re.search(rf"(?<!\w){re.escape(v)}(?!\w)", text)]


async def test_no_file_of_the_bots_home_holds_a_patients_value(day: Day) -> None:
    values = [v for v in values_of_patients(day.site) | set(day.runs) if len(v) >= LONG]
    forms = [v.encode(code) for v in values for code in ("utf-8", "utf-16-le")]
    forms += [v.encode("latin-1") for v in values if all(ord(c) < 256 for c in v)]
    files = [path for path in day.home.rglob("*") if path.is_file()]
    assert any(path.name.startswith("engine.sqlite") for path in files)
    assert sum(path.parent.parent.name == "blobs" or path.parent.name == "blobs" for path in files) > 20
    for path in files:
        data = path.read_bytes()
        if len(data) > 2 * ENDS:  # a film; a header in clear would stand at its beginning
            data = data[:ENDS] + data[-ENDS:]
        assert not [form for form in forms if form in data], f"patient data in {path.name}"
        assert b"\x89PNG" not in data, f"a picture in clear: {path.name}"
        assert data[128:132] != b"DICM", f"a film in clear: {path.name}"


async def test_nothing_that_was_printed_or_logged_names_a_patient(day: Day) -> None:
    assert told_in(day.said, day.site) == []
    assert [order for order in day.runs if order in day.said] == []


async def test_the_run_as_data_names_no_patient(day: Day) -> None:
    """Titles, details, reasons, proofs: all of the timeline, without the sealed evidence."""
    for run in day.runs.values():
        assert told_in(run.model_dump_json(), day.site) == [], run.code


async def test_the_run_report_names_no_patient(day: Day, tmp_path: Path) -> None:
    runs = list(day.runs.values())
    page = tmp_path / "report.html"
    blobs = FileBlobs(day.home / "blobs", open_key(day.home))
    labels = {run.item: f"item {n}" for n, run in enumerate(runs)}
    write_page(page, "A day", "", runs, blobs, labels, {})
    text = re.sub(r"data:image/[^\"')]+", "", page.read_text(encoding="utf-8"))
    uids = {row["study_uid"] for row in day.site.ask("SELECT study_uid FROM studies")}
    assert [value for value in told_in(text, day.site) if value not in uids] == []
    assert page.read_text(encoding="utf-8").count("data:image/") > 10


async def test_a_secret_is_nowhere(day: Day) -> None:
    for path in day.home.rglob("*"):
        assert not path.is_file() or b"meadow-bot-1" not in path.read_bytes(), path.name
    assert "meadow-bot-1" not in day.said
    assert all("meadow-bot-1" not in run.model_dump_json() for run in day.runs.values())


@pytest.mark.parametrize(
    ("screen", "labels", "plain"),
    [
        ("order", ["Patient:", "MRN:", "Birth date:", "Accession:"], "State:"),
        ("result", ["Patient:", "MRN:", "Birth date:"], "State:"),
    ],
)
async def test_what_a_picture_shows_of_a_patient_is_one_flat_colour(
    site: Site, screen: str, labels: list[str], plain: str
) -> None:
    """Where the patient's values stand, the picture that is kept has no ink left; the one not kept has."""
    order = site.orders("plain")[0]
    books = Books(site.hospital)
    screens = load_screen_map(bundled() / "workflows" / "screens" / "demo-ehr.yaml")
    async with desk(site.driver, books, screens) as at:
        view = await at.session.open(screen, {"order": order})
        assert isinstance(view, BrowserView)
        await view.read([t for t in ("patient", "mrn", "birth_date") if t in at.session.screen(screen).targets])
        clear, masked = _decode(await view.picture(mask=False)), _decode(await view.picture())
        boxes = {label: await _box(view, label) for label in [*labels, plain]}
    books.close()
    for label in labels:
        assert _ink(clear, boxes[label]) > 5, f"{label} is not in the picture: the test shows nothing"
        assert _ink(masked, boxes[label]) == 0, f"{label} is seen in the masked picture"
    assert clear.shape == masked.shape


async def _box(view: BrowserView, label: str) -> tuple[int, int, int, int]:
    """x, y, width, height of the inside of a value's box, in pixels of the picture."""
    found = await view._windows[-1].page.get_by_label(label, exact=True).first.bounding_box()
    assert found is not None
    return int(found["x"]) + 4, int(found["y"]) + 4, int(found["width"]) - 8, int(found["height"]) - 8


def _decode(png: bytes) -> npt.NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture.astype(np.uint8)


def _ink(picture: npt.NDArray[np.uint8], box: tuple[int, int, int, int]) -> float:
    """Standard deviation of the grey levels inside the box; 0 for one flat colour."""
    x, y, width, height = box
    inside = picture[y : y + height, x : x + width]
    assert inside.size > 100
    return float(inside.std())
