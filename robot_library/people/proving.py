"""Whoever decides something that is theirs alone to decide proves at that moment who they are."""

from __future__ import annotations

from collections.abc import Callable, Collection

from robot_library.engine.database.trail import NoTrail, Trail, told_if_can_be
from robot_library.errors import ApprovalRefused
from robot_library.model.audit import Happened
from robot_library.people.book import Book, Person, Rests


def proven(
    book: Book, name: str, password: str, code: Callable[[], str], roles: Collection[str], trail: Trail | None = None
) -> str:
    """Their name as the book has it. `code` is asked for the code of an authenticator, if they have one; whoever is
    refused is told to `trail`. ApprovalRefused for who does not prove it, or has none of `roles`."""
    try:
        found = book.proves(name, password)
        if found is not None and found.second_factor:
            found = found if book.proves_code(name, code()) else None
    except Rests as rests:
        _refused(book, name, trail, "rests")
        raise ApprovalRefused(f"too many tries: wait {rests.seconds:.0f} seconds.") from None
    if found is None:
        known = _refused(book, name, trail)
        if known is not None and known.elsewhere:
            raise ApprovalRefused(
                f"{known.name} comes in by the hospital's own sign-in, and has no password here.",
                cure="Do it on a page, which asks that sign-in again: bots go live on the dashboard (`wetread serve`), "
                "evidence is opened in the clerk's app (`wetread attend`).",
            )
        raise ApprovalRefused(
            "this is nobody who may decide here, or not their password.", cure="See: wetread people list."
        )
    book.came_in(found.name)
    may(found.name, found.roles, roles, trail or NoTrail(), "approval")
    return found.name


def _refused(book: Book, name: str, trail: Trail | None, code: str = "") -> Person | None:
    """Told, as of whom. Not what was typed as a name: people type their passwords there. Only one that is known is."""
    known = book.find(name)
    told = Happened(
        "sign_in", "person", person=known.name if known else "", outcome="failed", system="approval", code=code
    )  # fmt: skip
    told_if_can_be(trail or NoTrail(), told)
    return known


def may(name: str, has: Collection[str], roles: Collection[str], trail: Trail, system: str) -> None:
    """ApprovalRefused for somebody who has none of these roles; told to `trail` as a sign-in at `system`."""
    if not set(has) & set(roles):
        told = Happened("sign_in", "person", person=name, outcome="failed", system=system, code="no_right")
        told_if_can_be(trail, told)
        raise ApprovalRefused(f"{name} is {', '.join(has)}; this needs one of {', '.join(roles)}.")
