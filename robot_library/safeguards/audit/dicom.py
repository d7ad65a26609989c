"""An event as a DICOM audit message (PS3.15 A.5.1), as IHE ATNA repositories take it."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from robot_library.safeguards.audit.record import Record

_IDS: dict[str, tuple[str, str]] = {
    "sign_in": ("110114", "User Authentication"),
    "screen_read": ("110110", "Patient Record"),
    "screen_write": ("110110", "Patient Record"),
    "commit": ("110110", "Patient Record"),
    "skill": ("110111", "Procedure Record"),
    "review": ("110110", "Patient Record"),
    "export": ("110106", "Export"),
    "evidence": ("110103", "DICOM Instances Accessed"),
    "decision": ("110113", "Security Alert"),
}
EVENT_IDS = {**_IDS, "": ("110100", "Application Activity")}
"""kind → code and meaning of its EventID (CID 400)."""
_TYPES = {"sign_in": ("110122", "Login"), "decision": ("110131", "Software Configuration")}
ACTIONS = {
    "sign_in": "E", "screen_read": "R", "screen_write": "U", "commit": "U", "skill": "R", "review": "R",
    "export": "R", "evidence": "R", "decision": "E",
}  # fmt: skip
"""kind → EventActionCode, of those that PS3.15 A.5.3 lets its event have."""
_APPLICATION, _SOURCE = ("110150", "Application"), "4"


def message(record: Record) -> bytes:
    """The message, without an XML declaration (RFC 5424 carries UTF-8 after a byte order mark)."""
    event = record.readable()
    root = Element("AuditMessage")
    _identification(root, record.at, event)
    if bot := str(event.get("bot", "")):
        name = str(event.get("version", ""))
        _participant(root, f"wetread/{bot}", requestor=not event.get("person"), name=name, program=True)
    if person := str(event.get("person", "")):
        _participant(root, person, requestor=True, name=str(event.get("account", "")))
    if not event.get("bot") and not event.get("person"):
        _participant(root, "wetread", requestor=True, program=True)
    source = SubElement(root, "AuditSourceIdentification", AuditSourceID=str(event.get("host", "wetread")))
    SubElement(source, "AuditSourceTypeCode", {"csd-code": _SOURCE})
    _objects(root, event)
    said: bytes = tostring(root, encoding="utf-8", xml_declaration=False)
    return said


def _identification(root: Element, at: str, event: dict[str, Any]) -> None:
    kind = str(event.get("kind", ""))
    about = SubElement(
        root, "EventIdentification", EventActionCode=ACTIONS.get(kind, "E"), EventDateTime=at,
        EventOutcomeIndicator="8" if event.get("outcome") == "failed" else "0",
    )  # fmt: skip
    _code(about, "EventID", *EVENT_IDS.get(kind, EVENT_IDS[""]))
    if kind in _TYPES:
        _code(about, "EventTypeCode", *_TYPES[kind])
    said = " ".join(str(event[name]) for name in ("kind", "what", "outcome", "code") if event.get(name))
    SubElement(about, "EventOutcomeDescription").text = said


def _participant(root: Element, user: str, *, requestor: bool, name: str = "", program: bool = False) -> None:
    given = {"UserID": user, "UserIsRequestor": "true" if requestor else "false"}
    if name:
        given["AlternativeUserID"] = name
    who = SubElement(root, "ActiveParticipant", given)
    if program:  # not by its name: a person may be called so
        _code(who, "RoleIDCode", *_APPLICATION)


def _objects(root: Element, event: dict[str, Any]) -> None:
    for patient in event.get("patients", ()):
        _object(root, str(patient), "1", "1", ("2", "RFC-3881", "Patient Number"), keyed=True)
    if about := str(event.get("about", "")):
        _object(root, about, "1", "11", ("11", "RFC-3881", "User Identifier"))
    if item := str(event.get("item", "")):
        _object(root, item, "2", "20", ("wetread-item", "99WETREAD", "Work item"))
    screen = ".".join(str(event[name]) for name in ("system", "screen") if event.get(name))
    if screen:
        _object(root, screen, "2", "3", ("wetread-screen", "99WETREAD", "Screen"))


def _object(
    root: Element, identifier: str, kind: str, role: str, code: tuple[str, str, str], *, keyed: bool = False
) -> None:
    given = {"ParticipantObjectTypeCode": kind, "ParticipantObjectTypeCodeRole": role}
    place = SubElement(root, "ParticipantObjectIdentification", {"ParticipantObjectID": identifier, **given})
    value, system, text = code
    named = {"csd-code": value, "codeSystemName": system, "originalText": text}
    SubElement(place, "ParticipantObjectIDTypeCode", named)
    SubElement(place, "ParticipantObjectName").text = "keyed hash" if keyed else identifier


def _code(parent: Element, name: str, code: str, text: str) -> None:
    SubElement(parent, name, {"csd-code": code, "codeSystemName": "DCM", "originalText": text})
