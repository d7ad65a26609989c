"""Criteria against figures → go or no-go. What cannot be shown is not met; too few cases is no-go, said plainly."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

from robot_library.model.base import Frozen
from robot_library.skills.evaluation import page
from robot_library.skills.evaluation.criteria import Criteria, Fixed
from robot_library.skills.evaluation.figures import Cases, Figures, Subgroup
from robot_library.skills.evaluation.labels import OWN
from robot_library.skills.evaluation.overlap import Overlap, OverlapGroup
from robot_library.skills.evaluation.report import Evaluated, classification, provenance, segmentation
from robot_library.skills.measure import Estimate, wilson

REPORT, DATA, LOG = "acceptance.html", "acceptance.json", "acceptances.csv"
TOO_FEW = "too few"
SIGNED = ("Head of department", "Clinical safety officer", "Date")
_COLUMNS = ("utc", "skill", "version", "model_sha256", "data_sha256", "criteria_sha256", "verdict")


class Check(Frozen):
    """One criterion: what was asked, what was found, whether it is met."""

    what: str
    asked: str
    found: str
    met: bool


class Verdict(Frozen):
    """The document. `go` only if every check is met."""

    go: bool
    skill: str
    version: str
    model_sha256: str
    data_sha256: str
    fixed: Fixed
    data_read: str
    checks: tuple[Check, ...]
    evaluated: Evaluated


def judge(fixed: Fixed, found: Evaluated, data_read: str, earlier: Sequence[Mapping[str, str]]) -> Verdict:
    """Hold figures against criteria. earlier: rows of the log of this place (`read_log`)."""
    criteria = fixed.criteria
    checks = [*_same_skill(criteria, found), *_beforehand(fixed, found, earlier)]
    if found.figures is not None:
        checks += _classified(criteria, found.figures)
    elif found.overlap is not None:
        checks += _segmented(criteria, found.overlap)
    return Verdict(
        go=all(check.met for check in checks),
        skill=found.skill,
        version=found.version,
        model_sha256=found.model_sha256,
        data_sha256=found.data_sha256,
        fixed=fixed,
        data_read=data_read,
        checks=tuple(checks),
        evaluated=found,
    )


def _same_skill(criteria: Criteria, found: Evaluated) -> Iterator[Check]:
    met = criteria.acceptance == found.skill
    yield Check(what="criteria are for this skill", asked=criteria.acceptance, found=found.skill, met=met)


def _beforehand(fixed: Fixed, found: Evaluated, earlier: Sequence[Mapping[str, str]]) -> Iterator[Check]:
    """Criteria changed after these very data were judged are not fixed beforehand any more."""
    others = [row for row in earlier if row["data_sha256"] == found.data_sha256]
    changed = [row for row in others if row["criteria_sha256"] != fixed.sha256]
    said = f"these cases were judged on {changed[0]['utc']} by other criteria" if changed else "no earlier judgement"
    if others and not changed:
        said = f"the same criteria as on {others[0]['utc']}"
    yield Check(what="criteria fixed before the cases were read", asked="yes", found=said, met=not changed)


def _classified(criteria: Criteria, found: Figures) -> Iterator[Check]:
    cases = criteria.cases
    if cases is None:
        yield Check(what="kind of skill", asked="segmentation", found="classification", met=False)
        return
    yield _enough("cases with the finding", cases.positives_min, found.positives)
    yield _enough("cases without the finding", cases.negatives_min, found.n - found.positives)
    yield _enough("patients", cases.patients_min, found.patients)
    if criteria.auroc_min is not None:
        yield _least("AUROC", criteria.auroc_min, found.auroc)
    for name, asked in criteria.points.items():
        point = next((point for point in found.points if point.name == name), None)
        for side, limit in (("sensitivity", asked.sensitivity_min), ("specificity", asked.specificity_min)):
            if limit is not None:
                yield _least(f"{side} at {name}", limit, getattr(point, side, None))
    yield _refused(criteria, found.refused_n, found.asked)
    if criteria.review_max is not None:
        yield _most("left to a person between the points", criteria.review_max, found.to_a_person)
    yield from _groups(criteria, found.subgroups, "AUROC", {group.name: group.auroc for group in found.subgroups})


def _segmented(criteria: Criteria, found: Overlap) -> Iterator[Check]:
    cases = criteria.segmented_cases
    if cases is None or criteria.dice_min is None:
        yield Check(what="kind of skill", asked="classification", found="segmentation", met=False)
        return
    yield _enough("cases", cases.n_min, found.n)
    yield _enough("patients", cases.patients_min, found.patients)
    yield _least("Dice, mean over patients", criteria.dice_min, found.dice)
    yield _refused(criteria, sum(found.refused.values()), found.asked)
    yield from _groups(criteria, found.subgroups, "Dice", {group.name: group.dice for group in found.subgroups})


def _enough(what: str, least: int, found: int) -> Check:
    said = str(found) if found >= least else f"{found}: {TOO_FEW}"
    return Check(what=what, asked=f"at least {least}", found=said, met=found >= least)


def _least(what: str, limit: float, found: Estimate | None) -> Check:
    asked = f"lower end of the interval at least {limit:g}"
    said = page.ranged(found) if found is not None else f"{TOO_FEW} cases to give it"
    return Check(what=what, asked=asked, found=said, met=found is not None and found.low >= limit)


def _most(what: str, limit: float, found: Estimate | None) -> Check:
    asked = f"upper end of the interval at most {limit:g}"
    said = page.ranged(found) if found is not None else f"{TOO_FEW} cases to give it"
    return Check(what=what, asked=asked, found=said, met=found is not None and found.high <= limit)


def _refused(criteria: Criteria, refused: int, asked: int) -> Check:
    low, high = wilson(refused, asked)
    share = Estimate(value=refused / asked, low=low, high=high)
    return _most("refused or unreadable", criteria.abstention_max, share)


def _groups(
    criteria: Criteria,
    groups: Sequence[Subgroup] | Sequence[OverlapGroup],
    figure: str,
    values: Mapping[str, Estimate | None],
) -> Iterator[Check]:
    if criteria.subgroups is None:
        return
    asked = criteria.subgroups
    sizes = {group.name: group.n for group in groups}
    for column, named in asked.by.items():
        names = [f"{column.removeprefix(OWN)} {value}" for value in named]
        for name in names:
            yield _enough(name, asked.n_min, sizes.get(name, 0))
        there = {name: found.value for name in names if (found := values.get(name)) is not None}
        widest = max(combinations(there, 2), key=lambda two: abs(there[two[0]] - there[two[1]]), default=None)
        limit = f"differ by at most {asked.gap_max:g}"
        if len(there) < len(names) or (widest is None and len(names) > 1):
            said, met = f"{TOO_FEW} cases to give it in every group", False
        elif widest is None:
            said, met = "one group: nothing to compare", True
        else:
            gap = abs(there[widest[0]] - there[widest[1]])
            said, met = f"{gap:.3f} between {widest[0]} and {widest[1]}", gap <= asked.gap_max
        yield Check(what=f"{figure} by {column}", asked=limit, found=said, met=met)


def read_log(out: Path) -> list[dict[str, str]]:
    """Earlier judgements made into this folder."""
    file = out / LOG
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(out: Path, verdict: Verdict, cases: Cases | None) -> Path:
    """The document as HTML and JSON, and a line in the folder's log; returns the page's path."""
    out.mkdir(parents=True, exist_ok=True)
    (out / DATA).write_text(verdict.model_dump_json(indent=1) + "\n", encoding="utf-8", newline="\n")
    (out / REPORT).write_text(render(verdict, cases), encoding="utf-8", newline="\n")
    with (out / LOG).open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if stream.tell() == 0:
            writer.writerow(_COLUMNS)
        said = (verdict.skill, verdict.version, verdict.model_sha256, verdict.data_sha256, verdict.fixed.sha256)
        writer.writerow([verdict.data_read, *said, "go" if verdict.go else "no-go"])
    return out / REPORT


def render(verdict: Verdict, cases: Cases | None) -> str:
    """The page: verdict, every criterion, where everything came from, room for signatures, then the figures."""
    found, fixed = verdict.evaluated, verdict.fixed
    missed = [check for check in verdict.checks if not check.met]
    few = any(TOO_FEW in check.found for check in missed)
    said = "every criterion is met" if verdict.go else f"{len(missed)} of {len(verdict.checks)} criteria are not met"
    tile = ("GO" if verdict.go else "NO-GO", said + ("; there are too few cases" if few else ""), "verdict ")
    rows = [("met" if c.met else "missed", (c.what, c.asked, c.found)) for c in verdict.checks]
    facts = {
        "Criteria": f"{fixed.file}: {fixed.criteria.about}",
        "Agreed by": fixed.criteria.agreed_by,
        "sha256 of the criteria": fixed.sha256,
        "Criteria last changed": fixed.modified,
        "Criteria read": fixed.read,
        "Cases read (after that)": verdict.data_read,
    }
    body = classification(found.figures, cases) if found.figures is not None and cases is not None else []
    if found.overlap is not None:
        body = segmentation(found.overlap)
    parts = [
        page.tiles([(tile[0], tile[1], tile[2] + ("go" if verdict.go else "no-go"))]),
        page.section("Criteria", page.table(("criterion", "asked", "found"), rows), page.facts(facts)),
        page.section("Signed", page.facts(dict.fromkeys(SIGNED, "_" * 28))),
        *body,
        provenance(found),
    ]
    title = f"Acceptance of {verdict.skill} {verdict.version}"
    lead = "Whether this skill may be used here, by criteria fixed beforehand, on cases of this hospital's own reports."
    foot = (
        "Made by wetread acceptance. It says what these cases show; the decision and the responsibility are a person's."
    )
    return page.page(title, lead, parts, foot)
