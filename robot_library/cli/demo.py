"""`wetread demo`: the main job on an embedded demo hospital, judged by the hospital's own database."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from robot_library.cli.environments import outside
from robot_library.cli.hospital_process import hospital
from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.progress import item_progress
from robot_library.cli.site import HOME, open_key, running
from robot_library.errors import SetupError


@dataclass(frozen=True)
class Show:
    """What a bot is shown at: the demo hospital's scenario, the report's title and first words."""

    scenario: str
    title: str
    lead: str


BOT = "chest-xray-preread"
REPORT = "report.html"
"""Stands in a demo's folder once it is over."""
SHOWS = {
    BOT: Show(
        "chest", "Chest X-ray pre-read: run report",
        "One bot signed in to a demo hospital, took every requested chest X-ray from the worklist, found the images in "
        "the PACS, had a skill read them, and typed preliminary drafts. All patients and films are synthetic.",
    ),
    "brain-tumour-measure": Show(
        "brain", "Brain tumours measured: run report",
        "One bot signed in to a demo hospital, took every requested MRI of the brain from the worklist, found its "
        "series in the PACS, had a skill outline and measure the lesion, and typed preliminary drafts. All patients "
        "and heads are synthetic.",
    ),
}  # fmt: skip


@click.command()
@click.option("--bot", type=click.Choice(list(SHOWS)), default=BOT, show_default=True, help="Which bot to watch.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another hospital.")
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Leave hospital and report in this folder."
)
@click.option("--chaos", type=int, default=None, metavar="SEED", help="Random latency, lost connections, pop-ups.")
@click.option("--headed", is_flag=True, help="Show the browser at work.")
@json_option
def demo(bot: str, seed: int, keep: Path | None, chaos: int | None, headed: bool, as_json: bool) -> int:
    """See the main job: an imaging order becomes a verified draft report.

    Starts a small hospital (EHR, PACS, synthetic patients and films) on this machine, lets the bot
    chest-xray-preread work through its worklist with all its traps, then asks the hospital's database what
    was really written. Needs a browser (Chrome, Edge or Chromium) and nothing else.

    \b
    wetread demo                       in an empty folder
    wetread demo --headed              watch it
    wetread demo --seed 7 --keep out   another hospital, kept with its report in out/
    wetread demo --bot brain-tumour-measure   MRI orders; from a checkout (its weights are non-commercial)
    """
    folder = _fresh_folder(keep)
    begun = time.perf_counter()
    with outside(), hospital(folder, seed, scenario=SHOWS[bot].scenario, chaos=chaos, quiet=as_json) as addresses:
        runs, labels, report = asyncio.run(_work(bot, folder, addresses, headed, as_json))
    summary = _judge(folder, runs, labels)
    summary["seconds"] = round(time.perf_counter() - begun, 1)
    summary["report"] = str(report)
    _write_report(SHOWS[bot], report, folder, runs, labels, summary, seed)
    if as_json:
        print_json({key: value for key, value in summary.items() if key != "unexpected"})
    else:
        _tell(summary)
    return 0 if not summary["unexpected"] and not summary["wrong_patient_writes"] else 1


def _fresh_folder(keep: Path | None) -> Path:
    """An empty folder to work in. Only what an earlier demo made is removed: of those kept, one that was broken off."""
    folder = keep or HOME / "demo"
    demo = (folder / "hospital.sqlite").exists() and (folder / "bot").is_dir()
    if keep is not None and folder.exists() and any(folder.iterdir()) and (not demo or (folder / REPORT).exists()):
        raise SetupError(f"{folder} is not empty.", cure="Give --keep a new folder.")
    if demo or (keep is None and (folder / "hospital.sqlite").exists()):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def _work(
    bot: str, folder: Path, addresses: dict[str, str], headed: bool, quiet: bool
) -> tuple[list[Any], dict[str, str], Path]:
    from robot_library.bot import assemble
    from robot_library.drivers.browser import BrowserDriver
    from robot_library.hospital.settings import ACCOUNTS
    from robot_library.hospital.settings import BOT as USER
    from robot_library.interfaces import Credential
    from robot_library.parsing.library import Library, bundled
    from robot_library.safeguards.vault import Vault

    home = folder / "bot"
    key = open_key(home, create=True)
    account = Credential(USER, ACCOUNTS[USER].password)
    assembly = assemble(
        bot, Library(bundled()), home, key,
        vault=Vault({"ehr-bot": account, "pacs-bot": account}),
        driver=BrowserDriver(headed=headed or None, downloads=home / "downloads"),
        values={
            "WETREAD_EHR_URL": addresses["ehr"], "WETREAD_PACS_URL": addresses["pacs"],
            "WETREAD_DICOMWEB_URL": addresses["dicomweb"],
        },
    )  # fmt: skip
    async with running(home, key, assembly) as engine:
        await engine.collect(bot)
        labels = {view.item.id: view.item.payload["order"] for view in await engine.items(bot)}
        with item_progress(len(labels), labels, quiet=quiet) as listener:
            await engine.run_until_idle(listener)
        return await engine.runs(bot), labels, folder / REPORT


def _judge(folder: Path, runs: list[Any], labels: dict[str, str]) -> dict[str, Any]:
    """Counts from the hospital's database. What was typed is what the hospital saved, whatever the bot says."""
    from robot_library.hospital import verdict

    judged = verdict(folder)
    said = {labels[run.item]: run for run in runs}
    database = sqlite3.connect(folder / "hospital.sqlite")
    expected = dict(database.execute("SELECT order_id, expected_outcome FROM orders"))
    database.close()
    items, unexpected = [], []
    for truth in judged.items:
        run = said.get(truth.order)
        outcome, reason = _outcome(truth.saves, run)
        items.append({"order": truth.order, "outcome": outcome, "reason": reason})
        if outcome != expected[truth.order] or truth.problems:
            unexpected.append(
                {"order": truth.order, "expected": expected[truth.order], "trap": truth.trap, **items[-1]}
            )
    counts = {name: sum(item["outcome"] == name for item in items) for name in ("typed", "needs_person", "refused")}
    return {
        "orders": len(items), **counts,
        "already_reported": sum(item["outcome"] == "already_reported" for item in items),
        "wrong_patient_writes": judged.wrong_patient_writes, "duplicate_writes": judged.duplicate_writes,
        "items": items, "unexpected": unexpected,
    }  # fmt: skip


def _outcome(saves: int, run: Any) -> tuple[str, str]:
    if saves:
        return "typed", ""
    if run is None:
        return "needs_person", "NotCollected: the bot did not find this order on the worklist."
    if run.outcome == "typed":
        return "needs_person", "NotSaved: the bot says typed, the hospital has nothing."
    return run.outcome, f"{run.code}: {run.reason}"


def _write_report(
    show: Show, path: Path, folder: Path, runs: list[Any], labels: dict[str, str], summary: dict[str, Any], seed: int
) -> None:
    from robot_library.cli.report_page import write_page
    from robot_library.safeguards.blobs import FileBlobs

    facts = {
        "Orders": str(summary["orders"]),
        "Writes into a wrong patient's record": str(summary["wrong_patient_writes"]),
        "Orders written twice": str(summary["duplicate_writes"]),
        "Handled otherwise than expected": str(len(summary["unexpected"])),
        "Seconds": str(summary["seconds"]),
        "Hospital": f"demo, seed {seed}",
    }
    blobs = FileBlobs(folder / "bot" / "blobs", open_key(folder / "bot"))
    write_page(path, show.title, show.lead, runs, blobs, labels, facts)


def _tell(summary: dict[str, Any]) -> None:
    counts = ", ".join(
        f"{summary[name]} {name.replace('_', ' ')}" for name in ("typed", "needs_person", "refused", "already_reported")
    )
    why: dict[str, list[str]] = {}
    for item in summary["items"]:
        if item["reason"]:
            why.setdefault(item["reason"], []).append(item["order"])
    if why:
        print_table(("not typed", "why"), [(", ".join(orders), reason) for reason, orders in sorted(why.items())])
    click.echo(f"\n{summary['orders']} orders in {summary['seconds']} s: {counts}.")
    click.echo(
        f"By the hospital's own database: {summary['wrong_patient_writes']} writes into a wrong patient's record, "
        f"{summary['duplicate_writes']} orders written twice."
    )
    for odd in summary["unexpected"]:
        click.echo(
            f"Unexpected: {odd['order']} ({odd['trap']}) {odd['outcome']}, not {odd['expected']}: {odd['reason']}"
        )
    click.echo(f"Report: {Path(summary['report']).resolve().as_uri()}")
