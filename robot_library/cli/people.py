"""`wetread people`: who may come into the clerk's app and the dashboard, and as what."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.line import who_option
from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import home_option, make_trail, open_key
from robot_library.cli.times import shown

if TYPE_CHECKING:
    from robot_library.people.book import Book, Person
    from robot_library.people.manage import Manage
    from robot_library.safeguards.keys import SiteKey

ROLES = ("clerk", "reviewer", "author", "operator", "admin")
ADDRESS = "attend.address"
"""In the home: where the clerk's app is reached, or was when it last ran."""
_USUAL = "http://127.0.0.1:8450"
LINK_LASTS = 12 * 3600.0
roles_option = click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="What they are (again: several)."
)


@click.group()
def people() -> None:
    """Who may come into the clerk's app and the dashboard, and as what. Nobody ever has a password that somebody else
    chose.

    \b
    clerk      starts bots, watches them, corrects administrative fields
    reviewer   a radiologist: accepts, corrects and rejects findings, releases reports
    author     watches; sees nothing of patients
    operator   watches, pauses orders, takes them out of bots' hands; sees nothing of patients
    admin      adds people, changes their roles, resets their sign-in; sees nothing of patients

    On the dashboard an operator does everything, and sees orders' numbers and notes; all others look on there, and may
    stop the line.
    """


@people.command()
@click.argument("name")
@roles_option
@click.option("--url", help="Where the app is reached. Without it: where it runs, or did last.")
@who_option
@home_option
@json_option
def add(name: str, roles: tuple[str, ...], url: str | None, who: str, home: Path, as_json: bool) -> None:
    """Add somebody; prints the link with which they choose a password, within 48 hours.

    \b
    wetread people add ana.garcia --role clerk
    wetread people add dr.chen --role reviewer --role admin
    """
    person, token = _manage(home, create=True).add(name, roles, who)
    _invited(home, person.name, token, url, as_json)


@people.command("list")
@home_option
@json_option
def listed(home: Path, as_json: bool) -> None:
    """Everybody, with their roles.

    \b
    wetread people list
    wetread people list --json
    """
    found = _book(home).all()
    if as_json:
        print_json([_as_data(person) for person in found])
        return
    rows = [(one.name, ", ".join(one.roles), _how(one), "yes" if one.second_factor else "no", _when(one.seen))
            for one in found]  # fmt: skip
    print_table(("name", "roles", "stands", "second factor", "was here"), rows)


@people.command()
@click.argument("name")
@roles_option
@who_option
@home_option
@json_option
def role(name: str, roles: tuple[str, ...], who: str, home: Path, as_json: bool) -> None:
    """Give somebody these roles instead of those they have; whoever is in must sign in again.

    \b
    wetread people role ana.garcia --role clerk --role operator
    """
    person = _manage(home).give(name, roles, who)
    _done(person, f"{person.name} is {', '.join(person.roles)} from now on.", as_json)


@people.command()
@click.argument("name")
@who_option
@home_option
@json_option
def disable(name: str, who: str, home: Path, as_json: bool) -> None:
    """Let somebody in no more, and send them away at once. What they did stays beside their name.

    \b
    wetread people disable ana.garcia        wetread people reset ana.garcia  lets her in again
    """
    person = _manage(home).disable(name, who)
    _done(person, f"{person.name} comes in no more.", as_json)


@people.command()
@click.argument("name")
@click.option("--url", help="Where the app is reached. Without it: where it runs, or did last.")
@who_option
@home_option
@json_option
def reset(name: str, url: str | None, who: str, home: Path, as_json: bool) -> None:
    """Forget somebody's password and authenticator; prints a link for choosing anew. Lets in whoever was disabled.

    \b
    wetread people reset ana.garcia
    """
    person, token = _manage(home).reset(name, who)
    _invited(home, person.name, token, url, as_json)


@people.command("let-in")
@click.argument("name")
@who_option
@home_option
@json_option
def let_in(name: str, who: str, home: Path, as_json: bool) -> None:
    """Let somebody who was disabled in again, with the password they had or by the hospital's own sign-in.

    \b
    wetread people let-in ana.garcia
    """
    person = _manage(home).let_in_again(name, who)
    _done(person, f"{person.name} may come in again.", as_json)


@people.command("send-away")
@click.argument("name")
@who_option
@home_option
@json_option
def send_away(name: str, who: str, home: Path, as_json: bool) -> None:
    """End every session of somebody at once; they may sign in again.

    \b
    wetread people send-away ana.garcia
    """
    count = _manage(home).send_away(name, who)
    if as_json:
        print_json({"name": name, "ended": count})
    else:
        click.echo(f"{count} session{'' if count == 1 else 's'} of {name} ended.")


@people.command()
@click.option("--who", default="", help="Whom it is for. Without it: this machine's user.")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="As what (again: several) [clerk].")
@click.option("--url", help="Where the app is reached. Without it: where it runs, or did last.")
@home_option
@json_option
def link(who: str, roles: tuple[str, ...], url: str | None, home: Path, as_json: bool) -> None:
    """A fresh one-time address for this machine's own user, who has no account, as `wetread attend` prints one.

    \b
    wetread people link --role reviewer
    """
    name = who or user()
    token = own_link(home, open_key(home), name, roles)
    address = f"{(url or served_at(home)).rstrip('/')}/enter/{token}"
    if as_json:
        print_json({"link": address, "who": name, "roles": list(roles or ("clerk",)), "seconds": LINK_LASTS})
    else:
        click.echo(address)


def own_link(home: Path, key: SiteKey, who: str, roles: Sequence[str]) -> str:
    """The token of a one-time address for somebody at this machine."""
    from robot_library.people.entrances import clerks_doors
    from robot_library.people.rights import HERE

    return clerks_doors(home, key).link(" ".join([*(roles or ("clerk",)), HERE]), who, lasts=LINK_LASTS)


def user() -> str:
    """Whoever is at this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "this machine"


def served_at(home: Path) -> str:
    """Where the app is reached, or was."""
    try:
        return (home / ADDRESS).read_text(encoding="utf-8").strip() or _USUAL
    except OSError:
        return _USUAL


def _welcomed_at(home: Path) -> str:
    """Where somebody who was added chooses a password: in the clerk's app; on the dashboard of a home without one."""
    from robot_library.unattended.office import ADDRESS as OFFICE

    if not (home / ADDRESS).exists() and (home / OFFICE).is_file():
        return (home / OFFICE).read_text(encoding="utf-8").strip() or _USUAL
    return served_at(home)


def _book(home: Path, *, create: bool = False) -> Book:
    from robot_library.people.book import Book
    from robot_library.safeguards.sealed import SealedJson

    return Book(home, SealedJson(open_key(home, create=create)))


def _manage(home: Path, *, create: bool = False) -> Manage:
    """What is done to people, told to the audit trail before it is done: what cannot be told is not done."""
    from robot_library.people.entrances import every_door
    from robot_library.people.manage import Manage

    key = open_key(home, create=create)
    return Manage(_book(home, create=create), every_door(home, key), make_trail(home, key).record)


def _invited(home: Path, name: str, token: str, url: str | None, as_json: bool) -> None:
    from robot_library.people.book import INVITED_FOR

    link = f"{(url or _welcomed_at(home)).rstrip('/')}/welcome/{token}"
    if as_json:
        print_json({"name": name, "link": link, "seconds": INVITED_FOR})
    else:
        click.echo(f"Give {name} this link, and nobody else; it works once, for 48 hours:\n{link}")


def _done(person: Person, text: str, as_json: bool) -> None:
    if as_json:
        print_json(_as_data(person))
    else:
        click.echo(text)


def _as_data(person: Person) -> dict[str, Any]:
    return {**asdict(person), "stands": _how(person)}


def _how(person: Person) -> str:
    if person.disabled:
        return "disabled"
    return "by the hospital's sign-in" if person.elsewhere else "active" if person.ready else "invited"


def _when(moment: float | None) -> str:
    return shown(moment) if moment else "never"
