"""What was measured on one table, as a page and as data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from robot_library.model.base import Frozen
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.evaluation import page, plots
from robot_library.skills.evaluation.figures import Cases, Figures, Outcome, Subgroup
from robot_library.skills.evaluation.intervals import FEW
from robot_library.skills.evaluation.overlap import Overlap
from robot_library.skills.evaluation.page import ranged

REPORT, DATA = "report.html", "figures.json"
FOOT = "Measured by wetread skills evaluate. A research figure is not a certificate; these cases are not your patients."


class Evaluated(Frozen):
    """One evaluation: of what, on what, when, and what came. One of `figures` and `overlap` is there."""

    skill: str
    version: str = ""
    model_sha256: str = ""
    label: str
    data: str
    """The table's file name."""
    data_sha256: str
    """Of the table and of every file it names."""
    date: str
    split: str = ""
    notes: tuple[str, ...] = ()
    """What the reader must know about how it was measured."""
    figures: Figures | None = None
    overlap: Overlap | None = None

    def summary(self, report: str) -> dict[str, object]:
        """The last line that programs read: these six keys and no others."""
        found = self.figures if self.figures is not None else self.overlap
        assert found is not None
        main = ("auroc", self.figures.auroc) if self.figures is not None else ("dice", getattr(found, "dice", None))
        return {
            "n": found.n,
            main[0]: main[1].value if main[1] else None,
            "ci95": [main[1].low, main[1].high] if main[1] else None,
            "operating_points": [point.model_dump() for point in self.figures.points] if self.figures else [],
            "subgroups": [group.model_dump() for group in found.subgroups],
            "report": report,
        }

    def about(self) -> dict[str, object]:
        """The line before it: of whom it speaks, and what was refused, by code."""
        found = self.figures if self.figures is not None else self.overlap
        assert found is not None
        return {"skill": self.skill, "model_sha256": self.model_sha256, "refused": found.refused}


def write(out: Path, found: Evaluated, cases: Cases | None) -> Path:
    """report.html and figures.json into a folder; returns the page's path."""
    out.mkdir(parents=True, exist_ok=True)
    (out / DATA).write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8", newline="\n")
    target = out / REPORT
    target.write_text(render(found, cases), encoding="utf-8", newline="\n")
    return target


def render(found: Evaluated, cases: Cases | None) -> str:
    """The page."""
    title = f"{found.skill} {found.version} on {found.data}".replace("  ", " ")
    lead = f"{found.label}: measured on {found.date}." + (f" Rows: {found.split}." if found.split else "")
    if found.figures is not None and cases is not None:
        parts = classification(found.figures, cases)
    else:
        assert found.overlap is not None
        parts = segmentation(found.overlap)
    return page.page(title, lead, [*parts, provenance(found)], FOOT)


def classification(figures: Figures, cases: Cases) -> list[str]:
    """Tiles, curves, operating points, subgroups, refusals."""
    calibration = figures.calibration
    return [
        page.tiles(_tiles(figures)),
        page.plots(
            (
                (plots.roc(cases, figures.points), "ROC curve; dots are the operating points."),
                (
                    plots.reliability(calibration.bins) if calibration else "",
                    "Reliability: on the dashed line a score is a probability. Large dots hold many cases.",
                ),
                (
                    plots.histogram(cases, {point.name: point.threshold for point in figures.points}),
                    "Scores of cases with the finding (up) and without (down).",
                ),
            )
        ),
        page.section("Operating points", points_table(figures.points), _between(figures)),
        page.section("Calibration", _calibration(figures)),
        page.section("Subgroups", subgroups_table(figures.subgroups), _few(figures)),
        page.section("Not answered", refused_table(figures.refused, figures.asked)),
    ]


def _tiles(figures: Figures) -> list[tuple[str, str, str]]:
    return [
        (ranged(figures.auroc), "AUROC, 95 % interval by patient", ""),
        (f"{figures.n} of {figures.asked}", f"cases answered, of {figures.patients} patients", ""),
        (f"{figures.positives} / {figures.n - figures.positives}", "with / without the finding", ""),
        (ranged(figures.specificity_at_95_sensitivity), "specificity at 95 % sensitivity", ""),
    ]


def points_table(points: Sequence[Outcome]) -> str:
    """Confusion, sensitivity, specificity and predictive values at each point."""
    head = ("point", "score ≥", "TP", "FP", "TN", "FN", "sensitivity", "specificity", "PPV here", "NPV here")
    rows = [
        (
            "",
            (
                point.name, f"{point.threshold:g}", str(point.tp), str(point.fp), str(point.tn), str(point.fn),
                ranged(point.sensitivity), ranged(point.specificity), ranged(point.ppv), ranged(point.npv),
            ),
        )
        for point in points
    ]  # fmt: skip
    return page.table(head, rows)


def _between(figures: Figures) -> str:
    if figures.to_a_person is None:
        return ""
    return page.note(
        f"Left to a person, between the points: {ranged(figures.to_a_person)}. Predictive values are those of these"
        f" cases, of which {figures.positives / max(1, figures.n):.0%} have the finding; with less of it the PPV falls."
    )


def _calibration(figures: Figures) -> str:
    found = figures.calibration
    if found is None:
        return page.note("The scores are no probabilities (outside 0 to 1), so there is no calibration to look at.")
    rows = {"Expected calibration error": f"{found.error:.3f}", "Brier score": f"{found.brier:.3f}"}
    if found.slope is not None and found.intercept is not None:
        rows["Slope (1 is right; less: too sure of itself)"] = f"{found.slope:.2f}"
        rows["Intercept (0 is right; more: scores too low)"] = f"{found.intercept:.2f}"
    return page.facts(rows)


def subgroups_table(groups: Sequence[Subgroup]) -> str:
    """AUROC of each subgroup with its interval as a line, and what each operating point does there."""
    names = [point.name for point in groups[0].points] if groups else []
    shown = [(name, what) for name in names for what in ("sensitivity", "specificity")]
    head = ("group", "n", "patients", "positive", "refused", "AUROC", "0 to 1", *(f"{n}: {w}" for n, w in shown))
    rows = []
    for group in groups:
        by_name = {point.name: point for point in group.points}
        figures = [ranged(getattr(by_name[name], what)).replace(" [", "\n[") for name, what in shown]
        counts = (str(group.n), str(group.patients), str(group.positives), str(group.refused))
        area = ranged(group.auroc).replace(" [", "\n[")
        rows.append(("", (group.name, *counts, area, plots.interval(group.auroc), *figures)))
    return page.table(head, rows)


def _few(figures: Figures) -> str:
    small = [group.name for group in figures.subgroups if group.patients < FEW]
    said = f"Fewer than {FEW} patients: {', '.join(small)}. " if small else ""
    return page.note(said + "– means that the cases cannot give this figure.") if figures.subgroups else ""


def refused_table(refused: dict[str, int], asked: int) -> str:
    """How many cases got no score, by code, and why."""
    known = {code.value: code.explanation for code in AbstentionCode}
    known["unreadable"] = "the file could not be decoded exactly, so it was not read at all"
    known["model_failed"] = "the model broke off, or took longer than it may; a busy machine can be why"
    rows = [("", (code or "–", str(n), f"{n / asked:.1%}", known.get(code, ""))) for code, n in refused.items()]
    if not rows:
        return page.note("Every case was answered.")
    return page.table(("code", "cases", "share", "meaning"), rows)


def segmentation(found: Overlap) -> list[str]:
    """Tiles, Dice by case, volumes, worst cases, subgroups, refusals."""
    groups = [
        ("", (group.name, str(group.n), str(group.patients), ranged(group.dice), plots.interval(group.dice)))
        for group in found.subgroups
    ]
    drawn = [case for case in found.cases if case.dice is not None]
    return [
        page.tiles(
            [
                (ranged(found.dice), "Dice, mean over patients, 95 % interval", ""),
                ("–" if found.median is None else f"{found.median:.3f}", "median Dice", ""),
                (f"{found.n} of {found.asked}", f"cases answered, of {found.patients} patients", ""),
                (f"{found.missed}", "cases with nothing found where the expert marked something", ""),
                (f"{found.false_alarms} of {found.empty}", "cases marked empty in which something was found", ""),
            ]
        ),
        page.plots(
            (
                (plots.dice_strip([case.dice for case in drawn if case.dice is not None]), "Dice of each case."),
                (
                    plots.volumes([c.true for c in found.cases], [c.found for c in found.cases], found.unit),
                    "Volume found against volume marked.",
                ),
            )
        ),
        page.section("Subgroups", page.table(("group", "n", "patients", "Dice", "0 to 1"), groups)),
        page.section("Not answered", refused_table(found.refused, found.asked)),
    ]


def provenance(found: Evaluated) -> str:
    """What was measured on what, and what a reader must know."""
    rows = {"Skill": f"{found.skill} {found.version}".strip(), "Table": found.data}
    rows |= {"sha256 of table and files": found.data_sha256, "Date": found.date}
    if found.model_sha256:
        rows["sha256 of the model"] = found.model_sha256
    return page.section("How it was measured", page.facts(rows), page.notes(found.notes))
