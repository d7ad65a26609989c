"""`wetread hospital`: the demo hospital alone, to look around in it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import click

from robot_library.cli.output import json_option, print_json

DEFAULT = Path(".wetread/hospital")


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=DEFAULT, show_default=True,
              help="Where the hospital lives; built there at first start.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other patients and films.")
@click.option("--ehr-port", type=int, default=8420, show_default=True, help="0 for a free one.")
@click.option("--pacs-port", type=int, default=8430, show_default=True, help="0 for a free one.")
@click.option("--chaos", type=int, default=None, metavar="SEED", help="Random latency, lost connections, pop-ups.")
@click.option("--scenario", type=click.Choice(("chest", "brain", "quality")), default="chest", show_default=True,
              help="Orders for chest films, orders for MRI of the brain, or watched X-ray devices.")  # fmt: skip
@json_option
def hospital(
    folder: Path, seed: int, ehr_port: int, pacs_port: int, chaos: int | None, scenario: str, as_json: bool
) -> None:
    """Start the demo hospital (an EHR and a PACS with synthetic patients) and keep it running until Ctrl-C.

    \b
    wetread hospital              then open the printed addresses in a browser
    wetread run chest-xray-preread   in another shell, with the printed variables set
    """
    from robot_library.hospital import Hospital
    from robot_library.hospital import quality as watched
    from robot_library.hospital.stories import STORIES

    if scenario != "chest" and folder == DEFAULT:
        folder = folder.with_name(f"hospital-{scenario}")

    def progress(done: int, total: int, what: str) -> None:
        if not as_json and sys.stderr.isatty():
            click.echo(f"\r{what} {done}/{total}   ", nl=False, err=True)

    with Hospital(
        folder, seed=seed, chaos=chaos, ehr_port=ehr_port, pacs_port=pacs_port, progress=progress,
        story=STORIES[scenario],
    ) as running:  # fmt: skip
        addresses = {"ehr": running.ehr_url, "pacs": running.pacs_url, "dicomweb": running.dicomweb_url}
        today = watched.today(watched.write(seed)) if scenario == "quality" else None
        day = {"WETREAD_QA_DAY": f"{today:%Y%m%d}"} if today else {}
        accounts = [
            {"user": account.user, "password": account.password, "role": account.role}
            for account in running.accounts.values()
        ]
        if as_json:
            print_json({**addresses, "database": str(running.database), "accounts": accounts})
        else:
            if sys.stderr.isatty():
                click.echo("\r" + " " * 60, err=True)
            click.echo(f"EHR       {running.ehr_url}\nPACS      {running.pacs_url}\nDICOM     {folder / 'dicom'}\n")
            for one in accounts:
                click.echo(f"Sign in as {one['user']} / {one['password']} ({one['role']})")
            bot = running.accounts["rpabot"]
            said = {
                "WETREAD_EHR_URL": running.ehr_url, "WETREAD_PACS_URL": running.pacs_url,
                "WETREAD_DICOMWEB_URL": running.dicomweb_url, **day,
                "WETREAD_CREDENTIAL_EHR_BOT": f"{bot.user}:{bot.password}",
                "WETREAD_CREDENTIAL_PACS_BOT": f"{bot.user}:{bot.password}",
            }  # fmt: skip
            click.echo(f"\nFor bots, in another shell:\n{set_in_shell(said, sys.platform)}\n\nCtrl-C stops it.")
        threading.Event().wait()


def set_in_shell(variables: Mapping[str, str], platform: str) -> str:
    """What is pasted into another shell to set these: PowerShell on Windows, else a POSIX one."""
    if platform == "win32":
        return "\n".join(f"$env:{name} = '{value}'" for name, value in variables.items())
    return "export " + " \\\n  ".join(f"{name}={value}" for name, value in variables.items())
