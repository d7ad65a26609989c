"""DIMSE: find a study (C-FIND), fetch it (C-GET, or C-MOVE to our own Storage SCP), byte for byte as sent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    EnhancedMRImageStorage,
    MRImageStorage,
    SecondaryCaptureImageStorage,
)
from pynetdicom import AE, StoragePresentationContexts, build_role, evt

from robot_library.errors import ApplicationException, StudyIncomplete, StudyNotFound
from robot_library.imaging.codecs import CODECS
from robot_library.imaging.dataset import number, reading, text
from robot_library.imaging.layout import NATIVE
from robot_library.imaging.received import FoundStudy, Received, checked_uid
from robot_library.imaging.sources.bounded import Bounded
from robot_library.interfaces import BlobStore

# pynetdicom logs the identifiers of queries and answers.
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)

# Study Root Query/Retrieve Information Model; pynetdicom makes these names only while it runs.
FIND = UID("1.2.840.10008.5.1.4.1.2.2.1")
MOVE = UID("1.2.840.10008.5.1.4.1.2.2.2")
GET = UID("1.2.840.10008.5.1.4.1.2.2.3")

SUCCESS = 0x0000
OUT_OF_RESOURCES = 0xA700
PENDING = (0xFF00, 0xFF01)
MAX_CONTEXTS = 128
_LARGEST_LIST = 16 << 20
"""Bytes of all answers to one question."""

FILM_CLASSES: tuple[str, ...] = (
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    ComputedRadiographyImageStorage,
    SecondaryCaptureImageStorage,
    CTImageStorage,
    MRImageStorage,
    EnhancedMRImageStorage,
)
_WILD = str.maketrans({"*": "?", "\\": "?"})


@dataclass(frozen=True)
class Dimse:
    """One DICOM peer. `aet` is its title, `calling` ours. Every call opens and closes its own association."""

    host: str
    port: int
    aet: str
    calling: str = "WETREAD"
    timeout_s: float = 60.0
    sop_classes: tuple[str, ...] = ()
    """What C-GET accepts; () asks the peer what the study holds, and takes FILM_CLASSES if it does not say."""

    def find_by_accession(self, accession: str) -> list[FoundStudy]:
        """Studies whose AccessionNumber is exactly this. Raises ApplicationException, StudyNotFound (empty key)."""
        wanted = accession.strip()
        if not wanted.strip("*?\\ "):
            raise StudyNotFound("the key to search for is empty.", cure="Check that the screen showed it.")
        found = self._find("AccessionNumber", wanted.translate(_WILD))
        return [study for study in found if study.accession == wanted]

    def find_by_uid(self, study_uid: str) -> FoundStudy:
        """The study of this UID. Raises StudyNotFound, ApplicationException."""
        for study in self._find("StudyInstanceUID", checked_uid(study_uid)):
            if study.study_uid == study_uid:
                return study
        raise StudyNotFound("the PACS has no such study.", cure="Check the key; it may not have arrived yet.")

    def retrieve(self, study_uid: str, blobs: BlobStore) -> list[Received]:
        """Every object of the study by C-GET, in its stored transfer syntax.

        Raises StudyNotFound (none came), StudyIncomplete (the peer says that some failed, or that it has sent more
        than came), ApplicationException.
        """
        taken = _Receiver(blobs)
        pairs = _storage_pairs(self.sop_classes or self._classes_of(checked_uid(study_uid)) or FILM_CLASSES)
        ae = self._entity(GET)
        for sop_class, syntax in pairs:
            ae.add_requested_context(sop_class, syntax)
        roles = [build_role(sop_class, scp_role=True) for sop_class in dict.fromkeys(pair[0] for pair in pairs)]
        bounds = Bounded(silence=self.timeout_s)

        def stored(event: Any) -> int:
            bounds.arrived(event)
            return taken.store(event)

        with self._associated(ae, bounds, [(evt.EVT_C_STORE, stored)], ext_neg=roles) as association:
            answers = association.send_c_get(_study(checked_uid(study_uid)), GET)
            sent = _check_retrieved(list(answers))
        return taken.all(at_least=sent)

    def move(self, study_uid: str, destination: str, receiver: Storage) -> list[Received]:
        """Every object of the study by C-MOVE to `destination`, the title under which the peer knows `receiver`.

        Raises as `retrieve`.
        """
        receiver.taken.clear()
        ae = self._entity(MOVE)
        with self._associated(ae) as association:
            answers = association.send_c_move(_study(checked_uid(study_uid)), destination, MOVE)
            sent = _check_retrieved(list(answers))
        return receiver.taken.all(at_least=sent)

    def _find(self, keyword: str, value: str) -> list[FoundStudy]:
        query = _study("")
        query.AccessionNumber = query.StudyDate = query.StudyDescription = query.ModalitiesInStudy = ""
        query.NumberOfStudyRelatedInstances = None
        setattr(query, keyword, value)
        return [_found(answer) for answer in self._ask(query)]

    def _classes_of(self, study_uid: str) -> tuple[str, ...]:
        query = _study(study_uid)
        query.SOPClassesInStudy = None
        answers = self._ask(query)
        with reading():
            said = "\\".join(text(answer, "SOPClassesInStudy") for answer in answers)
        return tuple(dict.fromkeys(one for one in said.split("\\") if one))

    def _ask(self, query: Dataset) -> list[Dataset]:
        answers: list[Dataset] = []
        with self._associated(self._entity(FIND)) as association:
            for status, answer in association.send_c_find(query, FIND):
                if not status or (status.Status not in PENDING and status.Status != SUCCESS):
                    raise _lost("it refused the query or hung up")
                if status.Status in PENDING and answer is not None:
                    answers.append(answer)
        return answers

    def _entity(self, model: str) -> AE:
        ae = AE(ae_title=self.calling)
        ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = ae.connection_timeout = self.timeout_s
        ae.add_requested_context(model)
        return ae

    @contextmanager
    def _associated(
        self, ae: AE, bounds: Bounded | None = None, handlers: Sequence[Any] = (), **options: Any
    ) -> Iterator[Any]:
        bounds = bounds or Bounded(_LARGEST_LIST, self.timeout_s)
        association = ae.associate(
            self.host, self.port, ae_title=self.aet, evt_handlers=[*bounds.handlers, *handlers], **options
        )
        if not association.is_established:
            raise _lost("it refused the association or is not there")
        try:
            yield association
        finally:
            if association.is_established:
                association.release()


@dataclass
class _Receiver:
    """Takes C-STOREs from pynetdicom's threads; a failing blob store fails the object, not the process."""

    blobs: BlobStore
    kept: list[Received] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def store(self, event: Any) -> int:
        try:
            with self.lock:
                ref = self.blobs.put(event.encoded_dataset())
                self.kept.append(Received(f"object {len(self.kept) + 1}", ref))
        except Exception:
            return OUT_OF_RESOURCES
        return SUCCESS

    def clear(self) -> None:
        with self.lock:
            self.kept = []

    def all(self, at_least: int = 0) -> list[Received]:
        with self.lock:
            if len(self.kept) < at_least:  # sent elsewhere, lost on the way, or not kept here
                raise StudyIncomplete(
                    f"{len(self.kept)} object(s) came where the PACS says that it has sent {at_least}.",
                    cure="Fetch it another way (DICOMweb).",
                )
            if not self.kept:
                raise StudyNotFound("the PACS sent no object.", cure="Check the key; it may not have arrived yet.")
            return list(self.kept)


@dataclass(frozen=True)
class Storage:
    """A running Storage SCP: where it listens, and what came."""

    aet: str
    port: int
    taken: _Receiver

    def received(self) -> list[Received]:
        """Everything stored since the start, or the last `Dimse.move`. Raises StudyNotFound when nothing came."""
        return self.taken.all()


@contextmanager
def storage_scp(
    blobs: BlobStore, *, senders: Sequence[str], aet: str = "WETREAD", host: str = "127.0.0.1", port: int = 0
) -> Iterator[Storage]:
    """Listen for C-STORE while the block runs; port 0 takes a free one. Whoever is not among the `senders`, or asks for
    another title, is refused. Raises ApplicationException (port in use)."""
    taken = _Receiver(blobs)
    ae = AE(ae_title=aet)
    ae.require_called_aet, ae.require_calling_aet = True, list(senders)
    for context in StoragePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax), [*CODECS, *NATIVE])
    bounds = Bounded()

    def stored(event: Any) -> int:
        bounds.arrived(event)
        return taken.store(event)

    try:
        handlers = [*bounds.handlers, (evt.EVT_C_STORE, stored)]
        server: Any = ae.start_server((host, port), block=False, evt_handlers=handlers)
    except OSError:
        raise ApplicationException("the DICOM port is in use.", cure="Choose another port for this bot.") from None
    bounds.few(server, 2 * ae.maximum_associations)
    try:
        yield Storage(aet, server.server_address[1], taken)
    finally:
        server.shutdown()


def _storage_pairs(sop_classes: tuple[str, ...]) -> list[tuple[str, str]]:
    """One context a pair: in a context with several transfer syntaxes the peer picks one, and converts to it."""
    native = [syntax for syntax in NATIVE if "1.2.1.99" not in syntax]
    pairs = [(sop_class, syntax) for sop_class in sop_classes for syntax in (*native, *CODECS)]
    return pairs[: MAX_CONTEXTS - 1]


def _study(study_uid: str) -> Dataset:
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.StudyInstanceUID = study_uid
    return query


def _found(answer: Dataset) -> FoundStudy:
    with reading():
        count = number(answer, "NumberOfStudyRelatedInstances")
        return FoundStudy(
            study_uid=text(answer, "StudyInstanceUID"),
            accession=text(answer, "AccessionNumber"),
            instances=None if count is None else int(count),
            study_date=text(answer, "StudyDate"),
            modalities=tuple(part for part in text(answer, "ModalitiesInStudy").split("\\") if part),
            description=text(answer, "StudyDescription"),
        )


def _check_retrieved(answers: list[tuple[Dataset, Dataset | None]]) -> int:
    """How many objects the peer says that it has sent; 0 if it does not say."""
    status = answers[-1][0] if answers else None
    if not status:
        raise _lost("it hung up, or did not answer in time")
    if int(status.get("NumberOfFailedSuboperations") or 0) or status.Status == 0xB000:
        raise StudyIncomplete("the PACS could not send every object.", cure="Fetch it another way (DICOMweb).")
    if status.Status != SUCCESS:
        raise _lost(f"it answered status {status.Status:#06x}")
    counts = ("NumberOfCompletedSuboperations", "NumberOfWarningSuboperations")
    return sum(int(status.get(count) or 0) for count in counts)


def _lost(why: str) -> ApplicationException:
    return ApplicationException(f"the PACS cannot be used over DICOM: {why}.", cure="Check host, port and AE titles.")
