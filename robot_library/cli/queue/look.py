"""`wetread queue list`, `show`, `dead`: nothing is changed, no payload is opened."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from robot_library.cli.output import json_option, print_json, print_table, say
from robot_library.cli.queue.which import span, states_option
from robot_library.cli.site import db_option, home_option, open_desk
from robot_library.cli.times import in_utc, shown

if TYPE_CHECKING:
    from robot_library.engine.desk import Desk
    from robot_library.engine.records.board import Listed, Order, Page
    from robot_library.model.workitem import State

_ORDERS = ("newest", "oldest", "changed", "next", "due")


@click.command("list")
@states_option
@click.option("--bot", help="Only this bot's.")
@click.option("--code", help="Only those with this code, such as ScreenNotReached.")
@click.option("--search", help="Its first letters, a code, a bot, or the whole key it was taken by.")
@click.option("--older", metavar="TIME", help="Only those that came longer ago than, say, `2 h`.")
@click.option("--late", is_flag=True, help="Only those past their due time.")
@click.option("--order", type=click.Choice(_ORDERS), default="newest", show_default=True, help="Which come first.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="So many at most.")
@click.option("--skip", type=click.IntRange(0), default=0, help="Pass over so many.")
@home_option
@db_option
@json_option
def listed(
    states: tuple[State, ...], bot: str | None, code: str | None, search: str | None, older: str | None, late: bool,
    order: str, limit: int, skip: int, home: Path, db: str | None, as_json: bool,
) -> None:  # fmt: skip
    """List items. Nothing of a patient is shown; an order is found by its whole number.

    \b
    wetread queue list --state open --order next         what comes next
    wetread queue list --state waiting_for_person --older "4 h"
    wetread queue list --search REQ0001 --json
    """
    wanted = {"bot": bot, "code": code, "search": search, "late": late, "before": span(older)}
    page, held = asyncio.run(_page(home, db, states, wanted, cast("Order", order), skip, limit))
    if as_json:
        print_json(in_utc({"total": page.total, "skip": skip, "items": [as_data(one, held) for one in page.items]}))
        return
    rows = [
        (one.id[:8], one.bot, _how(one, held), str(one.priority), _due(one), shown(one.created)) for one in page.items
    ]
    print_table(("item", "bot", "stands", "priority", "due", "came"), rows)
    if page.total > len(page.items):
        click.echo(f"{len(page.items)} of {page.total}; --skip and --limit show the others.")


@click.command()
@click.argument("item")
@home_option
@db_option
@json_option
def show(item: str, home: Path, db: str | None, as_json: bool) -> None:
    """Everything about ITEM (its first letters are enough).

    \b
    wetread queue show 3f9a
    """
    found = asyncio.run(_show(home, db, item))
    if as_json:
        print_json(in_utc(found))
        return
    facts = [(name, _fact(name, value)) for name, value in found["item"].items() if value not in (None, "")]
    print_table(("", found["item"]["item"]), facts)
    for note in found["notes"]:
        text = str(note["text"]).replace("\n", "\n    ")  # a second line is not another person's note
        say(f"{shown(note['at'])} {note['who']}: {text}")
    steps = [(s["path"], s["action"], s["outcome"], f"{s['seconds']:.2f} s", s["what"]) for s in found["steps"]]
    print_table(("step", "action", "outcome", "took", "what"), steps)


@click.command()
@click.option("--bot", help="Only this bot's.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="So many at most.")
@home_option
@db_option
@json_option
def dead(bot: str | None, limit: int, home: Path, db: str | None, as_json: bool) -> None:
    """Items that were given up: why, the step they ended at, and how many pictures and files it left.

    \b
    wetread queue dead
    wetread queue retry 3f9a       when the cause is gone
    """
    total, found = asyncio.run(_dead(home, db, bot, limit))
    if as_json:
        print_json(in_utc({"total": total, "items": found}))
        return
    rows = [(d["item"][:8], d["bot"], d["code"], d["last_step"], str(d["evidence"]), d["reason"]) for d in found]
    print_table(("item", "bot", "code", "last step", "evidence", "why"), rows)


async def _page(
    home: Path, db: str | None, states: tuple[State, ...], wanted: dict[str, Any], order: Order, skip: int, limit: int
) -> tuple[Page, dict[str, str]]:
    from robot_library.engine.line.standing import why_held

    async with open_desk(home, url=db) as desk:
        page = await desk.board.page(states=states, **wanted, order=order, offset=skip, limit=limit)
        return page, await why_held(desk.store, {one.bot for one in page.items})


async def _show(home: Path, db: str | None, letters: str) -> dict[str, Any]:
    from robot_library.engine.line.standing import why_held

    async with open_desk(home, url=db) as desk:
        ident = await desk.board.find(letters)
        item, run = await desk.board.item(ident), await desk.board.run(ident)
        held = await why_held(desk.store, [item.bot])
        notes = [vars(note) for note in await desk.notes(ident)]
    steps = [
        {"path": s.path, "action": s.action, "title": s.title, "outcome": s.outcome, "seconds": s.seconds,
         "started": s.started.timestamp(), "what": s.detail or s.error, "verified": list(s.verified),
         "evidence": [one.title for one in s.evidence]}
        for s in run.steps
    ]  # fmt: skip
    return {"item": as_data(item, held), "notes": notes, "steps": steps}


async def _dead(home: Path, db: str | None, bot: str | None, limit: int) -> tuple[int, list[dict[str, Any]]]:
    async with open_desk(home, url=db) as desk:
        page = await desk.board.page(states=("dead",), bot=bot, order="changed", limit=limit)
        return page.total, [await _ended_at(desk, one) for one in page.items]


async def _ended_at(desk: Desk, one: Listed) -> dict[str, Any]:
    steps = (await desk.board.run(one.id)).steps
    last = f"{steps[-1].path} {steps[-1].action}" if steps else ""
    return {**as_data(one), "last_step": last, "evidence": sum(len(step.evidence) for step in steps)}


def as_data(one: Listed, held: dict[str, str] | None = None) -> dict[str, Any]:
    """An item for programs. `held`: why a bot's items wait, by bot."""
    names = (
        "bot", "state", "outcome", "code", "reason", "priority", "due", "created", "updated", "started", "generation",
        "ask",
    )  # fmt: skip
    said = {name: getattr(one, name) for name in names}
    return {"item": one.id, **said, "late": one.late(time.time()), "held": _held(one, held or {})}


def _held(one: Listed, held: dict[str, str]) -> str:
    """Why an item that is not at an end waits for its line; "" if it does not."""
    return held.get(one.bot, "") if one.state in ("new", "in_progress") else ""


def _fact(name: str, value: Any) -> str:
    return shown(value) if name in ("due", "created", "updated", "started") else str(value)


def _how(one: Listed, held: dict[str, str]) -> str:
    if reason := _held(one, held):
        return f"held: {reason}"
    words = one.outcome or one.state
    return f"{words.replace('_', ' ')}{f' ({one.code})' if one.code else ''}"


def _due(one: Listed) -> str:
    if one.due is None:
        return ""
    return f"{shown(one.due)}{' late' if one.late(time.time()) else ''}"
