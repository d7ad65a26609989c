"""The PACS over HTTP: log-in, study list, downloads, and the damaged object."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from pydicom import dcmread

from robot_library.hospital import Hospital

from .facts import order_of, rows


@pytest.fixture
def pacs(hospital: Hospital) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hospital.pacs_url) as client:
        sent = {"user": "rpabot", "password": "meadow-bot-1", "next": "/studies?accession=X"}
        answer = client.post("/login", data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, "/studies?accession=X")
        yield client


def test_nothing_without_log_in(hospital: Hospital) -> None:
    with httpx.Client(base_url=hospital.pacs_url) as client:
        for path in ("/studies", "/api/studies", "/studies/1.2/archive.zip", "/instances/1.2.dcm", "/viewer/1.2"):
            assert client.get(path).headers["location"].startswith("/login?next="), path
        wrong = client.post("/login", data={"user": "rpabot", "password": "x", "next": "/studies"})
        assert wrong.status_code == 403
        assert "Wrong user or password." in wrong.text


def test_the_ehrs_session_is_not_the_pacss(hospital: Hospital, bot: httpx.Client) -> None:
    token = bot.cookies["ehr_session"]
    answer = httpx.get(f"{hospital.pacs_url}/studies", cookies={"pacs_session": token})
    assert answer.status_code == 303


def test_search_by_accession(hospital: Hospital, pacs: httpx.Client) -> None:
    order = order_of(hospital, "half_received")
    found = pacs.get("/api/studies", params={"accession": order["accession"]}).json()["rows"]
    assert [f["uid"] for f in found] == [order["study_uid"]]
    assert found[0]["cells"][-1] == "1 of 2"
    page = pacs.get(f"/studies/{order['study_uid']}").text
    assert "Incomplete: 1 of 2 images have not arrived." in page
    assert len(pacs.get("/api/studies").json()["rows"]) == 27


def test_zip_holds_the_objects_as_they_are(hospital: Hospital, pacs: httpx.Client) -> None:
    order = order_of(hospital, "several_images")
    answer = pacs.get(f"/studies/{order['study_uid']}/archive.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        views = [str(dcmread(io.BytesIO(bundle.read(n))).ViewPosition) for n in bundle.namelist()]
    assert views == ["PA", "LL", "PA"]


def test_pixels_of_the_viewer_are_the_stored_ones(hospital: Hospital, pacs: httpx.Client) -> None:
    for order in (order_of(hospital, "monochrome_pair", 0), order_of(hospital, "monochrome_pair", 1)):
        sop = rows(hospital, "SELECT sop_uid FROM instances WHERE study_uid = ?", order["study_uid"])[0][0]
        whole = dcmread(io.BytesIO(pacs.get(f"/instances/{sop}.dcm").content))
        answer = pacs.get(f"/instances/{sop}/pixels")
        shape = (int(answer.headers["X-Rows"]), int(answer.headers["X-Columns"]))
        assert np.array_equal(np.frombuffer(answer.content, "<u2").reshape(shape), whole.pixel_array)
        assert answer.headers["X-Inverted"] == str(int(whole.PhotometricInterpretation == "MONOCHROME1"))


def test_damaged_object_is_served_damaged(hospital: Hospital, pacs: httpx.Client) -> None:
    order = order_of(hospital, "corrupt")
    sop = rows(hospital, "SELECT sop_uid FROM instances WHERE study_uid = ?", order["study_uid"])[0][0]
    assert pacs.get(f"/instances/{sop}.dcm").status_code == 200
    answer = pacs.get(f"/instances/{sop}/pixels")
    assert (answer.status_code, answer.text) == (422, "This image is damaged.")


def test_unknown_study(pacs: httpx.Client) -> None:
    for path in ("/studies/1.2.3", "/studies/1.2.3/archive.zip", "/instances/1.2.3.dcm", "/viewer/1.2.3"):
        assert pacs.get(path).status_code == 404
