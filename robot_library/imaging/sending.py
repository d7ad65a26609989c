"""C-STORE: objects made here, to a peer that keeps them."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from pynetdicom import AE

from robot_library.errors import NotDelivered
from robot_library.imaging.dataset import open_dataset
from robot_library.imaging.sources.bounded import Bounded

# pynetdicom logs the identifiers of what it sends.
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
_LARGEST_ANSWER = 16 << 20
"""Bytes of all that a peer says to what it is sent."""
_SUCCESS, _WARNINGS, _FULL = 0x0000, range(0xB000, 0xC000), range(0xA700, 0xA800)


@dataclass(frozen=True)
class Peer:
    """Who keeps them. `aet` is its title, `calling` ours; `authority`: whose certificate (PEM) is trusted."""

    host: str
    port: int
    aet: str
    calling: str = "WETREAD"
    tls: bool = False
    authority: str | None = None
    timeout_s: float = 60.0


def store(peer: Peer, files: Sequence[bytes]) -> None:
    """Store every one of these DICOM files, over one association. NotDelivered if one was not taken."""
    datasets = [open_dataset(data) for data in files]
    ae = AE(ae_title=peer.calling)
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = ae.connection_timeout = peer.timeout_s
    for one in {(str(d.SOPClassUID), str(d.file_meta.TransferSyntaxUID)) for d in datasets}:
        ae.add_requested_context(*one)
    secure = (ssl.create_default_context(cafile=peer.authority), peer.host) if peer.tls else None
    bounds = Bounded(_LARGEST_ANSWER, peer.timeout_s)
    association = ae.associate(
        peer.host, peer.port, ae_title=peer.aet, tls_args=secure, evt_handlers=list(bounds.handlers)
    )
    if not association.is_established:
        raise NotDelivered("NoAssociation", "the PACS refused the association or is not there.")
    try:
        for dataset in datasets:
            _taken(association.send_c_store(dataset).get("Status"))
    except ValueError:  # no presentation context was accepted for this kind of object
        raise NotDelivered("NoContext", "the PACS does not take this kind of object.", again=False) from None
    finally:
        if association.is_established:
            association.release()


def _taken(status: int | None) -> None:
    if status is None:
        raise NotDelivered("NoAnswer", "the PACS hung up.")
    if status != _SUCCESS and status not in _WARNINGS:
        raise NotDelivered(f"Dicom{status:04X}", f"the PACS answered {status:04X}.", again=status in _FULL)
