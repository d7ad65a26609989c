"""To a PACS by STOW-RS. What it may have already is asked for first, by SOPInstanceUID."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import httpx

from robot_library.delivery.answers import lists_some, none_failed
from robot_library.delivery.parcel import DicomFile, Parcel, digest
from robot_library.delivery.web import asked, client, taken
from robot_library.interfaces import Credential
from robot_library.model.delivery import DicomWebTarget


async def send(target: DicomWebTarget, credential: Credential | None, parcel: Parcel) -> dict[str, Any]:
    """Store the objects; their SOPInstanceUIDs and hashes."""
    files = parcel.dicom(target.objects)
    async with client(target.authority, credential) as http:
        there = {one.instance for one in files if parcel.again and await _has(http, target.url, one)}
        if missing := [one for one in files if one.instance not in there]:
            await _store(http, target.url, missing)
    return {"objects": {one.instance: digest(one.data) for one in files}}


async def _has(http: httpx.AsyncClient, url: str, one: DicomFile) -> bool:
    """Whether it is there already; what cannot be asked is sent again, which is the same object."""
    place = f"{url}/studies/{one.study}/series/{one.series}/instances?SOPInstanceUID={one.instance}"
    answer = await asked(http, "GET", place, headers={"Accept": "application/dicom+json"})
    return answer.status_code == 200 and lists_some(answer.content)


async def _store(http: httpx.AsyncClient, url: str, files: Sequence[DicomFile]) -> None:
    boundary = secrets.token_hex(16)
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    body = b"".join(head + one.data + b"\r\n" for one in files) + f"--{boundary}--\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    headers = {"Content-Type": kind, "Accept": "application/dicom+json"}
    answer = await asked(http, "POST", f"{url}/studies", content=body, headers=headers)
    if answer.status_code not in (202, 409):
        taken(answer)
    none_failed(answer.status_code, answer.content)
