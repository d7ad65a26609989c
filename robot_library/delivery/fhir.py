"""To a FHIR server: one DiagnosticReport for each report, created once and then updated."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from robot_library.delivery.answers import bearing, kept_at
from robot_library.delivery.parcel import Parcel, digest
from robot_library.delivery.web import asked, client, taken
from robot_library.errors import NotDelivered
from robot_library.interfaces import Credential
from robot_library.model.delivery import FhirTarget
from robot_library.reports.outputs.fhir import REPORTS, diagnostic_report

_JSON = "application/fhir+json"
_MADE = 201


async def send(target: FhirTarget, credential: Credential | None, parcel: Parcel) -> dict[str, Any]:
    """Send it; what the server answered. Sent twice, the server still has one."""
    pdf = await parcel.pdf() if target.pdf else None
    body = diagnostic_report(parcel.version, target.systems, pdf).encode()
    headers = {"Content-Type": f"{_JSON}; charset=utf-8", "Accept": _JSON}
    same = f"identifier={quote(f'{REPORTS}|{parcel.version.report}', safe='')}"
    said = next((str(told["location"]) for _, told in reversed(parcel.earlier) if told.get("location")), "")
    # If the site names another server since, the id that the old one gave is somebody else's report there.
    place = said if said == kept_at(target.url, said, "") else ""
    async with client(target.authority, credential) as http:
        if target.by == "conditional_update":
            answer = taken(
                await asked(http, "PUT", f"{target.url}/DiagnosticReport?{same}", content=body, headers=headers)
            )
        elif not place:
            create = {**headers, "If-None-Exist": same}
            answer = taken(await asked(http, "POST", f"{target.url}/DiagnosticReport", content=body, headers=create))
            place = kept_at(target.url, answer.headers.get("location", ""), "")
            if answer.status_code != _MADE:  # it has an earlier version, or this one, and has left it as it was
                place = place or await _found(http, target.url, same, parcel.version.report)
                answer = taken(await asked(http, "PUT", place, content=_with_id(body, place), headers=headers))
        else:
            answer = taken(await asked(http, "PUT", place, content=_with_id(body, place), headers=headers))
    return {"location": kept_at(target.url, answer.headers.get("location", ""), place), "sha256": digest(body)}


async def _found(http: httpx.AsyncClient, url: str, same: str, report: str) -> str:
    """Where the report lies, as the server's search has it."""
    answer = taken(await asked(http, "GET", f"{url}/DiagnosticReport?{same}", headers={"Accept": _JSON}))
    found = [kept_at(url, f"DiagnosticReport/{one}", "") for one in bearing(answer.content, REPORTS, report)]
    if len(found) != 1 or not found[0]:
        raise NotDelivered("NoLocation", "the server does not say where it keeps the report.", again=False)
    return found[0]


def _with_id(body: bytes, place: str) -> bytes:
    import json

    return json.dumps({**json.loads(body), "id": place.rpartition("/")[2]}, ensure_ascii=False).encode()
