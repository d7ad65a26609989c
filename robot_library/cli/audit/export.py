"""`wetread audit export`: the trail in the words of the standards."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.audit.places import trail_of
from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import home_option

if TYPE_CHECKING:
    from robot_library.safeguards.audit.record import Record


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@home_option
@click.option(
    "--format", "form", type=click.Choice(["dicom", "fhir", "json"]), default="fhir", show_default=True,
    help="dicom: audit messages of PS3.15 A.5; fhir: AuditEvent R4; json: the events; one a line.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
@json_option
def export(path: Path | None, home: Path, form: str, out: Path, as_json: bool) -> None:
    """Write every event to a file, one a line.

    \b
    wetread audit export --format dicom --out trail.xml
    wetread audit export --format fhir --out trail.ndjson
    """
    from robot_library.safeguards.audit.verify import records

    folder, _ = trail_of(path, home)
    write, count = _writer(form), 0
    with out.open("wb") as file:
        for record in records(folder):
            if record.is_event:
                file.write(write(record) + b"\n")
                count += 1
    if as_json:
        print_json({"events": count, "file": str(out)})
    else:
        click.echo(f"{count} events written to {out}.")


def _writer(form: str) -> Callable[[Record], bytes]:
    from robot_library.safeguards.audit.dicom import message
    from robot_library.safeguards.audit.fhir import audit_event

    if form == "dicom":
        return message
    if form == "fhir":
        return lambda record: json.dumps(audit_event(record), ensure_ascii=False).encode()
    return lambda record: json.dumps({"n": record.n, "at": record.at, **record.event}, ensure_ascii=False).encode()
