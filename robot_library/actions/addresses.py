"""Addresses of screens and their parts as authors write them: role.screen and role.screen.target."""

from __future__ import annotations

from robot_library.abilities import Outlines
from robot_library.errors import ScreenNotReached
from robot_library.interfaces import Context, ScreenSession, View


def split_screen(address: str) -> tuple[str, str]:
    """'ehr.order' → ('ehr', 'order')."""
    role, _, screen = address.partition(".")
    return role, screen


def split_target(address: str) -> tuple[str, str, str]:
    """'ehr.order.save' → ('ehr', 'order', 'save')."""
    role, screen, target = address.split(".", 2)
    return role, screen, target


async def keep_sight(ctx: Context, title: str, view: View) -> None:
    """Keep what a view shows: a covered picture, and its parts where the driver can tell them."""
    await ctx.evidence("screenshot", title, await view.picture())
    if isinstance(view, Outlines) and (text := await view.outline()):
        await ctx.evidence("outline", f"{title}: its parts", text.encode())


async def current_view(ctx: Context, address: str) -> tuple[ScreenSession, View]:
    """The session and its current view, which must be the screen of this address."""
    role, screen = split_screen(address)
    session = await ctx.session(role)
    if session.view is None or session.view.screen != screen:
        there = session.view.screen if session.view else "no screen"
        raise ScreenNotReached(
            f"this step works on {address}, but the {role} session shows {there}.",
            cure=f"Put `- open: {address}` before it.",
        )
    return session, session.view
