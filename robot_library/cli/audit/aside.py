"""`wetread audit set-aside`: a person decides that a damaged trail ends."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from robot_library.cli.audit.places import keys_of, trail_of
from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import home_option, open_key
from robot_library.errors import SetupError


@click.command("set-aside")
@home_option
@click.option("--why", required=True, help="What was found out; the new trail begins with it.")
@json_option
def set_aside(home: Path, why: str, as_json: bool) -> None:
    """Put a damaged trail and its head aside, untouched, and begin a new one that says so in its first line.

    \b
    wetread audit set-aside --why "disk failed on 3 November, ticket 4711"
    """
    from robot_library.model.audit import Happened
    from robot_library.safeguards.audit.syslog import not_sent
    from robot_library.safeguards.audit.trail import AuditTrail, head_of
    from robot_library.safeguards.audit.verify import verify

    folder, _ = trail_of(None, home)
    head = head_of(home)
    verdict = verify(folder, head, keys_of(home, ()))
    if verdict.intact:
        raise SetupError("the trail is intact; it is not set aside.")
    lacking = not_sent(folder)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    there = folder.with_name(f"{folder.name}.damaged-{stamp}")
    if folder.exists():
        os.replace(folder, there)
    if head.exists():
        os.replace(head, head.with_name(f"{head.name}.damaged-{stamp}"))
    trail = AuditTrail(home, open_key(home), person=getpass.getuser())
    what = f"trail set aside as {there.name}, bad from line {verdict.first_bad}: {why}"
    trail.record(Happened("decision", what))
    if as_json:
        print_json({"set_aside": str(there), "first_bad": verdict.first_bad, "not_sent": lacking})
    else:
        click.echo(f"Set aside: {there}. A new trail has begun.")
        if lacking:
            click.echo(f"The collector lacks its last {lacking} lines: wetread audit forward {there} --to … --ca …")
