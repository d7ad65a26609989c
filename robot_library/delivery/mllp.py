"""To an HL7 v2 interface: one message over MLLP, and the acknowledgement that names it."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from robot_library.delivery.parcel import Parcel, digest
from robot_library.errors import NotDelivered
from robot_library.model.delivery import Hl7Target
from robot_library.reports.outputs.hl7 import control_id, oru_r01

_START, _END = b"\x0b", b"\x1c\r"
_PATIENCE = 60.0
_LONGEST = 1 << 20
_TAKEN, _LATER = ("AA", "CA"), ("AE", "CE")


async def send(target: Hl7Target, parcel: Parcel) -> dict[str, Any]:
    """Send it; the receiver's acknowledgement code. The control id is the same whenever it is sent again."""
    pdf = await parcel.pdf() if target.pdf else None
    header = (target.we, target.our_facility, target.application, target.facility)
    message = oru_r01(
        parcel.version, parcel.letter, header=header, processing=target.processing, pdf=pdf, before=parcel.had
    ).encode()
    try:
        async with asyncio.timeout(_PATIENCE):
            answer = await _exchange(target, message)
    except TimeoutError:
        raise NotDelivered("NoAck", "the receiver did not acknowledge in time.") from None
    code = acknowledged(answer, control_id(parcel.letter))
    return {"ack": code, "sha256": digest(message)}


async def _exchange(target: Hl7Target, message: bytes) -> bytes:
    secure = ssl.create_default_context(cafile=target.authority) if target.security == "tls" else None
    reader, writer = await asyncio.open_connection(target.host, target.port, ssl=secure, limit=_LONGEST)
    try:
        writer.write(_START + message + _END)
        await writer.drain()
        return await reader.readuntil(_END)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise NotDelivered("NoAck", "the receiver hung up without an acknowledgement.") from None
    finally:
        writer.close()


def acknowledged(answer: bytes, control: str) -> str:
    """The code of an acknowledgement that it was taken. NotDelivered: for another message, an error (tried again), or
    a rejection (a person looks)."""
    text = answer.strip(b"\x0b\x1c\r\n").decode("utf-8", "replace")
    rows = [row for row in text.replace("\n", "\r").split("\r") if row.startswith("MSA")]
    separator = text[3:4] if text.startswith("MSH") else "|"
    fields = rows[0].split(separator) if rows else []
    code, named = (fields[1] if len(fields) > 1 else ""), (fields[2] if len(fields) > 2 else "")
    if named != control:
        raise NotDelivered("NoAck", "the acknowledgement names another message.")
    if code not in _TAKEN:
        again = code in _LATER
        raise NotDelivered(f"Ack{code[:2] or 'None'}", f"the receiver answered {code[:2] or 'nothing'}.", again=again)
    return code
