"""To a PACS by C-STORE."""

from __future__ import annotations

import asyncio
from typing import Any

from robot_library.delivery.parcel import Parcel, digest
from robot_library.model.delivery import DicomTarget


async def send(target: DicomTarget, parcel: Parcel) -> dict[str, Any]:
    """Store the objects; their SOPInstanceUIDs and hashes. Sent twice, they are the same objects."""
    from robot_library.imaging.sending import Peer, store

    files = parcel.dicom(target.objects)
    peer = Peer(
        target.host, target.port, target.aet, target.calling, tls=target.security == "tls", authority=target.authority
    )
    await asyncio.to_thread(store, peer, [one.data for one in files])
    return {"objects": {one.instance: digest(one.data) for one in files}}
