"""`wetread bots ask, approve, refuse, withdraw, approvals`: who lets a bot go live, one step at a time. Whoever decides
proves who they are, with the password of `wetread people`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.proving import password_option, proven
from robot_library.cli.site import db_option, home_option, open_desk, project_option
from robot_library.cli.times import shown, utc
from robot_library.errors import ApprovalRefused
from robot_library.model.approval import MAY_APPROVE, MAY_ASK

if TYPE_CHECKING:
    from robot_library.engine.people.approvals import Approvals
    from robot_library.model.approval import Approval, Approved, MadeOf, Permission
    from robot_library.parsing.library import Library

F = TypeVar("F", bound=Callable[..., Any])


def _person(command: F) -> F:
    """--as and how the password is given, the same on every decision."""
    return click.option("--as", "person", required=True, help="Your name in `wetread people`.")(
        password_option(command)
    )


_why = click.option("--why", required=True, help="Why; it is kept, encrypted. No patient data.")


@click.command()
@click.argument("bot")
@click.argument("stage", type=click.Choice(["shadow", "limited", "live"]))
@_person
@_why
@home_option
@project_option
@db_option
@json_option
def ask(
    bot: str, stage: str, person: str, password_stdin: bool, why: str, home: Path, project: Path | None,
    db: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Ask that BOT, exactly as it is now, may go one step further: shadow, limited, live. Another person approves it.

    \b
    wetread bots ask chest-xray-preread shadow --as ana.garcia --why "map reviewed, canary clean"
    """
    name = proven(home, person, MAY_ASK, password_stdin)

    async def work(desk: Books) -> Approval:
        return await desk.approvals.ask(bot, cast("Approved", stage), desk.made_here(bot), name, why)

    one = asyncio.run(_with(home, project, db, work))
    _said(one, as_json, f"{bot} ({one.hash[:12]}) is asked to be {stage}. Somebody else: wetread bots approve {bot}")


@click.command()
@click.argument("bot")
@_person
@_why
@click.option("--hash", "looked_at", default="", help="First digits of the hash that you have looked at: nothing else "
              "is approved.")  # fmt: skip
@home_option
@project_option
@db_option
@json_option
def approve(
    bot: str, person: str, password_stdin: bool, why: str, looked_at: str, home: Path, project: Path | None,
    db: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Approve what was asked for BOT: not by whoever asked, and only if nothing has changed since.

    Whoever has looked may be a while about it, and something else may be asked for meanwhile: --hash says what it was.

    \b
    wetread bots approvals chest-xray-preread          what changed, who asked, and the hash
    wetread bots approve chest-xray-preread --hash 3fa90c7d21e0 --as dr.chen --why "agrees in 412 of 415"
    """
    name = proven(home, person, MAY_APPROVE, password_stdin)

    async def work(desk: Books) -> Approval:
        made = desk.made_here(bot)
        if not made.hash.startswith(looked_at.lower()):
            raise ApprovalRefused(f"what bot {bot!r} is made of is {made.hash[:12]} now.", cure="Look at it again.")
        return await desk.approvals.approve(bot, made, name, why)

    one = asyncio.run(_with(home, project, db, work))
    _said(one, as_json, f"{bot} ({one.hash[:12]}) may be {one.stage}. A worker that has it loaded as it was before "
          "goes on when it is started again.")  # fmt: skip


@click.command()
@click.argument("bot")
@_person
@_why
@home_option
@db_option
@json_option
def refuse(bot: str, person: str, password_stdin: bool, why: str, home: Path, db: str | None, as_json: bool) -> None:
    """Say no to what was asked for BOT, or take back what you asked.

    \b
    wetread bots refuse chest-xray-preread --as dr.chen --why "one finding was missed"
    """
    name = proven(home, person, MAY_ASK, password_stdin)
    one = asyncio.run(_with(home, None, db, lambda desk: desk.approvals.refuse(bot, name, why)))
    _said(one, as_json, f"{bot} is not let further.")


@click.command()
@click.argument("bot")
@_person
@_why
@home_option
@db_option
@json_option
def withdraw(bot: str, person: str, password_stdin: bool, why: str, home: Path, db: str | None, as_json: bool) -> None:
    """End the approval of BOT: at once, by one person alone. In production it types nothing more.

    \b
    wetread bots withdraw chest-xray-preread --as dr.chen --why "wrong side in one report"
    """
    name = proven(home, person, MAY_ASK, password_stdin)
    one = asyncio.run(_with(home, None, db, lambda desk: desk.approvals.withdraw(bot, name, why)))
    _said(one, as_json, f"The approval of {bot} has ended.")


@click.command()
@click.argument("bot")
@home_option
@project_option
@db_option
@json_option
def approvals(bot: str, home: Path, project: Path | None, db: str | None, as_json: bool) -> None:
    """How far BOT may go here, who asked for it and who approved it, and what has changed since.

    \b
    wetread bots approvals chest-xray-preread
    """

    async def work(desk: Books) -> dict[str, Any]:
        return _as_data(desk, bot, await desk.approvals.permission(bot), await desk.approvals.record(bot))

    found = asyncio.run(_with(home, project, db, work))
    if as_json:
        print_json(found)
        return
    click.echo(f"{bot} as it is now ({found['hash'][:12]}) may be: {found['approved']} ({found['environment']}).")
    for line in found["changed"]:
        click.echo(f"  since it was approved: {line}")
    for name in found["unset"]:
        click.echo(f"  not set here, so that this is not what its workers see: {name}")
    for line in found["research"]:
        click.echo(f"  a shadow only, in production: {line}")
    rows = [(shown(one["at_seconds"]), one["kind"], one["stage"], one["hash"][:12], one["who"], one["why"])
            for one in found["record"]]  # fmt: skip
    print_table(("when", "what", "stage", "hash", "who", "why"), rows)


@dataclass(frozen=True)
class Books:
    """The record, and the bots' files."""

    approvals: Approvals
    project: Path | None

    def made(self, bot: str) -> MadeOf:
        """What the bot is made of on this disk, after `wetread check` has found no mistake in it."""
        from robot_library.lint.going_live import made

        return made(bot, self.library)

    def made_here(self, bot: str) -> MadeOf:
        """The same, where every address that it works on is known; ApprovalRefused otherwise."""
        from robot_library.lint.going_live import made_here

        return made_here(bot, self.library)

    def unset(self, bot: str) -> list[str]:
        """Names that addresses are taken from, and that are not set here."""
        from robot_library.lint.going_live import unset

        return unset(bot, self.library)

    def environment(self) -> str:
        """What site.yaml says this is."""
        return self.library.site().environment

    @property
    def library(self) -> Library:
        """The files there are."""
        from robot_library.parsing.library import Library

        return Library.find(self.project, to_run=True)


@asynccontextmanager
async def _books(home: Path, project: Path | None, db: str | None) -> AsyncIterator[Books]:
    async with open_desk(home, url=db) as desk:
        yield Books(desk.approvals, project)


async def _with(home: Path, project: Path | None, db: str | None, work: Callable[[Books], Any]) -> Any:
    async with _books(home, project, db) as books:
        return await work(books)


def _as_data(desk: Books, bot: str, there: Permission, record: list[Approval]) -> dict[str, Any]:
    from robot_library.model.approval import changed

    made = desk.made(bot)
    return {
        "bot": bot, "hash": made.hash, "approved": there.stage(made.hash), "environment": desk.environment(),
        "changed": changed(there.granted.parts, made.parts) if there.granted else [], "research": list(made.research),
        "unset": desk.unset(bot),
        "asked": there.asked and {"stage": there.asked.stage, "by": there.asked.who, "hash": there.asked.hash},
        "record": [
            {"at": utc(one.at), "at_seconds": one.at, "kind": one.kind, "stage": one.stage, "hash": one.hash,
             "who": one.who, "asked_by": one.asked_by, "why": one.why}
            for one in record
        ],
    }  # fmt: skip


def _said(one: Approval, as_json: bool, text: str) -> None:
    if as_json:
        print_json({"bot": one.bot, "kind": one.kind, "stage": one.stage, "hash": one.hash, "who": one.who})
    else:
        click.echo(text)
