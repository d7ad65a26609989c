"""Word to DBOS from outside a worker: a case is queued, a slot is queued. Runs nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from dbos import DBOSClient, EnqueueOptions
from sqlalchemy.exc import SQLAlchemyError

from robot_library.engine.database.store import Store
from robot_library.engine.durable import CASE, SLOT, SealedSerializer, bot_queue, only_sealed, quiet_logger
from robot_library.engine.records.items import Life
from robot_library.engine.records.paths import case_id
from robot_library.errors import SetupError
from robot_library.interfaces import Sealer


class Post:
    """Queues cases and slots in the caller's own transaction, so that an item without a case cannot be."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store = store
        only_sealed()
        quiet_logger()
        self._client = DBOSClient(
            system_database_engine=store.durable, serializer=SealedSerializer(sealer), lazy=True,
            retry_connection_errors=False,
        )  # fmt: skip

    def open(self) -> None:
        """Make DBOS's tables, where no worker has made them yet."""
        try:
            self._client._sys_db.run_migrations()
        except SQLAlchemyError as failure:
            raise SetupError(
                f"the engine's database cannot be prepared ({type(failure).__name__}).",
                cure="Look whether this user may create tables in it.",
            ) from None

    def close(self) -> None:
        """Give back what the client holds; the database's connections are the store's."""
        self._client.destroy()

    def queue_case(
        self, connection: sa.Connection, bot: str, life: Life, number: int = 0, failures: int = 0, delay: float = 0.0
    ) -> None:
        """Queue the turn of an item's life that sees to the go of this number, once; after so many seconds."""
        options = _case(bot, life, number)
        if delay > 0:
            options["delay_seconds"] = delay
        self._client.enqueue_in_transaction(connection, options, life.item, life.generation, number, failures)

    def queue_cases(self, connection: sa.Connection, bot: str, lives: Sequence[Life]) -> None:
        """Queue many new lives of one bot: the first as DBOS does it, the others like it, all at once."""
        for first in lives[:1]:
            self.queue_case(connection, bot, first)
        if len(lives) < 2:
            return
        tables, first = self._client._sys_db.tables, lives[0]
        statuses = [(_ident(life), {"priority": life.rank}) for life in lives[1:]]
        inputs = [(_ident(life), {"inputs": self._inputs(bot, life)}) for life in lives[1:]]
        for table, rows in ((tables.workflow_status, statuses), (tables.workflow_input, inputs)):
            own = table.c.workflow_uuid == _ident(first)
            like = dict(connection.execute(sa.select(table).where(own)).mappings().one())
            made = [{**like, "workflow_uuid": ident, **values} for ident, values in rows]
            connection.execute(sa.insert(table), made)

    def _inputs(self, bot: str, life: Life) -> str | None:
        return self._client._build_enqueue_status(_case(bot, life), life.item, life.generation, 0, 0)[1]["inputs"]

    def queue_slot(self, connection: sa.Connection, bot: str, slot: str) -> None:
        """Queue one collecting of a bot's items."""
        options: EnqueueOptions = {
            "workflow_name": SLOT, "queue_name": bot_queue(bot), "workflow_id": f"slot.{slot}",
        }  # fmt: skip
        self._client.enqueue_in_transaction(connection, options, bot, slot)


def _ident(life: Life, number: int = 0) -> str:
    return case_id(life.item, life.generation, number)


def _case(bot: str, life: Life, number: int = 0) -> EnqueueOptions:
    return {
        "workflow_name": CASE, "queue_name": bot_queue(bot), "workflow_id": _ident(life, number), "priority": life.rank,
    }  # fmt: skip
