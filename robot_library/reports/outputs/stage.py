"""What a step of a version means to whoever receives it, in the words of each standard."""

from __future__ import annotations

from dataclasses import dataclass

from robot_library.model.release import ReportVersion


@dataclass(frozen=True)
class Stage:
    """One step of a report, as receivers are told. `fhir`: DiagnosticReport.status. `hl7`: OBR-25 and OBX-11 (tables
    0123 and 0085). `final`: somebody stands for it."""

    fhir: str
    hl7: str
    final: bool
    words: str
    """For people, at the head of the page."""


def stage(version: ReportVersion) -> Stage:
    """ValueError for a draft: nobody is told of one."""
    match version.status, version.relation:
        case "reviewed", _:
            return Stage("preliminary", "P", False, "PRELIMINARY. Not released yet.")
        case "released", "first":
            return Stage("final", "F", True, "Final report.")
        case "released", "correction":
            return Stage("amended", "C", True, f"CORRECTED report. Replaces version {version.number - 1} and before.")
        case "released", "addendum":
            return Stage("appended", "C", True, "Final report with addendum.")
        case "taken_back", _:
            return Stage("cancelled", "X", False, "WITHDRAWN. Do not use.")
        case _:
            raise ValueError("a draft is nobody's but the department's")
