"""`wetread audit forward`: the trail to a collector."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.audit.places import trail_of
from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import home_option
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.safeguards.audit.syslog import Forwarder


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))
@home_option
@click.option("--to", required=True, help="host:port of the collector; 6514 is usual.")
@click.option("--ca", type=click.Path(path_type=Path, exists=True), required=True, help="Who signs its certificate.")
@click.option("--certificate", type=click.Path(path_type=Path, exists=True), help="Ours, where it asks for one.")
@click.option("--key", type=click.Path(path_type=Path, exists=True), help="The key of ours.")
@click.option(
    "--close-notify/--no-close-notify", default=True, show_default=True,
    help="Whether it ends a connection with TLS's close_notify; rsyslog with its gtls driver does not.",
)  # fmt: skip
@click.option("--follow", is_flag=True, help="Go on for ever; a collector that is down is tried again.")
@click.option("--every", type=click.FloatRange(0.1), default=10.0, show_default=True, help="Seconds between looks.")
@json_option
def forward(
    path: Path | None, home: Path, to: str, ca: Path, certificate: Path | None, key: Path | None, close_notify: bool,
    follow: bool, every: float, as_json: bool,
) -> None:  # fmt: skip
    """Send what the collector does not have yet, as DICOM audit messages by syslog over TLS (RFC 5424, 5425).

    The trail is the spool: while the collector is down nothing is lost, and nothing is sent without TLS. PATH is a home
    or a trail's folder, such as one that was set aside; without it, --home's.

    \b
    wetread audit forward --to arr.hospital.example:6514 --ca hospital-ca.pem
    wetread audit forward --to arr.hospital.example:6514 --ca hospital-ca.pem --follow
    """
    from robot_library.safeguards.audit.syslog import Forwarder, collector

    folder, _ = trail_of(path, home)
    forwarder = Forwarder(folder, collector(to, ca, certificate, key, close_notify=close_notify))
    if follow:
        _follow(forwarder, every)
    sent = forwarder.forward()
    if as_json:
        print_json({"sent": sent, "last": forwarder.sent()})
    else:
        click.echo(f"{sent} lines sent; the collector has all up to line {forwarder.sent()}.")


def _follow(forwarder: Forwarder, every: float) -> None:
    while True:
        try:
            if sent := forwarder.forward():
                click.echo(f"{sent} lines sent.", err=True)
        except SetupError as failure:
            click.echo(f"wetread: {failure}", err=True)
        time.sleep(every)
