"""How a step got on with the screen, for the timeline: what it found by which locator, what the application asked its
server, what was seen before it typed and where it failed. Nothing here changes what becomes of the step."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from robot_library.abilities import Outlines, Sight, Traces
from robot_library.engine.records.mask import HIDDEN
from robot_library.errors import ItemError
from robot_library.interfaces import ScreenSession, View
from robot_library.model.record import Record

if TYPE_CHECKING:
    from robot_library.engine.run.context import StepContext

log = logging.getLogger("wetread.engine")
_AT_MOST_S = 5.0
"""So long may it take to look at what is there when a step has failed."""


def note_traces(ctx: StepContext) -> None:
    """What the open sessions remember since the last step."""
    for session in ctx.run.sessions.opened():
        if isinstance(session, Traces):
            looked, called = session.traced()
            ctx.notes.looked += looked
            ctx.notes.called += called


def shape(name: str | None, value: Any) -> tuple[tuple[str, str], ...]:
    """What a step gave, without what it says: a field that came empty, or far too long, is seen all the same."""
    match value:
        case None:
            return ()
        case Record():
            said = tuple((field, _length(text)) for field, text in value.fields.items())
            return (*said, ("identity", "read")) if value.identity is not None else said
        case str():
            return ((name or "text", _length(value)),)
        case list():
            return ((name or "list", f"{len(value)} in number"),)
    return ()


def _length(text: str) -> str:
    return f"{HIDDEN} {len(text)} characters" if text.strip() else "empty"


async def keep_view(ctx: StepContext, title: str, view: View) -> None:
    """A picture of a view, and its parts; none where the page does not hold still."""
    with suppress(ItemError):
        outline = await view.outline() if isinstance(view, Outlines) else ""
        await _keep(ctx, title, Sight(await view.picture(), outline))


async def keep_failure(ctx: StepContext, failure: BaseException) -> None:
    """What the window showed when this step failed, unless a step inside it has shown it already. A window that cannot
    be looked at any more is left alone."""
    if not isinstance(failure, ItemError) or ctx.run.is_known(failure):
        return
    session = _session(ctx)
    if not isinstance(session, Traces):
        return
    sight = Sight()
    with suppress(Exception):
        sight = await asyncio.wait_for(session.sight(), _AT_MOST_S)
    try:
        await _keep(ctx, "when it failed", sight)
    except OSError as trouble:
        log.warning("what was seen when a step failed could not be kept (%s)", type(trouble).__name__)


async def _keep(ctx: StepContext, title: str, sight: Sight) -> None:
    if sight.picture:
        await ctx.evidence("screenshot", title, sight.picture)
    if sight.outline:
        await ctx.evidence("outline", f"{title}: its parts", sight.outline.encode())


def _session(ctx: StepContext) -> ScreenSession | None:
    """The session that a step works with: by its parameters, by what it writes to, or the only one that is open."""
    opened = {session.role: session for session in ctx.run.sessions.opened()}
    for name in ("screen", "target", "table", "role", "app"):
        role = str(getattr(ctx.bound, name, "")).partition(".")[0]
        if role in opened:
            return opened[role]
    protection = ctx.frame.protection
    if protection is not None:
        return opened.get(protection.role)
    return next(iter(opened.values())) if len(opened) == 1 else None
