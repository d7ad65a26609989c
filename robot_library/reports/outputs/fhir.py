"""FHIR R4: one DiagnosticReport for each report, its findings as contained Observations.

The report's own identifier is the same in all its versions, so that a receiver asked by it has one resource, whose
status goes preliminary → final → amended. Patient, order and study are told by their identifiers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from robot_library.errors import NotDelivered
from robot_library.model.finding import Measurement
from robot_library.model.release import Reported, ReportVersion, Subject
from robot_library.model.skill.outputs import Code
from robot_library.reports.outputs.codes import ABSENT, FHIR, IMPRESSION, PRESENT, known
from robot_library.reports.outputs.fhir_sets import wrong_codes
from robot_library.reports.outputs.stage import Stage, stage

REPORTS = "urn:wetread:report"
"""System of the reports' own identifiers."""
_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_OBSERVED = {"preliminary": "preliminary", "final": "final", "amended": "amended", "appended": "final",
             "cancelled": "cancelled", "entered-in-error": "entered-in-error"}  # fmt: skip


def diagnostic_report(version: ReportVersion, systems: Mapping[str, str], pdf: bytes | None = None) -> str:
    """The resource as JSON. `systems`: URIs of issuers of numbers. NotDelivered if it is not valid R4: a defect."""
    said, now = version.content, stage(version)
    subject = _patient(said.subject, systems)
    resource: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "contained": [_observation(version, one, place, now, subject) for place, one in enumerate(said.findings)],
        "identifier": [{"system": REPORTS, "value": version.report}],
        "basedOn": _order(version, systems),
        "status": now.fhir,
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD",
                                  "display": "Radiology"}]}],
        "code": _concept(said.code, said.title),
        "subject": subject,
        "effectiveDateTime": said.study.started.isoformat() if said.study.started else None,
        "issued": version.changed.isoformat(timespec="milliseconds"),
        "performer": _performers(version),
        "resultsInterpreter": _performers(version),
        "result": [{"reference": f"#finding-{place + 1}"} for place in range(len(said.findings))],
        "imagingStudy": [{"type": "ImagingStudy",
                          "identifier": {"system": "urn:dicom:uid", "value": f"urn:oid:{said.study.uid}"}}],
        "conclusion": now.words if now.void else _conclusion(version),
        "conclusionCode": [
            _concept(one.code, one.label) for one in said.findings if one.decision == "positive" and not now.void
        ],
        "presentedForm": _forms(version, now, pdf),
    }  # fmt: skip
    return checked({name: value for name, value in resource.items() if value not in (None, [], "")})


def checked(resource: dict[str, Any]) -> str:
    """As JSON, after the library and the value sets have agreed to it."""
    from fhir.resources.R4B.diagnosticreport import DiagnosticReport

    try:
        DiagnosticReport.model_validate(resource)
    except ValueError as failure:  # its message quotes the values
        raise NotDelivered("NotFhir", f"the report does not make valid FHIR ({type(failure).__name__}).", again=False) \
            from None  # fmt: skip
    if wrong := wrong_codes(resource):
        raise NotDelivered("NotFhir", f"codes of no value set: {', '.join(wrong)}.", again=False)
    return json.dumps(resource, ensure_ascii=False)


def _patient(subject: Subject, systems: Mapping[str, str]) -> dict[str, Any]:
    issuer = subject.id.issuer or ""
    identifier: dict[str, Any] = {
        "type": {"coding": [{"system": _TYPES, "code": "MR", "display": "Medical record number"}]},
        "value": subject.id.value,
    }  # fmt: skip
    if system := systems.get(issuer):
        identifier["system"] = system
    if issuer:
        identifier["assigner"] = {"display": issuer}
    name = " ".join(part for part in (subject.name.given, subject.name.middle, subject.name.family) if part)
    born = f"born {subject.birth_date.isoformat()}" if subject.birth_date else ""
    display = ", ".join(part for part in (name, born) if part)
    return {"type": "Patient", "identifier": identifier, **({"display": display} if display else {})}


def _order(version: ReportVersion, systems: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    order = version.content.order
    numbers = (
        ("placer", "PLAC", order.placer),
        ("filler", "FILL", order.filler),
        ("accession", "ACSN", order.accession),
    )
    for name, code, number in numbers:
        if number:
            identifier: dict[str, Any] = {"type": {"coding": [{"system": _TYPES, "code": code}]}, "value": number}
            if name in systems:
                identifier["system"] = systems[name]
            found.append({"type": "ServiceRequest", "identifier": identifier})
    return found


def _performers(version: ReportVersion) -> list[dict[str, Any]]:
    """Who stands for it: whoever released it; before that, whoever reviewed it."""
    signed = version.released or version.reviewed
    return [{"type": "Practitioner", "display": signed.who}] if signed else []


def _conclusion(version: ReportVersion) -> str:
    parts = [one for one in version.content.sections if one.code is not None and one.code.value == IMPRESSION.value]
    return "\n".join(one.text for one in parts)


def _forms(version: ReportVersion, now: Stage, pdf: bytes | None) -> list[dict[str, Any]]:
    text = now.words if now.void else f"{now.words}\n\n{version.content.text}"
    forms = [_attachment("text/plain; charset=utf-8", text.encode(), version)]
    return [*forms, *([_attachment("application/pdf", pdf, version)] if pdf else [])]


def _attachment(kind: str, data: bytes, version: ReportVersion) -> dict[str, Any]:
    encoded = base64.b64encode(data).decode("ascii")
    return {"contentType": kind, "language": version.content.language, "data": encoded, "title": version.content.title}


def _observation(
    version: ReportVersion, one: Reported, place: int, now: Stage, subject: dict[str, Any]
) -> dict[str, Any]:
    signed = version.released or version.reviewed
    decided = PRESENT if one.decision == "positive" else ABSENT
    found: dict[str, Any] = {
        "resourceType": "Observation", "id": f"finding-{place + 1}", "status": _OBSERVED[now.fhir],
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category",
                                  "code": "imaging"}]}],
        "code": _concept(one.code, one.label), "subject": subject,
        "performer": [{"type": "Practitioner", "display": signed.who}] if signed else [],
        "valueCodeableConcept": _concept(decided, decided.meaning.lower()),
        "component": [_component(each) for each in one.measured],
        "note": [{"text": one.note}] if one.note else [],
    }  # fmt: skip
    if now.void:
        found = {
            name: value for name, value in found.items() if name not in ("valueCodeableConcept", "component", "note")
        }
    elif one.finding:
        model = f"{one.finding.skill} {one.finding.skill_version} (model {one.finding.model_sha256[:12]})"
        found["device"] = {"type": "Device", "display": model}
    return {name: value for name, value in found.items() if value != []}


def _component(one: Measurement) -> dict[str, Any]:
    scheme, _, value = one.code.partition(":")
    code = Code(scheme=scheme, value=value, meaning=one.name) if value else None
    quantity: dict[str, Any] = {"value": one.value}
    if one.unit:
        quantity |= {"unit": one.unit, "system": "http://unitsofmeasure.org", "code": one.unit}
    return {"code": _concept(code, one.name), "valueQuantity": quantity}


def _concept(code: Code | None, text: str) -> dict[str, Any]:
    if code is None:
        return {"text": text}
    system = known(code, FHIR)
    coding = {"code": code.value, "display": code.meaning} | ({"system": system} if system else {})
    return {"coding": [coding], "text": text}
