"""DICOMweb and DIMSE against a real Orthanc: what comes is what was stored, byte for byte in its pixels."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import uid as uid_of
from pydicom.uid import generate_uid

from robot_library.errors import ApplicationException, SignInFailed, StudyIncomplete, StudyNotFound
from robot_library.imaging.pixels import read_grayscale
from robot_library.imaging.received import Received
from robot_library.imaging.sources.dicomweb import DicomWeb
from robot_library.imaging.sources.dimse import Dimse, storage_scp
from robot_library.imaging.study import assemble, require_complete
from tests.imaging.dicoms import MemoryBlobs, dataset, gradient, written
from tests.imaging.orthanc import AUTH, Orthanc

pytestmark = pytest.mark.hospital

CORPUS = Path(pydicom.__file__).parent / "data" / "test_files"


def stored_study(orthanc: Orthanc, accession: str, count: int = 2) -> tuple[str, list[bytes]]:
    """A study of `count` films in Orthanc; its UID and the objects."""
    study = generate_uid()[:50].rstrip(".")
    objects = [
        written(
            dataset(
                gradient(8, 16, 4095 - number),
                StudyInstanceUID=study,
                SeriesInstanceUID=study + ".1",
                SOPInstanceUID=f"{study}.1.{number}",
                AccessionNumber=accession,
                StudyID="1",
                StudyDate="20250103",
                InstanceNumber=number,
            )
        )
        for number in range(1, count + 1)
    ]
    for data in objects:
        orthanc.store(data)
    return study, objects


def same_pixels(received: Sequence[Received], blobs: MemoryBlobs, objects: list[bytes]) -> bool:
    def pictures(all_data: list[bytes]) -> list[bytes]:
        return sorted(read_grayscale(data).pixels.tobytes() for data in all_data)

    return pictures([blobs.get(one.blob) for one in received]) == pictures(objects)


@pytest.fixture
def web(orthanc: Orthanc) -> DicomWeb:
    return DicomWeb(orthanc.dicomweb, AUTH)


@pytest.fixture
def peer(orthanc: Orthanc) -> Dimse:
    return Dimse("127.0.0.1", orthanc.dicom_port, "ORTHANC")


@pytest.mark.parametrize("accession", ["00012345", "A 1/7", "D'Acc&x=1", "50%41", "Q?1", "S*1"])
def test_a_study_is_found_by_exactly_its_accession(
    orthanc: Orthanc, web: DicomWeb, peer: Dimse, accession: str
) -> None:
    study, _ = stored_study(orthanc, accession)
    stored_study(orthanc, accession + "X")
    for source in (web, peer):
        found = [one for one in source.find_by_accession(accession) if one.study_uid == study]
        assert [(one.accession, one.instances, one.study_date) for one in found] == [(accession, 2, "20250103")]
        assert all(one.accession == accession for one in source.find_by_accession(accession))


def test_what_is_not_there_is_not_found(orthanc: Orthanc, web: DicomWeb, peer: Dimse, blobs: MemoryBlobs) -> None:
    stored_study(orthanc, "HERE")
    for source in (web, peer):
        assert source.find_by_accession("NOWHERE") == []
        for empty in ("", "  ", "*", "**?"):
            with pytest.raises(StudyNotFound):
                source.find_by_accession(empty)
        with pytest.raises(StudyNotFound):
            source.find_by_uid("1.2.3.4")
    with pytest.raises(StudyNotFound):
        web.retrieve("1.2.3.4", blobs)
    with pytest.raises(ApplicationException):  # Orthanc answers 0xC000, which may mean anything
        peer.retrieve("1.2.3.4", blobs)
    with pytest.raises(StudyNotFound):
        web.retrieve("1.2/../../instances", blobs)


def test_a_study_comes_whole_and_unchanged(orthanc: Orthanc, web: DicomWeb, peer: Dimse, blobs: MemoryBlobs) -> None:
    uid, objects = stored_study(orthanc, "WHOLE", 3)
    for source in (web, peer):
        found = source.find_by_uid(uid)
        received = source.retrieve(uid, blobs)
        assert same_pixels(received, blobs, objects)
        study = assemble(received, blobs, "dicomweb", study_uid=uid, expected=found.instances)
        require_complete(study)
        assert study.accession == "WHOLE"
        assert study.identity.ids[0].value == "00123456"
        assert study.identity.names[0].family == "Müller"
        with pytest.raises(StudyIncomplete):
            require_complete(study, 4)


@pytest.mark.parametrize("name", ["MR_small_jp2klossless", "MR_small_jpeg_ls_lossless", "MR_small_RLE", "JPGExtended"])
def test_compressed_pixels_are_not_converted(
    orthanc: Orthanc, web: DicomWeb, peer: Dimse, blobs: MemoryBlobs, name: str
) -> None:
    data = (CORPUS / f"{name}.dcm").read_bytes()
    original = pydicom.dcmread(BytesIO(data))
    original.StudyInstanceUID, original.SOPInstanceUID = generate_uid(), generate_uid()
    original.file_meta.MediaStorageSOPInstanceUID = original.SOPInstanceUID
    stream = BytesIO()
    original.save_as(stream)
    orthanc.store(stream.getvalue())
    sources: list[DicomWeb | Dimse] = [web, Dimse(peer.host, peer.port, peer.aet, sop_classes=(original.SOPClassUID,))]
    for source in sources:
        (received,) = source.retrieve(original.StudyInstanceUID, blobs)
        came = pydicom.dcmread(BytesIO(blobs.get(received.blob)))
        assert came.file_meta.TransferSyntaxUID == original.file_meta.TransferSyntaxUID
        assert came.PixelData == original.PixelData


def test_get_takes_whatever_classes_the_study_holds(orthanc: Orthanc, peer: Dimse, blobs: MemoryBlobs) -> None:
    uid, _ = stored_study(orthanc, "MIXED", 1)
    report = dataset(
        None, StudyInstanceUID=uid, SeriesInstanceUID=uid + ".9", SOPInstanceUID=uid + ".9.1", Modality="SR"
    )
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = uid_of.BasicTextSRStorage
    orthanc.store(written(report))
    study = assemble(peer.retrieve(uid, blobs), blobs, "dicom", expected=peer.find_by_uid(uid).instances)
    require_complete(study, 2)
    assert [kind for _, kind in study.others] == ["Basic Text SR Storage"]


def test_a_class_that_get_did_not_offer_is_missed_loudly(orthanc: Orthanc, peer: Dimse, blobs: MemoryBlobs) -> None:
    uid, _ = stored_study(orthanc, "CLASS")
    other = Dimse(peer.host, peer.port, peer.aet, sop_classes=("1.2.840.10008.5.1.4.1.1.2",))
    with pytest.raises((StudyIncomplete, ApplicationException)):
        other.retrieve(uid, blobs)


def test_move_brings_a_study_to_our_own_port(orthanc: Orthanc, peer: Dimse, blobs: MemoryBlobs) -> None:
    uid, objects = stored_study(orthanc, "MOVED", 3)
    with storage_scp(blobs, senders=["ORTHANC"], port=orthanc.mover_port) as receiver:
        received = peer.move(uid, "WETREAD", receiver)
        assert same_pixels(received, blobs, objects)
        assert receiver.received() == received
        with pytest.raises(ApplicationException), storage_scp(blobs, senders=["ORTHANC"], port=orthanc.mover_port):
            pass


def test_a_move_to_nowhere_is_loud(orthanc: Orthanc, peer: Dimse, blobs: MemoryBlobs) -> None:
    uid, _ = stored_study(orthanc, "NOWHERE-TO-GO")
    with (
        storage_scp(blobs, senders=["ORTHANC"], port=orthanc.mover_port) as receiver,
        pytest.raises(ApplicationException),
    ):
        peer.move(uid, "UNKNOWN", receiver)
    with storage_scp(blobs, senders=["ORTHANC"]) as deaf, pytest.raises((StudyIncomplete, ApplicationException)):
        peer.move(uid, "WETREAD", deaf)  # listens elsewhere than where Orthanc sends


def test_nobody_else_slips_an_object_in(orthanc: Orthanc, peer: Dimse, blobs: MemoryBlobs) -> None:
    uid, _ = stored_study(orthanc, "SLIPPED-IN")
    with storage_scp(blobs, senders=["OTHER"], port=orthanc.mover_port) as receiver:
        with pytest.raises((StudyIncomplete, StudyNotFound, ApplicationException)):
            peer.move(uid, "WETREAD", receiver)
        with pytest.raises(StudyNotFound):
            receiver.received()


def test_a_wrong_password_and_a_dead_host(orthanc: Orthanc, blobs: MemoryBlobs) -> None:
    with pytest.raises(SignInFailed):
        DicomWeb(orthanc.dicomweb, ("rpa", "wrong")).find_by_accession("A")
    with pytest.raises(SignInFailed):
        DicomWeb(orthanc.dicomweb).retrieve("1.2.3", blobs)
    with pytest.raises(ApplicationException):
        DicomWeb("http://127.0.0.1:9/dicom-web").find_by_accession("A")
    with pytest.raises(ApplicationException):
        DicomWeb(orthanc.url + "/app/explorer.html").find_by_accession("A")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_dead_dicom_port() -> None:
    # pynetdicom leaves its socket to the garbage collector when nobody listens.
    with pytest.raises(ApplicationException):
        Dimse("127.0.0.1", 9, "ORTHANC", timeout_s=2).find_by_accession("A")
    gc.collect()


def test_no_accession_reaches_a_log(
    orthanc: Orthanc, web: DicomWeb, peer: Dimse, blobs: MemoryBlobs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    uid, _ = stored_study(orthanc, "SENTINEL77")
    for source in (web, peer):
        source.find_by_accession("SENTINEL77")
        source.retrieve(uid, blobs)
    assert "SENTINEL77" not in caplog.text
    assert uid not in caplog.text


def test_values_survive_the_wire(orthanc: Orthanc, web: DicomWeb, blobs: MemoryBlobs) -> None:
    uid, objects = stored_study(orthanc, "WIRE", 1)
    (received,) = web.retrieve(uid, blobs)
    assert np.array_equal(read_grayscale(blobs.get(received.blob)).pixels, read_grayscale(objects[0]).pixels)
