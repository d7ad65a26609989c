"""Decisions from signed reports → corrections, so that what the skill was sure of is judged too."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from robot_library.model.base import Frozen
from robot_library.model.diagnostic import Place
from robot_library.parsing.nodes import read_text
from robot_library.parsing.problems import Problems
from robot_library.skills.monitor.records import Correction, Mac, Observation, today

COLUMNS = ("image", "decision")


class Taken(Frozen):
    """unknown: images to which this skill gave no score here."""

    taken: int
    agreed: int
    unknown: int


def read_truth(file: Path) -> dict[str, str]:
    """SOPInstanceUID → positive or negative. Raises AuthoringError with every mistake and its line, and no cell."""
    reader = csv.reader(io.StringIO(read_text(file, str(file)), newline=""))
    problems, found = Problems(), dict[str, str]()
    try:
        head = [name.strip().lower() for name in next(reader, [])]
        if sorted(head) != sorted(COLUMNS):
            problems.add(Place(file=str(file)), "SK103", f"the columns must be {' and '.join(COLUMNS)}")
            problems.raise_if_any()
        for cells in reader:
            row = dict(zip(head, (cell.strip() for cell in cells), strict=False))
            place = Place(file=str(file), line=reader.line_num)
            if not row.get("image") or row.get("decision") not in ("positive", "negative"):
                problems.add(place, "SK104", "an image's UID, and positive or negative, are needed")
            elif found.setdefault(row["image"], row["decision"]) != row["decision"]:
                problems.add(place, "SK104", "image: it has another decision above")
    except csv.Error:
        problems.add(Place(file=str(file), line=reader.line_num), "SK101", "this line is no CSV: check its quotes")
    problems.raise_if_any()
    return found


def corrections(
    truth: dict[str, str], observed: Sequence[Observation], mac: Mac, role: str
) -> tuple[list[Correction], Taken]:
    """What the reports say to the answers that were kept; an abstention gave no score and counts as unknown."""
    seen = {one.image: one for one in observed}
    known = [(seen[key], decision) for uid, decision in truth.items() if (key := mac(uid)) in seen]
    made = [_correction(one, decision, role) for one, decision in known if one.score is not None]
    agreed = sum(one.verdict == "accept" for one in made)
    return made, Taken(taken=len(made), agreed=agreed, unknown=len(truth) - len(made))


def _correction(one: Observation, decision: str, role: str) -> Correction:
    return Correction(
        day=today(),
        image=one.image,
        skill=one.skill,
        version=one.version,
        model_sha256=one.model_sha256,
        said=one.decision,
        score=one.score if one.score is not None else 0.0,
        verdict="accept" if one.decision == decision else "correct",
        decision=decision,
        role=role,
    )
