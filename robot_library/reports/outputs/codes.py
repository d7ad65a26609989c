"""Coded terms under the names that each standard gives their systems."""

from __future__ import annotations

from robot_library.model.skill.outputs import Code

FHIR = {
    "LOINC": "http://loinc.org", "LN": "http://loinc.org", "SNOMED CT": "http://snomed.info/sct",
    "SCT": "http://snomed.info/sct", "RadLex": "http://radlex.org", "RADLEX": "http://radlex.org",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
}  # fmt: skip
HL7 = {"LOINC": "LN", "LN": "LN", "SNOMED CT": "SCT", "SCT": "SCT", "RadLex": "RADLEX", "RADLEX": "RADLEX",
       "DCM": "DCM"}  # fmt: skip
"""Table 0396."""
DICOM = {**HL7}
PRESENT, ABSENT = (
    Code(scheme="SCT", value="52101004", meaning="Present"),
    Code(scheme="SCT", value="2667000", meaning="Absent"),
)
FINDINGS = Code(scheme="LOINC", value="59776-5", meaning="Procedure findings")
IMPRESSION = Code(scheme="LOINC", value="19005-8", meaning="Radiology Imaging study [Impression] (narrative)")
ADDENDUM = Code(scheme="LOINC", value="55107-7", meaning="Addendum Document")
REPORT = Code(scheme="LOINC", value="18748-4", meaning="Diagnostic imaging study")


def known(code: Code | None, systems: dict[str, str]) -> str:
    """The system's name there; empty for a scheme nobody there knows."""
    return systems.get(code.scheme, "") if code else ""
