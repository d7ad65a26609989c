"""An event as a FHIR R4 AuditEvent."""

from __future__ import annotations

from typing import Any

from robot_library.safeguards.audit.dicom import ACTIONS, EVENT_IDS
from robot_library.safeguards.audit.record import Record

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_OBJECT = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OURS = "https://wetread.invalid/audit"
"""A name that no host can have: nothing is looked up there."""


def audit_event(record: Record) -> dict[str, Any]:
    """The resource. Its id is of the line's number and hash: what is sent twice is seen to be the same, and the lines
    of two hosts, or of a trail that began anew, are not taken for each other."""
    event = record.readable()
    kind = str(event.get("kind", ""))
    code, meaning = EVENT_IDS.get(kind, EVENT_IDS[""])
    said = {
        "resourceType": "AuditEvent",
        "id": f"wetread-{record.n}-{record.hash[:16]}",
        "type": {"system": _DCM, "code": code, "display": meaning},
        "subtype": [{"system": _OURS, "code": kind or "trail"}],
        "action": ACTIONS.get(kind, "E"),
        "recorded": record.at,
        "outcome": "8" if event.get("outcome") == "failed" else "0",
        "outcomeDesc": " ".join(str(event[name]) for name in ("what", "outcome", "code") if event.get(name)),
        "agent": _agents(event),
        "source": {"site": str(event.get("host", "")) or "wetread", "observer": {"display": "wetread"}},
        "entity": _entities(event),
    }
    return {name: value for name, value in said.items() if value not in ("", [])}


def _agents(event: dict[str, Any]) -> list[dict[str, Any]]:
    bot, person = str(event.get("bot", "")), str(event.get("person", ""))
    agents: list[dict[str, Any]] = []
    if bot or not person:
        named = {"who": {"display": f"wetread/{bot}" if bot else "wetread"}, "requestor": not person}
        kind = {"coding": [{"system": _DCM, "code": "110150", "display": "Application"}]}
        version = {"altId": str(event["version"])} if event.get("version") else {}
        agents.append({"type": kind, **named, **version})
    if person:
        account = {"altId": str(event["account"])} if event.get("account") else {}
        agents.append({"who": {"display": person}, "requestor": True, **account})
    return agents


def _entities(event: dict[str, Any]) -> list[dict[str, Any]]:
    found = [_entity("1", "Person", "keyed hash of a patient number", str(one)) for one in event.get("patients", ())]
    if about := str(event.get("about", "")):
        found.append(_entity("1", "Person", "account", about))
    if item := str(event.get("item", "")):
        found.append(_entity("2", "System Object", "work item", item))
    screen = ".".join(str(event[name]) for name in ("system", "screen") if event.get(name))
    if screen:
        found.append(_entity("2", "System Object", "screen", screen))
    return found


def _entity(code: str, display: str, description: str, value: str) -> dict[str, Any]:
    what = {"identifier": {"system": _OURS, "value": value}}
    return {"what": what, "type": {"system": _OBJECT, "code": code, "display": display}, "description": description}
