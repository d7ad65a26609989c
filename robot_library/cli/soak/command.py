"""`wetread soak`: the main job on a large worklist while its workers are killed; what came of it, by the hospital."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import click

from robot_library.cli.hospital_process import hospital
from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import HOME
from robot_library.errors import SetupError

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
    keep: Path | None,
    as_json: bool,
) -> int:
    """Put the engine to a long test: a demo hospital with many orders and all its traps, workers that are killed.

    At random moments, spread over the whole run, a worker with its browser, the worker alone, or its browser alone is
    ended as by a power cut. Afterwards the hospital's own database says what was written. Exit code 1 if an order was
    lost, written twice or written into a wrong record.

    \b
    wetread soak                                              200 orders, 5 kills
    wetread soak --items 2000 --kills 50 --seats 6 --chaos --seed 7     the long one: an hour or two
    """
    from robot_library.cli.soak.count import counted_up
    from robot_library.cli.soak.crew import Crew
    from robot_library.cli.soak.place import Place

    place = Place.fresh(keep or HOME / "soak", may_replace=keep is None)
    begun = time.perf_counter()
    with hospital(place.folder, seed, orders=items, chaos=seed if chaos else None, quiet=as_json) as addresses:
        place.furnish(max(workers, seats or 0))
        with Crew(place, addresses, workers, kills, seed, quiet=as_json) as crew:
            ended = asyncio.run(crew.work(items, limit))
    result = asyncio.run(counted_up(place, items)) | {
        "kills": crew.kills_made, "stops": crew.stops, "ended": ended, "seconds": round(time.perf_counter() - begun, 1),
    }  # fmt: skip
    if as_json:
        print_json(result)
    else:
        _tell(result, place.folder)
    if not ended:
        raise SetupError(f"not every order had ended after {limit:.0f} s.", cure="Give --limit more, or none.")
    return 1 if result["lost"] or result["double_commits"] or result["wrong_patient_writes"] else 0


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
