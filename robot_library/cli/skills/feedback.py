"""`wetread skills feedback export`."""

from __future__ import annotations

from pathlib import Path

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import home_option, open_key


@click.group("feedback")
def feedback() -> None:
    """What persons decided about a skill's findings.

    \b
    wetread skills feedback add chest-xray-pneumonia truth.csv
    wetread skills feedback export chest-xray-pneumonia folder/
    """


@feedback.command("add")
@click.argument("name")
@click.argument("truth", type=click.Path(path_type=Path))
@click.option("--role", default="signed report", show_default=True, help="Whose word it is; no name of a person.")
@home_option
@json_option
def add(name: str, truth: Path, role: str, home: Path, as_json: bool) -> None:
    """Keep what signed reports say: a CSV with the columns image (SOPInstanceUID) and decision (positive, negative).

    Bots ask a person only where the skill is unsure. This tells of its other answers, too.

    \b
    wetread skills feedback add chest-xray-pneumonia truth.csv
    """
    from robot_library.bot import keyed_hash
    from robot_library.cli.skills.site import monitor
    from robot_library.skills.monitor.truth import corrections, read_truth

    said = read_truth(truth)
    with monitor(home) as store:
        made, taken = corrections(said, store.observations(name), keyed_hash(open_key(home), "monitor"), role)
        for one in made:
            store.correct(one)
    if as_json:
        print_json(taken.model_dump())
        return
    click.echo(f"{taken.taken} taken, {taken.agreed} of them as the skill said; {taken.unknown} without a score here.")


@feedback.command("export")
@click.argument("name")
@click.argument("out", type=click.Path(path_type=Path))
@home_option
@json_option
def export(name: str, out: Path, home: Path, as_json: bool) -> None:
    """Write OUT/labels.csv and pictures of the cases a person decided, pseudonymous, for training and evaluation.

    Pictures have no header. What was burnt into the pixels is still there: look before you pass them on. That they were
    written stands in the audit trail.

    \b
    wetread skills feedback export chest-xray-pneumonia folder/
    """
    from robot_library.cli.site import make_trail
    from robot_library.cli.skills.site import monitor
    from robot_library.model.audit import Happened
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.skills.monitor.feedback import export as write

    key = open_key(home)
    with monitor(home) as store:
        observed, corrected = store.observations(name), store.corrections(name)
    make_trail(home, key).record(Happened("export", f"feedback of skill {name}"))
    found = write(out, observed, corrected, FileBlobs(home / "blobs", key))
    if as_json:
        print_json(found.model_dump() | {"labels": str(out / "labels.csv")})
        return
    click.echo(f"{found.pictures} cases with pictures, {found.without_pictures} without: {out / 'labels.csv'}")
    if found.rejected:
        click.echo(f"{found.rejected} were rejected without a decision and are not among them.")
