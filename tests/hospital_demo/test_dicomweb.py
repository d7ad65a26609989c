"""DICOMweb, asked by an independent client."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session_from_user_pass
from pydicom import Dataset
from requests import HTTPError

from robot_library.hospital import ACCOUNTS, Hospital

from .facts import order_of, rows


@pytest.fixture
def client(hospital: Hospital) -> DICOMwebClient:
    session = create_session_from_user_pass("rpabot", ACCOUNTS["rpabot"].password)
    return DICOMwebClient(hospital.dicomweb_url, session=session)


def _header(answer: dict[str, Any]) -> Dataset:
    assert answer.pop("7FE00010")["BulkDataURI"].endswith("/bulkdata")
    return Dataset.from_json(answer)


def _value(answer: dict[str, Any], tag: str) -> Any:
    return answer[tag]["Value"][0]


def test_credential_is_demanded(hospital: Hospital) -> None:
    answer = httpx.get(f"{hospital.dicomweb_url}/studies")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="Harbour PACS"')
    assert httpx.get(f"{hospital.dicomweb_url}/studies", auth=("rpabot", "wrong")).status_code == 401


def test_find_by_accession_and_person(hospital: Hospital, client: DICOMwebClient) -> None:
    order = order_of(hospital, "same_name")
    found = client.search_for_studies(search_filters={"AccessionNumber": order["accession"]})
    assert [_value(f, "0020000D") for f in found] == [order["study_uid"]]
    mrn = _value(found[0], "00100020")
    assert mrn.startswith("00")
    assert len(client.search_for_studies(search_filters={"PatientID": mrn})) == 1
    name = _value(found[0], "00100010")["Alphabetic"]
    assert len(client.search_for_studies(search_filters={"PatientName": name.split("^")[0].lower() + "*"})) >= 2
    assert len(client.search_for_studies(search_filters={"PatientName": "王*"})) == 1
    assert client.search_for_studies(search_filters={"AccessionNumber": "ACC0"}) == []
    assert len(client.search_for_studies(limit=5)) == 5
    assert len(client.search_for_studies(search_filters={"StudyDate": "20200101-20991231"})) == 27


def test_counts_say_what_is_there(hospital: Hospital, client: DICOMwebClient) -> None:
    for trap, count in (("half_received", 1), ("several_images", 3), ("plain", 1)):
        order = order_of(hospital, trap)
        study = client.search_for_studies(search_filters={"StudyInstanceUID": order["study_uid"]})[0]
        assert _value(study, "00201208") == count
        series = client.search_for_series(order["study_uid"])
        assert _value(series[0], "00201209") == count
        assert len(client.search_for_instances(order["study_uid"], _value(series[0], "0020000E"))) == count


def test_books_and_headers_may_disagree(hospital: Hospital, client: DICOMwebClient) -> None:
    order = order_of(hospital, "wrong_header")
    study = client.search_for_studies(search_filters={"AccessionNumber": order["accession"]})[0]
    header = _header(client.retrieve_study_metadata(order["study_uid"])[0])
    mrn = rows(hospital, "SELECT mrn FROM patients WHERE patient_id = ?", order["patient_id"])[0][0]
    assert _value(study, "00100020") == mrn
    assert header.PatientID != mrn


def test_retrieve_decodes_everything_but_the_damaged(hospital: Hospital, client: DICOMwebClient) -> None:
    for row in rows(
        hospital, "SELECT i.*, o.trap FROM instances i JOIN studies USING (study_uid) JOIN orders o USING (accession)"
    ):
        named = (row["study_uid"], row["series_uid"], row["sop_uid"])
        if row["trap"] == "corrupt":
            with pytest.raises(Exception, match=r"."):
                _ = client.retrieve_instance(*named).pixel_array
            with pytest.raises(HTTPError, match="422"):
                client.retrieve_instance_rendered(*named, media_types=("image/png",))
            continue
        dataset = client.retrieve_instance(*named)
        assert dataset.pixel_array.shape == (row["rows"], row["columns"])
        assert str(dataset.file_meta.TransferSyntaxUID) == row["transfer_syntax"]
        metadata = _header(client.retrieve_instance_metadata(*named))
        assert metadata.PatientID == dataset.PatientID
        assert metadata.PatientName == dataset.PatientName


def test_frames_and_rendered(hospital: Hospital, client: DICOMwebClient) -> None:
    row = rows(hospital, "SELECT * FROM instances WHERE photometric = 'MONOCHROME1'")[0]
    named = (row["study_uid"], row["series_uid"], row["sop_uid"])
    whole = client.retrieve_instance(*named)
    frame = client.retrieve_instance_frames(*named, frame_numbers=[1])[0]
    assert np.array_equal(np.frombuffer(frame, "<u2").reshape(whole.pixel_array.shape), whole.pixel_array)
    assert client.retrieve_instance_rendered(*named, media_types=("image/png",)).startswith(b"\x89PNG")


def test_both_monochromes_look_the_same(hospital: Hospital) -> None:
    pictures = []
    for which in (0, 1):
        uid = order_of(hospital, "monochrome_pair", which)["study_uid"]
        row = rows(hospital, "SELECT * FROM instances WHERE study_uid = ?", uid)[0]
        url = f"{hospital.dicomweb_url}/studies/{uid}/series/{row['series_uid']}/instances/{row['sop_uid']}/rendered"
        pictures.append(httpx.get(url, auth=("rpabot", ACCOUNTS["rpabot"].password)).content)
    assert pictures[0] == pictures[1]


def test_nonsense_is_refused(hospital: Hospital) -> None:
    auth = ("rpabot", ACCOUNTS["rpabot"].password)
    base = hospital.dicomweb_url
    assert httpx.get(f"{base}/studies", params={"Favourite": "x"}, auth=auth).status_code == 400
    assert httpx.get(f"{base}/studies", params={"limit": "many"}, auth=auth).status_code == 400
    assert httpx.get(f"{base}/studies/1.2.3", auth=auth).status_code == 404
    assert httpx.get(f"{base}/studies/1.2.3/metadata", auth=auth).status_code == 404
