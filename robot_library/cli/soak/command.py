"""`wetread soak`: the main job on a large worklist while its workers are killed; what came of it, by the hospital."""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.hospital_process import hospital
from robot_library.cli.main import EXIT_CANCELLED
from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import HOME
from robot_library.errors import RunCancelled, SetupError

if TYPE_CHECKING:
    from robot_library.cli.soak.place import Place, Plan

SEATS = 8
"""The demo hospital has so many accounts for its bot, and a worker needs one."""


@click.command()
@click.option("--items", type=click.IntRange(1, 20_000), default=200, show_default=True, help="Orders in the worklist.")
@click.option("--kills", type=click.IntRange(0), default=5, show_default=True, help="kill -9, at random.")
@click.option("--workers", type=click.IntRange(1, SEATS), default=2, show_default=True, help="Worker processes.")
@click.option(
    "--seats",
    type=click.IntRange(1, SEATS),
    default=None,
    help="Accounts of the bot: so many orders at a time.  [default: one a worker]",
)
@click.option("--chaos", is_flag=True, help="Random latency, lost connections, pop-ups; from the seed.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the hospital, the kills and the chaos.")
@click.option("--limit", type=float, default=None, metavar="SECONDS", help="Give up after so long.")
@click.option("--resume", is_flag=True, help="Go on with the soak in --keep, which was broken off, as it was begun.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Leave everything in this folder.")
@json_option
def soak(
    items: int,
    kills: int,
    workers: int,
    seats: int | None,
    chaos: bool,
    seed: int,
    limit: float | None,
    resume: bool,
    keep: Path | None,
    as_json: bool,
) -> int:
    """Put the engine to a long test: a demo hospital with many orders and all its traps, workers that are killed.

    At random moments, spread over the whole run, a worker with its browser, the worker alone, or its browser alone is
    ended as by a power cut. Afterwards the hospital's own database says what was written. Exit code 1 if an order was
    lost, written twice or written into a wrong record.

    \b
    wetread soak                                              200 orders, 5 kills
    wetread soak --items 2000 --kills 50 --chaos --keep long    the long one: some hours on two cores
    wetread soak --resume --keep long                           it goes on after Ctrl-C, --limit or a power cut
    """
    from robot_library.cli.soak.count import counted_up
    from robot_library.cli.soak.place import Place, Plan

    folder = keep or HOME / "soak"
    if resume:
        place, plan = Place.again(folder)
    else:
        place = Place.fresh(folder, may_replace=keep is None)
        plan = Plan(items, kills, workers, max(workers, seats or 0), chaos, seed)
    try:
        ended, done, plan = _work(place, plan, limit, quiet=as_json)
    except (KeyboardInterrupt, RunCancelled):
        if not place.plan.exists():  # nothing has begun: the same command begins it
            shutil.rmtree(place.folder, ignore_errors=True)
            raise
        click.echo(f"\nStopped. Nothing is lost. Go on: wetread soak --resume --keep {place.folder}", err=True)
        return EXIT_CANCELLED
    result = asyncio.run(counted_up(place, plan.items)) | {**done, "ended": ended, "seconds": round(plan.seconds, 1)}
    if as_json:
        print_json(result)
    elif ended:
        _tell(result, place.folder)
    if not ended:
        how = f"Go on: wetread soak --resume --keep {place.folder}"
        raise SetupError(f"not every order had ended after {limit:.0f} s.", cure=how)
    return 1 if result["lost"] or result["double_commits"] or result["wrong_patient_writes"] else 0


def _work(place: Place, plan: Plan, limit: float | None, *, quiet: bool) -> tuple[bool, dict[str, int], Plan]:
    """Serve the hospital, have its orders worked off. What it took is written down, however it ends."""
    from robot_library.cli.soak.crew import Crew

    begun = time.perf_counter()
    trouble = plan.seed if plan.chaos else None
    with hospital(
        place.folder, plan.seed, orders=plan.items, chaos=trouble, ports=plan.ports, quiet=quiet
    ) as addresses:
        if not place.plan.exists():
            place.furnish(plan.seats)
        plan = plan.at(addresses)
        place.keep(plan)
        try:
            with Crew(place, addresses, plan.workers, plan.kills, plan.seed, quiet=quiet) as crew:
                ended = asyncio.run(crew.work(plan.items, limit))
        finally:
            plan = replace(plan, seconds=plan.seconds + time.perf_counter() - begun)
            place.keep(plan)
    return ended, {"kills": crew.kills_made, "stops": crew.stops}, plan


def _tell(result: dict[str, Any], folder: Path) -> None:
    click.echo(f"{result['items']} orders, {result['kills']} kills, {result['seconds']} s.")
    names = ("typed", "needs_person", "refused", "already_reported", "dead", "lost")
    click.echo(", ".join(f"{result[name]} {name.replace('_', ' ')}" for name in names) + ".")
    click.echo(
        f"By the hospital's own database: {result['wrong_patient_writes']} writes into a wrong patient's record, "
        f"{result['double_commits']} commits made twice."
    )
    if result["unexplained"]:
        click.echo(f"{result['unexplained']} items have a history that does not explain how they ended.")
    for odd in result["unexpected"]:
        click.echo(f"  {odd['order']} ({odd['trap']}): {odd['outcome']}, not {odd['expected']}. {odd['reason']}")
    click.echo(f"Kept in {folder}")
