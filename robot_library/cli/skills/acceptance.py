"""`wetread acceptance`, also `wetread skills acceptance`."""

from __future__ import annotations

from pathlib import Path

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import project_option
from robot_library.cli.skills.host import provider_option


@click.command("acceptance")
@click.argument("name")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="labels.csv made from signed reports.")
@click.option(
    "--criteria", required=True, type=click.Path(path_type=Path), help="YAML, agreed before the cases are read."
)
@click.option("--split", help="Only rows whose column split says this.")
@click.option("--plain", is_flag=True, help="Take PNG and JPEG as films. Their header gates cannot be asked.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the document. Default: acceptance-NAME.")
@project_option
@provider_option
@json_option
def acceptance(
    name: str, data: Path, criteria: Path, split: str | None, plain: bool, out: Path | None, project: Path | None,
    provider: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Decide whether a skill may be used here: its answers to your own signed cases against criteria fixed beforehand.

    \b
    wetread acceptance chest-xray-pneumonia --data labels.csv --criteria criteria.yaml
    Exit code 0: go. 1: no-go; too few cases are no-go.
    """
    from robot_library.cli.skills.measuring import measured
    from robot_library.skills.evaluation.acceptance import judge, read_log, write
    from robot_library.skills.evaluation.criteria import now, read_criteria

    fixed = read_criteria(criteria)  # before the table is opened: what is asked may not depend on what is there
    data_read = now()
    found, _ = measured(name, data, split, project, provider, quiet=as_json, plain=plain)
    target = out or Path(f"acceptance-{name}")
    verdict = judge(fixed, found.found, data_read, read_log(target))
    report = write(target, verdict, found.cases)
    if as_json:
        checks = [check.model_dump() for check in verdict.checks]
        print_json({"go": verdict.go, "checks": checks, "criteria_sha256": fixed.sha256, "report": str(report)})
    else:
        rows = [("✓" if check.met else "✗", check.what, check.asked, check.found) for check in verdict.checks]
        print_table(("", "criterion", "asked", "found"), rows, title=f"{name}: {'GO' if verdict.go else 'NO-GO'}")
        click.echo(f"Document: {report}")
    return 0 if verdict.go else 1
