"""A real PACS takes what a released report goes out as, says so over DICOMweb, and gives it back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import highdicom
import httpx
import numpy as np
import pytest
from pydicom import dcmread

from robot_library.delivery.cstore import send as by_cstore
from robot_library.delivery.stow import send as by_stow
from robot_library.errors import NotDelivered
from robot_library.imaging.sources.dicomweb import DicomWeb
from robot_library.interfaces import Credential
from robot_library.model.delivery import DicomTarget, DicomWebTarget
from robot_library.safeguards.blobs import FileBlobs
from tests.conftest import lacking
from tests.delivery.conftest import KEY, ROOT, Brain
from tests.imaging import orthanc as server


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory, brain: Brain) -> Iterator[server.Orthanc]:
    executable = server.program()
    if executable is None:
        lacking("Orthanc or its DICOMweb plug-in is not installed (Debian: orthanc, orthanc-dicomweb)")
        raise AssertionError
    with server.running(executable, tmp_path_factory.mktemp("orthanc")) as running:
        for image in brain.content.images:
            running.store(brain.blobs.get(image.blob))
        yield running


async def test_the_pacs_keeps_report_segmentation_and_picture(
    brain: Brain, orthanc: server.Orthanc, tmp_path: Path
) -> None:
    target = DicomWebTarget(url=orthanc.dicomweb, credential="pacs")
    parcel = brain.parcel(brain.version())
    first = await by_stow(target, Credential(*server.AUTH), parcel)
    again = await by_stow(target, Credential(*server.AUTH), brain.parcel(brain.version(), again=True))
    assert first == again

    blobs = FileBlobs(tmp_path / "back", KEY)
    back = {
        str(one.SOPInstanceUID): one
        for received in DicomWeb(orthanc.dicomweb, server.AUTH).retrieve(ROOT, blobs)
        for one in (dcmread(BytesIO(blobs.get(received.blob))),)
    }
    assert set(back) == {*brain.uids, *first["objects"]}
    sent = {one.instance: dcmread(BytesIO(one.data)) for one in parcel.dicom(("sr", "seg", "picture"))}
    for ident, one in sent.items():
        assert back[ident].to_json() == one.to_json()
    (seg,) = [one for one in back.values() if one.Modality == "SEG"]
    masks = highdicom.seg.Segmentation.from_dataset(seg).get_pixels_by_source_instance(
        [*brain.uids], assert_missing_frames_are_empty=True
    )
    assert np.array_equal(masks[..., 0].astype(bool), np.transpose(brain.mask, (2, 1, 0)))
    (sr,) = [one for one in back.values() if one.Modality == "SR"]
    groups = highdicom.sr.srread(BytesIO(_bytes(sr))).content.get_volumetric_roi_measurement_groups()
    assert [str(group.tracking_identifier) for group in groups] == ["tumour"]
    asked = _asked(f"{orthanc.dicomweb}/studies/{ROOT}/series")
    assert sorted(one["00080060"]["Value"][0] for one in asked) == ["MR", "OT", "SEG", "SR"]

    stored = DicomTarget(host="127.0.0.1", port=orthanc.dicom_port, aet="ORTHANC", security="clear")
    later = brain.version(number=2, relation="correction", id="c" * 24)
    await by_cstore(stored, brain.parcel(later, earlier=[(brain.version(), {})]))
    count = _asked(f"{orthanc.url}/statistics")["CountInstances"]
    assert count == len(brain.uids) + 6

    back_again = brain.version("entered_in_error", id="d" * 24, number=3, relation="retraction", step=1)
    taken_back = brain.parcel(back_again, earlier=[(brain.version(), {}), (later, {})])
    note = await by_stow(target, Credential(*server.AUTH), taken_back)
    assert note == await by_stow(target, Credential(*server.AUTH), replace(taken_back, again=True))
    (kept,) = note["objects"]
    received = dcmread(BytesIO(_file_of(orthanc, kept)))
    assert (received.Modality, received.ConceptNameCodeSequence[0].CodeValue) == ("KO", "113037")
    (study,) = received.CurrentRequestedProcedureEvidenceSequence
    named = {
        one.ReferencedSOPInstanceUID for row in study.ReferencedSeriesSequence for one in row.ReferencedSOPSequence
    }
    rest = {one["MainDicomTags"]["SOPInstanceUID"] for one in _asked(f"{orthanc.url}/instances?expand")}
    assert named == rest - {*brain.uids, kept}, "each object that was sent, of both versions; no image"


async def test_a_wrong_password_is_not_tried_again(brain: Brain, orthanc: server.Orthanc) -> None:
    target = DicomWebTarget(url=orthanc.dicomweb, credential="pacs")
    with pytest.raises(NotDelivered) as refused:
        await by_stow(target, Credential("rpa", "wrong"), brain.parcel(brain.version()))
    assert (refused.value.reason, refused.value.again) == ("Http401", False)


def _file_of(orthanc: server.Orthanc, uid: str) -> bytes:
    """An object as Orthanc's own interface hands it out."""
    found = httpx.post(f"{orthanc.url}/tools/lookup", content=uid, auth=server.AUTH).json()
    return httpx.get(f"{orthanc.url}{found[0]['Path']}/file", auth=server.AUTH).content


def _asked(url: str) -> Any:
    return httpx.get(url, auth=server.AUTH).json()


def _bytes(dataset: object) -> bytes:
    stream = BytesIO()
    dataset.save_as(stream)  # type: ignore[attr-defined]
    return stream.getvalue()
