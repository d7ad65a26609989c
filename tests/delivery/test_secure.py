"""Over TLS: a receiver whose certificate the hospital's authority has signed gets reports, another one gets nothing."""

from __future__ import annotations

import gc
import ssl
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import AE, evt

from robot_library.delivery.answers import kept_at
from robot_library.delivery.cstore import send as by_cstore
from robot_library.delivery.fhir import send as by_fhir
from robot_library.delivery.mllp import acknowledged
from robot_library.delivery.mllp import send as by_mllp
from robot_library.delivery.stow import send as by_stow
from robot_library.errors import NotDelivered
from robot_library.interfaces import Credential
from robot_library.model.delivery import DicomTarget, DicomWebTarget, FhirTarget, Hl7Target
from tests.delivery.conftest import Brain
from tests.delivery.receivers import endless, hl7_box, web_box
from tests.unattended.told.posts import certificate


@pytest.fixture
def secured(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    chain, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context, str(chain)


async def test_hl7(brain: Brain, secured: tuple[ssl.SSLContext, str]) -> None:
    context, authority = secured
    async with hl7_box(context) as box:
        target = Hl7Target(host="localhost", port=box.port, authority=authority)
        assert (await by_mllp(target, brain.parcel(brain.version())))["ack"] == "AA"
        with pytest.raises(ssl.SSLCertVerificationError):
            await by_mllp(target.model_copy(update={"authority": None}), brain.parcel(brain.version()))
        assert len(box.taken) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
async def test_dicom(brain: Brain, secured: tuple[ssl.SSLContext, str]) -> None:
    context, authority = secured
    taken: list[str] = []

    def store(event: Any) -> int:
        taken.append(str(event.request.AffectedSOPInstanceUID))
        return 0xA700 if len(taken) > 3 else 0x0000

    ae = AE(ae_title="ARCHIVE")
    for one in brain.parcel(brain.version()).dicom(("sr", "seg", "picture")):
        ae.add_supported_context(one.sop_class, "1.2.840.10008.1.2.1")
    server: Any = ae.start_server(
        ("localhost", 0), block=False, ssl_context=context, evt_handlers=[(evt.EVT_C_STORE, store)]
    )
    try:
        target = DicomTarget(host="localhost", port=server.server_address[1], aet="ARCHIVE", authority=authority)
        receipt = await by_cstore(target, brain.parcel(brain.version()))
        assert sorted(taken) == sorted(receipt["objects"])
        with pytest.raises(NotDelivered) as full:
            await by_cstore(target, brain.parcel(brain.version()))
        assert (full.value.reason, full.value.again) == ("DicomA700", True)
        with pytest.raises(NotDelivered, match="refused the association"):
            await by_cstore(target.model_copy(update={"authority": None}), brain.parcel(brain.version()))
        assert len(taken) == 4
    finally:
        server.shutdown()
        gc.collect()


async def test_the_next_version_goes_only_where_the_site_says(brain: Brain) -> None:
    """A FHIR server behind a proxy names itself by an address of the inside; a lying one, by anybody's."""
    first, token = brain.version(), Credential("bearer", "a-token-of-the-ehr")
    async with web_box() as ehr, web_box() as other:
        target = FhirTarget(url=f"{ehr.url}/fhir", by="create")
        ehr.says = other.url
        receipt = await by_fhir(target, token, brain.parcel(first))
        old = {**receipt, "location": f"{other.url}/fhir/DiagnosticReport/r-{first.report}"}  # kept by an older wetread
        for told in (receipt, old):
            later = brain.version(number=2, relation="correction")
            await by_fhir(target, token, brain.parcel(later, earlier=[(first, told)]))
    assert other.stored == []
    assert ehr.stored == [f"r-{first.report}"] * 3


@pytest.mark.parametrize("status", ["200 OK", "500 Oh"])
async def test_an_answer_without_an_end_is_read_as_far_as_answers_go(brain: Brain, status: str) -> None:
    async with endless(status) as (url, taken):
        for sending in (
            by_fhir(FhirTarget(url=url), None, brain.parcel(brain.version())),
            by_stow(DicomWebTarget(url=url), None, brain.parcel(brain.version(), again=True)),
        ):
            if status.startswith("200"):
                assert await sending  # it says that it has taken it
                continue
            with pytest.raises(NotDelivered):
                await sending
    assert len(taken) < 100


async def test_a_correction_is_not_left_to_a_create_that_finds_the_first_version(brain: Brain) -> None:
    """The answer to the first was lost; what FHIR says of the second try, `200`, need not say where it lies."""
    first, later = brain.version("reviewed"), brain.version(number=2, relation="correction")
    async with web_box() as ehr:
        ehr.says = "nowhere"
        target = FhirTarget(url=f"{ehr.url}/fhir", by="create")
        told = await by_fhir(target, None, brain.parcel(first))
        ehr.others = [
            {"resourceType": "DiagnosticReport", "id": "somebody-elses"},
            {"resourceType": "OperationOutcome"},
        ]
        await by_fhir(target, None, brain.parcel(later, earlier=[(first, told)]))
        (resource,) = ehr.resources.values()
        assert resource["status"] == "amended"
        ehr.others = [{**resource, "id": "a-second-one"}]
        with pytest.raises(NotDelivered) as unsure:
            await by_fhir(target, None, brain.parcel(later, earlier=[(first, told)]))
        assert (unsure.value.reason, unsure.value.again) == ("NoLocation", False)
        ehr.others, void = [], brain.version("entered_in_error", number=3, relation="retraction")
        await by_fhir(target, None, brain.parcel(void))  # nobody knows here that it has taken anything
        assert [one["status"] for one in ehr.resources.values()] == ["entered-in-error"]
        ehr.resources = {}
        await by_fhir(target, None, brain.parcel(later))
    assert [one["status"] for one in ehr.resources.values()] == ["amended"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https://ehr.example/fhir/DiagnosticReport/7/_history/2", "7"), ("DiagnosticReport/7", "7"),
        ("http://10.0.0.1:8080/fhir/DiagnosticReport/a-7.b", "a-7.b"), ("/DiagnosticReport/7?x=1#y", "7"),
        ("//evil.example/DiagnosticReport/7", "7"), ("https://ehr.example/fhir/DiagnosticReport/..", ""),
        ("https://ehr.example/fhir/DiagnosticReport/%2e%2e", ""), ("https://ehr.example/fhir/Patient/7", ""),
        ("https://ehr.example/DiagnosticReport/7/x", ""), ("http://[", ""), ("DiagnosticReport/", ""),
        ("DiagnosticReport/7/", "7"), ("", ""),
    ],
)  # fmt: skip
def test_of_the_place_that_a_server_names_its_number_alone_counts(said: str, kept: str) -> None:
    url = "https://ehr.example/fhir"
    assert kept_at(url, said, "before") == (f"{url}/DiagnosticReport/{kept}" if kept else "before")


@pytest.mark.parametrize(
    ("answer", "reason", "again"),
    [
        ("MSH|^~\\&|A\rMSA|AE|c1", "AckAE", True), ("MSH|^~\\&|A\rMSA|AR|c1", "AckAR", False),
        ("MSH|^~\\&|A\rMSA|AA|other", "NoAck", True), ("MSH|^~\\&|A\r", "NoAck", True), ("", "NoAck", True),
        ("MSH|^~\\&|A\rMSA", "NoAck", True), ("\x00\xff", "NoAck", True), ("MSH#^~\\&#A\nMSA##c1", "AckNone", False),
    ],
)  # fmt: skip
def test_only_an_acknowledgement_of_this_message_counts(answer: str, reason: str, again: bool) -> None:
    with pytest.raises(NotDelivered) as refused:
        acknowledged(b"\x0b" + answer.encode("latin-1") + b"\x1c\r", "c1")
    assert (refused.value.reason, refused.value.again) == (reason, again)
    assert acknowledged(b"\x0bMSH#^~\\&#A\nMSA#CA#c1#ok\n\x1c\r", "c1") == "CA"


async def test_a_number_of_another_servers_is_no_place_on_this_one(brain: Brain) -> None:
    """The site has changed its FHIR server: the number that the old one gave is somebody else's report there."""
    first, later = brain.version(), brain.version(number=2, relation="correction")
    async with web_box() as old, web_box() as new:
        told = await by_fhir(FhirTarget(url=f"{old.url}/fhir", by="create"), None, brain.parcel(first))
        ident = told["location"].rpartition("/")[2]
        stranger = {"resourceType": "DiagnosticReport", "id": "7", "status": "final"}
        new.resources = {"7": stranger}
        told = {**told, "location": told["location"].replace(ident, "7")}
        await by_fhir(
            FhirTarget(url=f"{new.url}/fhir", by="create"), None, brain.parcel(later, earlier=[(first, told)])
        )
    assert new.resources["7"] == stranger
    assert new.resources[ident]["status"] == "amended"
