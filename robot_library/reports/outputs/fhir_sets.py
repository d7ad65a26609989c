"""Value sets with a required binding (FHIR R4), of what we write. The library takes any code for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_REPORT = (
    "registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled",
    "entered-in-error", "unknown",
)  # fmt: skip
SETS: Mapping[tuple[str, str], frozenset[str]] = {
    ("DiagnosticReport", "status"): frozenset(_REPORT),
    ("Observation", "status"): frozenset(_REPORT) - {"partial", "appended"},
    ("Patient", "gender"): frozenset(("male", "female", "other", "unknown")),
    ("Identifier", "use"): frozenset(("usual", "official", "temp", "secondary", "old")),
    ("HumanName", "use"): frozenset(("usual", "official", "temp", "nickname", "anonymous", "old", "maiden")),
    ("Narrative", "status"): frozenset(("generated", "extensions", "additional", "empty")),
}
"""(type, element) → codes. Elements named `use` are looked up by what holds them."""
_SYSTEMS = frozenset(
    ("http://loinc.org", "http://snomed.info/sct", "http://radlex.org", "http://dicom.nema.org/resources/ontology/DCM",
     "http://terminology.hl7.org/CodeSystem/v2-0074", "http://terminology.hl7.org/CodeSystem/observation-category",
     "http://terminology.hl7.org/CodeSystem/v2-0203", "http://unitsofmeasure.org",
     "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation")
)  # fmt: skip


def wrong_codes(resource: Mapping[str, Any]) -> list[str]:
    """What a resource (as JSON) has that its value sets do not: "DiagnosticReport.status". No values, they may be a
    patient's."""
    return [*_wrong(resource, str(resource.get("resourceType", "")))]


def _wrong(value: Any, kind: str) -> Iterator[str]:
    if isinstance(value, list):
        for member in value:
            yield from _wrong(member, kind)
    elif isinstance(value, Mapping):
        kind = str(value.get("resourceType", kind))
        for name, member in value.items():
            allowed = SETS.get((kind, name))
            if allowed is not None and isinstance(member, str) and member not in allowed:
                yield f"{kind}.{name}"
            if name == "coding":
                yield from (f"{kind}.coding.system" for one in member if one.get("system") not in _SYSTEMS | {None})
            yield from _wrong(member, _KINDS.get(name, kind))


_KINDS = {"identifier": "Identifier", "name": "HumanName", "text": "Narrative"}
