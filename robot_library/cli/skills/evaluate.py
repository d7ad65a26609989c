"""`wetread skills evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import project_option
from robot_library.cli.skills.host import provider_option

if TYPE_CHECKING:
    from robot_library.skills.evaluation.evaluate import Measured
    from robot_library.skills.evaluation.overlap import Overlap


@click.command("evaluate")
@click.argument("name")
@click.option("--data", type=click.Path(path_type=Path), help="labels.csv: file and label (or mask), optional groups.")
@click.option("--scores", type=click.Path(path_type=Path), help="Measure given scores (score, label) instead.")
@click.option("--split", help="Only rows whose column split says this. Default: all that no skill is made from.")
@click.option("--plain", is_flag=True, help="Take PNG and JPEG as films. Their header gates cannot be asked.")
@click.option("--threshold", "points", multiple=True, metavar="NAME=X", help="With --scores: look at this threshold.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the report. Default: evaluation-NAME.")
@click.option("--update", is_flag=True, help="Write the skill's evaluation.json and card.md from what was measured.")
@click.option("--dataset", help="With --update: what the data set is called in the card.")
@click.option("--recalibrate", is_flag=True, help="First fit calibration and thresholds on rows of split calibration.")
@project_option
@provider_option
@json_option
def evaluate(
    name: str, data: Path | None, scores: Path | None, split: str | None, plain: bool, points: tuple[str, ...],
    out: Path | None, update: bool, dataset: str | None, recalibrate: bool, project: Path | None,
    provider: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Measure a skill on labelled films: ROC, reliability, operating points, subgroups, refusals; one HTML report.

    \b
    wetread skills evaluate chest-xray-pneumonia --data labels.csv
    wetread skills evaluate anything --scores scores.csv --threshold mine=0.5
    """
    from robot_library.skills.evaluation.report import write

    if (data is None) == (scores is None):
        raise click.UsageError("Give either --data or --scores.")
    if scores is not None and (update or recalibrate or plain):
        raise click.UsageError("--update, --recalibrate and --plain need the skill's own answers: use --data.")
    if points and scores is None:
        raise click.UsageError("--threshold goes with --scores; a skill has its own operating points.")
    if update and not dataset:
        raise click.UsageError("--update needs --dataset: the card must say what was measured on.")
    if scores is not None:
        found = _scores(name, scores, split, points)
    else:
        assert data is not None
        found = _skill(name, data, split, project, provider, as_json, plain, recalibrate, dataset if update else None)
    report = write(out or Path(f"evaluation-{name}"), found.found, found.cases)
    _say(found, report, as_json)
    return 0


def _scores(name: str, file: Path, split: str | None, points: tuple[str, ...]) -> Measured:
    from robot_library.skills.evaluation.evaluate import evaluate_scores
    from robot_library.skills.evaluation.labels import read_labels

    return evaluate_scores(name, read_labels(file, name, scores=True), split, dict(_threshold(text) for text in points))


def _threshold(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise click.UsageError(f"--threshold {text!r}: write NAME=NUMBER, for instance mine=0.5.") from None


def _skill(
    name: str, file: Path, split: str | None, project: Path | None, provider: str | None, quiet: bool, plain: bool,
    recalibrate: bool, dataset: str | None,
) -> Measured:  # fmt: skip
    from robot_library.cli.skills.measuring import measured
    from robot_library.errors import SetupError
    from robot_library.skills.evaluation.update import LOOKED_AT, log_look, update_skill
    from robot_library.skills.signing import FILE as SIGNATURE

    found, folder = measured(name, file, split, project, provider, quiet=quiet, plain=plain, recalibrate=recalibrate)
    counts = dataset is not None or set(found.found.split.split(", ")) & set(LOOKED_AT)
    if counts and not log_look(folder, found.found):
        click.echo("This look could not be logged: the skill's folder cannot be written.", err=True)
    if dataset is not None:
        try:
            update_skill(folder, found.found, dataset, found.observed)
        except OSError as error:
            raise SetupError(
                f"{folder} cannot be written ({error.strerror}).", cure="Copy the skill into a project of your own."
            ) from None
    if (dataset is not None or recalibrate) and (folder / SIGNATURE).is_file():
        click.echo(f"{name} was signed; what was written is not: sign it again (`wetread skills sign`).", err=True)
    return found


def _say(outcome: Measured, report: Path, as_json: bool) -> None:
    if as_json:
        print_json(outcome.found.about())
        print_json(outcome.found.summary(str(report)))
        return
    from robot_library.skills.evaluation.page import ranged

    rows = _overlap(outcome.found.overlap) if outcome.found.overlap else []
    if (figures := outcome.found.figures) is not None:
        rows = [("cases answered", f"{figures.n} of {figures.asked}"), ("AUROC", ranged(figures.auroc))]
        for point in figures.points:
            said = f"sensitivity {ranged(point.sensitivity)}, specificity {ranged(point.specificity)}"
            rows.append((f"{point.name} ({point.threshold:g})", said))
        rows += [(group.name, f"{ranged(group.auroc)}, n = {group.n}") for group in figures.subgroups]
        rows += [(f"refused: {code}", str(n)) for code, n in figures.refused.items()]
    print_table(("figure", "value [95 % interval]"), rows, title=f"{outcome.found.skill} on {outcome.found.data}")
    click.echo(f"Report: {report}")


def _overlap(found: Overlap) -> list[tuple[str, str]]:
    from robot_library.skills.evaluation.page import ranged

    rows = [("cases answered", f"{found.n} of {found.asked}"), ("Dice, mean over patients", ranged(found.dice))]
    rows += [("Dice, median", "–" if found.median is None else f"{found.median:.3f}")]
    rows += [("nothing found where something is marked", str(found.missed))]
    rows += [("something found where nothing is marked", f"{found.false_alarms} of {found.empty}")]
    rows += [(group.name, f"{ranged(group.dice)}, n = {group.n}") for group in found.subgroups]
    return rows + [(f"refused: {code}", str(n)) for code, n in found.refused.items()]
