"""Steps that a person wants to do in the bot's own window: asked for, lent, said done, or given back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once
from robot_library.interfaces import Sealer
from robot_library.model.by_hand import HandWork

State = Literal["asked", "lent", "done", "back", "unseen"]
"""asked: the next step that a person can do is theirs · lent: they are at it · done, back: they have said so, and the
bot has not looked yet · unseen: it cannot be, because nobody sees the bot's window."""
_h, _t = tables.handovers.c, tables.items.c


@dataclass(frozen=True)
class Handover:
    """`work`: what is to be done, once it is lent; `saw`: what the bot found in place of it when it was said to be
    done. `until`: when it is laid down as paused (seconds since 1970)."""

    item: str
    generation: int
    who: str
    state: State
    path: str = ""
    until: float | None = None
    work: HandWork | None = None
    saw: str = ""


class Handovers:
    """The table of them; one for an item at most."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store, self._sealer = store, sealer

    async def ask(self, item: str, generation: int, who: str) -> bool:
        """The next step that a person can do is theirs. False if one is asked for or lent already."""
        row = {"item": item, "generation": generation, "at": time.time(), "state": "asked", "path": "",
               "entry": self._sealer.seal(who, f"handover|{item}")}  # fmt: skip
        over = sa.or_(_h.generation != generation, _h.state == "unseen")

        def work(connection: sa.Connection) -> bool:
            connection.execute(sa.delete(tables.handovers).where(_h.item == item, over))
            new = connection.execute(insert_once(self._store.durable, tables.handovers, row)).rowcount == 1
            self._touch(connection, item)
            return new

        return await self._store.write(work)

    async def say(self, item: str, said: Literal["done", "back"]) -> bool:
        """A person is done, or wants none of it after all. False if nothing is lent to be done."""

        def work(connection: sa.Connection) -> bool:
            mine = sa.update(tables.handovers).where(_h.item == item, _h.state == "lent")
            heard = connection.execute(mine.values(state=said)).rowcount == 1
            if not heard and said == "back":
                gone = sa.delete(tables.handovers).where(_h.item == item, _h.state.in_(("asked", "unseen")))
                heard = connection.execute(gone).rowcount == 1
            self._touch(connection, item)
            return heard

        return await self._store.write(work)

    async def lend(self, item: str, path: str, work: HandWork, until: float, saw: str = "") -> None:
        """The window is the person's, for this step."""
        await self._set(item, state="lent", path=path, until=until, shown=self._shown(item, work, saw))

    async def unseen(self, item: str) -> None:
        """It cannot be lent: nobody sees it."""
        await self._set(item, state="unseen")

    async def over(self, item: str) -> None:
        """The bot goes on by itself."""

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(tables.handovers).where(_h.item == item))
            self._touch(connection, item)

        await self._store.write(work)

    async def get(self, item: str) -> Handover | None:
        """Of one item, in the life it has now."""
        return (await self.some([item])).get(item)

    async def state(self, item: str) -> str:
        """The cheapest question there is; empty for none."""
        query = sa.select(_h.state).where(_h.item == item)
        return await self._store.read(lambda connection: connection.execute(query).scalar() or "")

    async def some(self, items: Sequence[str]) -> dict[str, Handover]:
        """Of these items, in the life they have now."""
        query = (
            sa.select(tables.handovers)
            .join(tables.items, sa.and_(_h.item == _t.id, _h.generation == _t.generation))
            .where(_h.item.in_(list(items)), _t.outcome.is_(None))
        )
        rows = await self._store.read(lambda connection: connection.execute(query).mappings().all())
        return {row["item"]: self._handover(row) for row in rows}

    async def _set(self, item: str, **values: Any) -> None:
        def work(connection: sa.Connection) -> None:
            connection.execute(sa.update(tables.handovers).where(_h.item == item).values(**values))
            self._touch(connection, item)

        await self._store.write(work)

    def _shown(self, item: str, work: HandWork, saw: str) -> str:
        return self._sealer.seal({"work": work.model_dump(mode="json"), "saw": saw}, f"handwork|{item}")

    def _handover(self, row: Any) -> Handover:
        item = row["item"]
        shown = self._sealer.open(row["shown"], f"handwork|{item}") if row["shown"] else None
        return Handover(
            item, row["generation"], str(self._sealer.open(row["entry"], f"handover|{item}")),
            cast(State, row["state"]), row["path"], row["until"],
            HandWork.model_validate(shown["work"]) if shown else None, shown["saw"] if shown else "",
        )  # fmt: skip

    @staticmethod
    def _touch(connection: sa.Connection, item: str) -> None:
        connection.execute(sa.update(tables.items).where(_t.id == item).values(updated=time.time()))
