"""To a FHIR server: one DiagnosticReport for each report, created once and then updated."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from robot_library.delivery.answers import kept_at
from robot_library.delivery.parcel import Parcel, digest
from robot_library.delivery.web import client, taken
from robot_library.errors import NotDelivered
from robot_library.interfaces import Credential
from robot_library.model.delivery import FhirTarget
from robot_library.reports.outputs.fhir import REPORTS, diagnostic_report

_JSON = "application/fhir+json"


async def send(target: FhirTarget, credential: Credential | None, parcel: Parcel) -> dict[str, Any]:
    """Send it; what the server answered. Sent twice, the server still has one."""
    pdf = await parcel.pdf() if target.pdf else None
    body = diagnostic_report(parcel.version, target.systems, pdf).encode()
    headers = {"Content-Type": f"{_JSON}; charset=utf-8", "Accept": _JSON}
    same = f"identifier={quote(f'{REPORTS}|{parcel.version.report}', safe='')}"
    place = next((str(told["location"]) for _, told in reversed(parcel.earlier) if told.get("location")), "")
    async with client(target.authority, credential) as http:
        if target.by == "conditional_update":
            answer = await http.put(f"{target.url}/DiagnosticReport?{same}", content=body, headers=headers)
        elif place:
            body = _with_id(body, place)
            answer = await http.put(place, content=body, headers=headers)
        else:
            create = {**headers, "If-None-Exist": same}
            answer = await http.post(f"{target.url}/DiagnosticReport", content=body, headers=create)
        taken(answer)
    return {"location": kept_at(target.url, answer.headers.get("location", ""), place), "sha256": digest(body)}


def _with_id(body: bytes, place: str) -> bytes:
    import json

    ident = place.rstrip("/").rpartition("/")[2]
    if not ident:
        raise NotDelivered("NoLocation", "the server did not say where it keeps the report.", again=False)
    return json.dumps({**json.loads(body), "id": ident}, ensure_ascii=False).encode()
