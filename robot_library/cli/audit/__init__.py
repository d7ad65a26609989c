"""`wetread audit`: who did what, and whether the trail of it is whole."""

from __future__ import annotations

import click

from robot_library.cli.lazy import lazy

COMMANDS: dict[str, tuple[str, str]] = {
    "verify": ("robot_library.cli.audit.verify:verify", "Is the trail as it was written? Exit code 1 if not."),
    "list": ("robot_library.cli.audit.show:show", "What happened: by bot, person, item, patient, day."),
    "export": ("robot_library.cli.audit.export:export", "As DICOM audit messages, FHIR AuditEvents, or lines."),
    "head": ("robot_library.cli.audit.verify:head", "How far the trail goes now: to be kept elsewhere."),
    "key": ("robot_library.cli.audit.verify:key", "The public key with which others can verify."),
    "forward": ("robot_library.cli.audit.forward:forward", "To a collector by syslog over TLS."),
    "set-aside": ("robot_library.cli.audit.aside:set_aside", "Put a damaged trail aside and begin a new one."),
}


@click.group(cls=lazy(COMMANDS))
def audit() -> None:
    """Who did what, and whether the trail of it is whole.

    \b
    wetread audit verify
    wetread audit list --bot chest-xray-preread --last 20
    wetread audit list --patient 00123456
    wetread audit export --format fhir --out trail.ndjson
    """
