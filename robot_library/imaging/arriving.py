"""Studies sent to us: a Storage SCP for senders that are known, and what a header says of its study."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE, StoragePresentationContexts, evt

from robot_library.errors import SetupError, StudyNotFound
from robot_library.imaging.codecs import CODECS
from robot_library.imaging.dataset import open_dataset, reading, text
from robot_library.imaging.layout import NATIVE
from robot_library.imaging.received import checked_uid
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.sources.bounded import Bounded
from robot_library.imaging.sources.dimse import OUT_OF_RESOURCES, SUCCESS

log = logging.getLogger("wetread.office")
CANNOT_UNDERSTAND = 0xC000
_AT_ONCE = 10
"""Senders that are listened to; as many lines again may be open of who has not said yet who they are."""
_SILENCE = 60.0
"""Seconds without a word after which a sender is hung up on."""
_FIELDS = {
    "accession": "AccessionNumber",
    "study_uid": "StudyInstanceUID",
    "patient_id": "PatientID",
    "study_date": "StudyDate",
    "modality": "Modality",
}


def study_fields(data: bytes) -> dict[str, str]:
    """What an object's header says of its study. ImageRefused, StudyNotFound for one that names no study."""
    dataset = open_dataset(data, headers_only=True)
    with reading():
        fields = {name: text(dataset, keyword) for name, keyword in _FIELDS.items()}
    if not checked_uid(fields["study_uid"]):
        raise StudyNotFound("the object names no study.")
    return fields


@contextmanager
def receiving(
    keep: Callable[[bytes], None], *, aet: str, port: int, senders: Sequence[str], host: str = "127.0.0.1",
    bounds: Bounded | None = None,
) -> Iterator[int]:  # fmt: skip
    """Listen for C-STORE while the block runs; gives the port. Port 0 takes a free one.

    `keep` is called from other threads with each object (DICOM Part 10), and has it on disk when it returns: only
    then is the sender told that it was taken. Whoever is not listed, or asks for another title, is refused.
    `bounds`: how much one object may be. SetupError if the port is in use.
    """
    ae = AE(ae_title=aet)
    ae.require_called_aet = True
    ae.require_calling_aet = list(senders)
    ae.maximum_associations = _AT_ONCE
    ae.network_timeout = ae.acse_timeout = ae.dimse_timeout = _SILENCE
    for context in StoragePresentationContexts:
        ae.add_supported_context(str(context.abstract_syntax), [*CODECS, *NATIVE])
    ae.add_supported_context("1.2.840.10008.1.1")  # C-ECHO: how a PACS administrator tries the line
    bounds = bounds or Bounded()

    def stored(event: Any) -> int:
        bounds.arrived(event)
        return _stored(event, keep)

    handlers = [*bounds.handlers, (evt.EVT_C_STORE, stored), (evt.EVT_C_ECHO, lambda event: SUCCESS)]
    try:
        server: Any = ae.start_server((host, port), block=False, evt_handlers=handlers)
    except OSError:
        raise SetupError(f"the DICOM port {port} is in use.", cure="Choose another port for this bot.") from None
    bounds.few(server, 2 * _AT_ONCE)
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def _stored(event: Any, keep: Callable[[bytes], None]) -> int:
    try:
        keep(event.encoded_dataset())
    except (ImageRefused, StudyNotFound):
        log.warning("an object was sent that names no study; it was refused")
        return CANNOT_UNDERSTAND
    except Exception as failure:
        log.error("a received object could not be kept (%s)", type(failure).__name__)
        return OUT_OF_RESOURCES
    return SUCCESS
