"""The maps of the demo hospital, held against the hospital itself; what counts is what its database says."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from robot_library.drivers.browser import BrowserDriver
from robot_library.drivers.browser.session import BrowserSession
from robot_library.errors import DriverLost, OrderChanged, OrderHeld, StudyNotFound
from robot_library.hospital import Hospital
from robot_library.interfaces import Credential
from robot_library.model.bot import App
from robot_library.parsing.screens import load_screen_map
from tests.hospital_demo.conftest import Start, start, template

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]

__all__ = ["start", "template"]
MAPS = Path(__file__).parents[2] / "workflows" / "screens"
BOT = Credential("rpabot", "meadow-bot-1")


@asynccontextmanager
async def at(driver: BrowserDriver, url: str, name: str) -> AsyncIterator[BrowserSession]:
    """A session of one of the hospital's two systems."""
    session = await driver.session("it", App(map=name, url=url), load_screen_map(MAPS / f"{name}.yaml"), BOT)
    try:
        yield session
    finally:
        await session.close()


def books(hospital: Hospital, query: str, *values: str) -> list[sqlite3.Row]:
    """What the hospital's own database says."""
    connection = sqlite3.connect(hospital.database)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


ORDERS = (
    "SELECT o.*, p.mrn, p.display, p.birth_date FROM orders o JOIN patients p ON p.patient_id = o.current_patient_id"
)


async def test_the_worklist_is_read_whole(driver: BrowserDriver, start: Start) -> None:
    hospital = start()
    async with at(driver, hospital.ehr_url, "demo-ehr") as ehr:
        rows = await (await ehr.open("worklist", {})).read_table("orders")
    wanted = books(hospital, "SELECT order_id FROM orders WHERE state='requested' ORDER BY order_id")
    assert [r["order"] for r in rows] == [r["order_id"] for r in wanted]
    assert all(r["examined"] >= r["requested"] for r in rows)


async def test_every_order_is_read_as_it_stands_in_the_books(driver: BrowserDriver, start: Start) -> None:
    """In chaos, with sessions that end on the way."""
    hospital = start(chaos=7, session_requests=(14, 20))
    async with at(driver, hospital.ehr_url, "demo-ehr") as ehr:
        for order in books(hospital, ORDERS + " WHERE o.event='' LIMIT 8"):
            view = await ehr.open("order", {"order": order["order_id"]})
            shown = await view.read(["order", "accession", "patient", "mrn", "birth_date", "images_expected"])
            assert shown == {
                "order": order["order_id"],
                "accession": order["accession"],
                "patient": order["display"],
                "mrn": order["mrn"],
                "birth_date": order["birth_date"] or "unknown",
                "images_expected": str(order["images_expected"]),
            }
    signed_in = books(hospital, "SELECT count(*) AS n FROM sign_ins WHERE system='ehr'")[0]["n"]
    assert signed_in > 1, "the session did not end on the way: the test shows nothing"


async def test_a_report_is_typed_once_and_found_in_the_record_opened_anew(driver: BrowserDriver, start: Start) -> None:
    hospital = start()
    order = books(hospital, ORDERS + " WHERE o.trap='plain'")[0]
    where = {"order": order["order_id"]}
    text = "AI draft, not verified\n\nFINDINGS\nNo “features” of pneumonia; 3 < 5.\n"
    async with at(driver, hospital.ehr_url, "demo-ehr") as ehr:
        view = await ehr.open("result", where)
        await view.upload("picture", "overlay.png", b"\x89PNG overlay")
        assert await view.fill("report", text) == text
        assert await view.fill("impression", "Pneumonia unlikely.") == "Pneumonia unlikely."
        assert await view.fill("reported_by", "RPA Bot") == "RPA Bot"
        await view.press_commit("save")
        anew = await ehr.open("result", where, fresh=True)
        read = await anew.read(["report", "impression", "report_status", "mrn"])
        assert read == {
            "report": text,
            "impression": "Pneumonia unlikely.",
            "report_status": "Preliminary",
            "mrn": order["mrn"],
        }
        assert await anew.read_table("attachments") == [{"file": "overlay.png"}]
        record = await ehr.follow(anew, "patient_link", "patient_record")
        assert (await record.read(["mrn", "birth_date"]))["mrn"] == order["mrn"]
        await record.close()
        await anew.close()
        with pytest.raises(OrderHeld, match="holds text already"):
            await (await ehr.open("result", where)).fill("report", "another")
    saves = books(hospital, "SELECT order_id, patient_id, text FROM saves")
    assert [tuple(s) for s in saves] == [(order["order_id"], order["patient_id"], text)]


async def test_a_change_between_opening_and_saving_is_not_written_over(driver: BrowserDriver, start: Start) -> None:
    hospital = start()
    order = books(hospital, ORDERS + " WHERE o.trap='signed_meanwhile'")[0]
    async with at(driver, hospital.ehr_url, "demo-ehr") as ehr:
        view = await ehr.open("result", {"order": order["order_id"]})
        await view.fill("report", "draft")
        await view.fill("reported_by", "RPA Bot")
        with pytest.raises(OrderHeld, match="changed the report since"):
            await view.press_commit("save")
    assert books(hospital, "SELECT * FROM saves") == []


async def test_a_session_that_ends_over_typed_text_is_driver_lost(driver: BrowserDriver, start: Start) -> None:
    hospital = start()
    order = books(hospital, ORDERS + " WHERE o.trap='plain'")[0]
    async with at(driver, hospital.ehr_url, "demo-ehr") as ehr:
        view = await ehr.open("result", {"order": order["order_id"]})
        await view.fill("report", "draft")
        await view.fill("reported_by", "RPA Bot")
        connection = sqlite3.connect(hospital.database, timeout=20)
        with connection:
            connection.execute("UPDATE sessions SET ended=1")
        connection.close()
        with pytest.raises(DriverLost, match="during the press"):
            await view.press_commit("save")
    assert books(hospital, "SELECT * FROM saves") == []


async def test_a_study_is_found_by_accession_downloaded_and_looked_at(driver: BrowserDriver, start: Start) -> None:
    hospital = start()
    order = books(hospital, ORDERS + " WHERE o.trap='several_images'")[0]
    where = {"accession": order["accession"]}
    async with at(driver, hospital.pacs_url, "demo-pacs") as pacs:
        study = await pacs.open("study", where)
        shown = await study.read(["study_uid", "images", "images_announced", "accession"])
        (book,) = books(hospital, "SELECT * FROM studies WHERE accession=?", order["accession"])
        assert shown["study_uid"] == book["study_uid"]
        assert shown["images"] == shown["images_announced"] == "3"
        name, data = await study.download("download")
        assert name.endswith(".zip")
        assert len([n for n in zipfile.ZipFile(io.BytesIO(data)).namelist() if "IM" in n]) == 3
        viewer = await pacs.open("viewer", where, fresh=True)
        assert (await viewer.read(["slice", "mrn"])) == {"slice": "I:1 (1/3)", "mrn": book["mrn"]}
        film = cv2.imdecode(
            np.frombuffer(await viewer.picture(target="image", mask=False), np.uint8), cv2.IMREAD_GRAYSCALE
        )
        assert film is not None
        assert len(np.unique(film)) > 100
        await viewer.close()
        with pytest.raises(StudyNotFound, match="no study of this accession"):
            await pacs.open("study", {"accession": order["accession"][:-1]})
    async with at(driver, hospital.ehr_url, "demo-ehr") as ehr:
        with pytest.raises(OrderChanged, match="no such order"):
            await ehr.open("order", {"order": "REQ000000"})
