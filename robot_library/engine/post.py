"""Word to DBOS from outside a worker: a case is queued, a slot is queued. Runs nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from dbos import DBOSClient, EnqueueOptions
from sqlalchemy.exc import SQLAlchemyError

from robot_library.engine.durable import CASE, SLOT, SealedSerializer, bot_queue, forbid_pickle, quiet_logger
from robot_library.engine.paths import case_id
from robot_library.engine.store import Store
from robot_library.errors import SetupError
from robot_library.interfaces import Sealer


class Post:
    """Queues cases and slots in the caller's own transaction, so that an item without a case cannot be."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store = store
        forbid_pickle()
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

    def queue_case(self, connection: sa.Connection, bot: str, item: str, generation: int) -> None:
        """Queue an item's life, once for each generation."""
        self._client.enqueue_in_transaction(connection, _case(bot, item, generation), item, generation)

    def queue_cases(self, connection: sa.Connection, bot: str, lives: Sequence[tuple[str, int]]) -> None:
        """Queue many new lives of one bot: the first as DBOS does it, the others like it in one statement."""
        for item, generation in lives[:1]:
            self.queue_case(connection, bot, item, generation)
        if len(lives) < 2:
            return
        table = self._client._sys_db.tables.workflow_status
        own = table.c.workflow_uuid == case_id(*lives[0])
        like = dict(connection.execute(sa.select(table).where(own)).mappings().one())
        rows = []
        for item, generation in lives[1:]:
            ident, status = self._client._build_enqueue_status(_case(bot, item, generation), item, generation)
            rows.append({**like, "workflow_uuid": ident, "inputs": status["inputs"]})
        connection.execute(sa.insert(table), rows)

    def queue_slot(self, connection: sa.Connection, bot: str, slot: str) -> None:
        """Queue one collecting of a bot's items."""
        options: EnqueueOptions = {
            "workflow_name": SLOT, "queue_name": bot_queue(bot), "workflow_id": f"slot.{slot}",
        }  # fmt: skip
        self._client.enqueue_in_transaction(connection, options, bot, slot)


def _case(bot: str, item: str, generation: int) -> EnqueueOptions:
    return {"workflow_name": CASE, "queue_name": bot_queue(bot), "workflow_id": case_id(item, generation)}
