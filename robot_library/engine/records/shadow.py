"""Shadow: everything on live orders except what would change something.

Guards run, the texts are made, and what would have been typed and pressed is written down, sealed, in the item's
journal. Nothing reaches a real field or button: the gate hands nothing on, a commit ends before its claim, and names
that others have claimed are looked at, not taken. What follows a save that was not made is passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.records.paths import SHADOW
from robot_library.errors import ApplicationException, NeedsPerson

if TYPE_CHECKING:
    from robot_library.engine.run.commit import Final
    from robot_library.engine.run.context import StepContext
    from robot_library.engine.run.dispatch import Memory

PINNED = "shadow"
"""Journal key of an item that a shadow has begun: it stays a shadow's to its end."""
RELEASED = "released:"
_t = tables.items.c


class PassedOver(BaseException):
    """What a shadow does not do. Not an Exception, so that no step can swallow it."""


class Unclaiming:
    """An item's journal that claims nothing: a name is as good as taken if no other item holds it."""

    def __init__(self, real: Memory) -> None:
        self._real = real

    async def claim(self, name: str) -> bool:
        """Whether it could be taken. It is not."""
        return await self._real.could_claim(name)

    async def about(self, patients: Collection[str]) -> None:
        await self._real.about(patients)

    async def could_claim(self, name: str) -> bool:
        return await self._real.could_claim(name)

    async def get(self, key: str) -> Any | None:
        return await self._real.get(key)

    async def put_once(self, key: str, value: Any) -> Any:
        return await self._real.put_once(key, value)

    async def put_all(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return await self._real.put_all(values)

    async def keys(self, prefix: str) -> list[str]:
        return await self._real.keys(prefix)

    async def everything(self) -> dict[str, Any]:
        return await self._real.everything()

    async def earlier(self, mark: str) -> list[Any]:
        return await self._real.earlier(mark)


async def write_down(ctx: StepContext, what: dict[str, Any], said: str) -> None:
    """Keep what a step would have done, and nothing of what it said about having done it."""
    await ctx.run.keep(f"{ctx.path}{SHADOW}", what)
    ctx.notes.outcome = "skipped"
    ctx.detail(f"shadow: {said}")


async def foresee(ctx: StepContext, final: Final) -> None:
    """Everything before a press, and not the press: claim looked at, proof looked for, guard. Then PassedOver."""
    run = ctx.run
    if not all([await run.journal.could_claim(claim) for claim in final.claims(ctx)]):
        raise NeedsPerson("another item has taken the right to do this once.")
    match await final.prove(final.proof):
        case "found":
            raise NeedsPerson("what this press would prove is there already.", cure="A person looks who wrote it.")
        case "unknown":
            raise ApplicationException("the record could not be opened anew to look for the proof.")
    protection, session = await ctx.protected()
    for line in await run.assembly.guard.before_write("commit", protection, session.real):
        ctx.verified(line)
    await write_down(ctx, {"press": str(getattr(ctx.bound, "target", "")), "proof": final.proof}, "would press now")
    run.shadowed = True
    raise PassedOver


def release(connection: sa.Connection, bot: str) -> None:
    """A bot is a shadow no more: what its shadow has seen makes way for the real item of the same key."""
    shadows = sa.update(tables.items).where(_t.bot == bot, _t.outcome == "shadow", _t.key_mac.not_like(f"{RELEASED}%"))
    connection.execute(shadows.values(key_mac=sa.literal(RELEASED).concat(_t.id)))
