"""What one item has done, by key. The first value of a key wins for ever (docs/decisions/0003-journal.md)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store, insert_once, once
from robot_library.engine.fleet.fence import Hold, stands
from robot_library.errors import RunCancelled
from robot_library.interfaces import Sealer


class ItemJournal:
    """Implements interfaces.Journal for one item. Keys are kept as keyed hashes, with the text sealed beside.

    With a `generation`, this is the journal of one life of the item: an item that a person has sent back
    begins a new one, and what it did before is there to be asked, but does not answer for it. With a `hold`, nothing
    is recorded once another go holds the item (RunCancelled).
    """

    def __init__(
        self, store: Store, sealer: Sealer, item: str, generation: int | None = None, *, hold: Hold | None = None
    ) -> None:
        self._store, self._sealer, self.item, self._hold = store, sealer, item, hold
        self._generation = generation
        self._own = "" if generation is None else f"{generation}:"

    def mac(self, key: str) -> str:
        """The keyed hash that a key is found by."""
        return self._sealer.mac(f"journal|{self.item}|{self._own}{key}")

    def _context(self, key: str) -> str:
        return f"journal|{self.item}|{self._own}{key}"

    async def get(self, key: str) -> Any | None:
        """The recorded value, or None."""
        query = sa.select(tables.journal.c.value).where(
            tables.journal.c.item == self.item, tables.journal.c.key_mac == self.mac(key)
        )
        sealed = await self._store.read(lambda connection: connection.execute(query).scalar_one_or_none())
        return None if sealed is None else self._sealer.open(sealed, self._context(key))

    async def put_once(self, key: str, value: Any) -> Any:
        """Record unless recorded; returns what is recorded. On disk when it returns."""
        return (await self.put_all({key: value}))[key]

    async def put_all(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """put_once for several keys in one transaction."""
        rows = {key: self.row(key, value) for key, value in values.items()}

        def work(connection: sa.Connection) -> dict[str, str]:
            insert = once(self._store.durable, tables.journal)
            made = sum(connection.execute(insert, row).rowcount for row in rows.values())
            self._still_held(connection)
            if made == len(rows):
                return {row["key_mac"]: row["value"] for row in rows.values()}
            query = sa.select(tables.journal.c.key_mac, tables.journal.c.value).where(
                tables.journal.c.item == self.item,
                tables.journal.c.key_mac.in_([row["key_mac"] for row in rows.values()]),
            )
            return {str(row[0]): str(row[1]) for row in connection.execute(query).all()}

        kept = await self._store.write(work)
        return {key: self._sealer.open(kept[row["key_mac"]], self._context(key)) for key, row in rows.items()}

    def _still_held(self, connection: sa.Connection) -> None:
        if self._hold is not None and not stands(connection, self._hold):
            raise RunCancelled("this item has passed to another worker.")

    def row(self, key: str, value: Any) -> dict[str, str]:
        """A row of tables.journal, for whoever records it together with something else."""
        return {
            "item": self.item,
            "key_mac": self.mac(key),
            "key": self._sealer.seal(f"{self._own}{key}", f"journal-key|{self.item}"),
            "value": self._sealer.seal(value, self._context(key)),
        }

    async def everything(self) -> dict[str, Any]:
        """All that is recorded for this life of the item, by key."""
        return await self._opened(self._own)

    async def earlier(self, mark: str) -> list[Any]:
        """Values of all keys that end with `mark` in the item's earlier lives."""
        lives = range(self._generation or 0)
        found = [await self._opened(f"{life}:") for life in lives]
        return [value for life in found for key, value in life.items() if key.endswith(mark)]

    async def _opened(self, own: str) -> dict[str, Any]:
        query = sa.select(tables.journal.c.key, tables.journal.c.value).where(tables.journal.c.item == self.item)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        opened = [(str(self._sealer.open(row[0], f"journal-key|{self.item}")), str(row[1])) for row in rows]
        return {
            key.removeprefix(own): self._sealer.open(value, f"journal|{self.item}|{key}")
            for key, value in sorted(opened)
            if key.startswith(own)
        }

    async def keys(self, prefix: str) -> list[str]:
        """Every recorded key that begins with `prefix`, sorted."""
        query = sa.select(tables.journal.c.key).where(tables.journal.c.item == self.item)
        sealed = await self._store.read(lambda connection: connection.execute(query).scalars().all())
        opened = (self._sealer.open(key, f"journal-key|{self.item}") for key in sealed)
        own = (key.removeprefix(self._own) for key in opened if key.startswith(self._own))
        return sorted(key for key in own if key.startswith(prefix))

    async def about(self, patients: Collection[str]) -> None:
        """Whose records this item is about, by the keyed hashes of their numbers."""
        rows = [{"patient": patient, "item": self.item} for patient in sorted(patients)]
        insert = once(self._store.durable, tables.subjects)
        await self._store.write(lambda connection: [connection.execute(insert, row) for row in rows], swift=True)

    async def could_claim(self, name: str) -> bool:
        """Whether no other item holds this name. Takes nothing."""
        query = sa.select(tables.claims.c.item).where(tables.claims.c.name_mac == self._sealer.mac(f"claim|{name}"))
        holder = await self._store.read(lambda connection: connection.execute(query).scalar_one_or_none())
        return holder in (None, self.item)

    async def claim(self, name: str) -> bool:
        """Take a site-wide name for this item; False if another item holds it. Held for ever."""
        mac = self._sealer.mac(f"claim|{name}")

        def work(connection: sa.Connection) -> str:
            row = {"name_mac": mac, "item": self.item}
            connection.execute(insert_once(self._store.durable, tables.claims, row))
            self._still_held(connection)
            query = sa.select(tables.claims.c.item).where(tables.claims.c.name_mac == mac)
            return str(connection.execute(query).scalar_one())

        return await self._store.write(work) == self.item


async def recorded(store: Store, sealer: Sealer, item: str) -> list[Any]:
    """Every value an item has recorded in its last life, for whoever makes something of what it left behind."""
    query = sa.select(tables.journal.c.key, tables.journal.c.value).where(tables.journal.c.item == item)
    rows = await store.read(lambda connection: list(connection.execute(query)))
    by_life: dict[str, dict[str, Any]] = {}
    for key, value in rows:
        name = str(sealer.open(key, f"journal-key|{item}"))
        life, colon, _ = name.partition(":")
        own = life if colon and life.isdigit() else ""
        by_life.setdefault(own, {})[name] = sealer.open(value, f"journal|{item}|{name}")
    if not by_life:
        return []
    last = by_life[max(by_life, key=lambda life: int(life or -1))]
    return [last[name] for name in sorted(last, key=_in_order)]


def _in_order(name: str) -> list[tuple[int, str]]:
    """Step paths by number: 4.steps.10 after 4.steps.9."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"[.:\[\]#]", name)]
