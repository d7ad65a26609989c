"""What a step of a version means to whoever receives it, in the words of each standard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from robot_library.model.release import ReportVersion
from robot_library.reports.wording import say


@dataclass(frozen=True)
class Stage:
    """One step of a report, as receivers are told. `fhir`: DiagnosticReport.status. `hl7`: OBX-11 (table 0085).
    `final`: somebody stands for it."""

    fhir: str
    hl7: str
    final: bool
    words: str
    """For people, at the head of the page."""
    order: str = ""
    """OBR-25 (table 0123), where it is not as OBX-11."""
    void: bool = False
    """Nothing of what the report said may be read any more: it is not even repeated."""


def stage(version: ReportVersion) -> Stage:
    """ValueError for a draft: nobody is told of one."""
    words = partial(say, version.content.language)
    match version.status, version.relation:
        case "reviewed", _:
            return Stage("preliminary", "P", False, words("preliminary"))
        case "released", "first":
            return Stage("final", "F", True, words("final"))
        case "released", "correction":
            return Stage("amended", "C", True, words("corrected", before=version.number - 1))
        case "released", "addendum":
            return Stage("appended", "C", True, words("addendum"))
        case "taken_back", _:
            return Stage("cancelled", "X", False, words("withdrawn"))
        case "entered_in_error", _:
            # 0085 has W, "post original as wrong, e.g. transmitted for wrong patient"; 0123 has no such code, and X
            # would say that the order was cancelled: C, a correction.
            return Stage("entered-in-error", "W", False, words("in_error"), order="C", void=True)
        case _:
            raise ValueError("a draft is nobody's but the department's")
