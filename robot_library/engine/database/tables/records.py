"""Work items and what they leave behind."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from robot_library.engine.database.tables.metadata import metadata

items = Table(
    "wetread_items",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("bot", String(120), nullable=False, index=True),
    Column("key_mac", String(64), nullable=False, unique=True),
    Column("state", String(32), nullable=False, index=True),
    Column("priority", Integer, nullable=False),
    Column("workflow", String(64), nullable=False),
    Column("created", Float, nullable=False, index=True),
    Column("updated", Float, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("due", Float),
    Column("until", Float),
    Column("outcome", String(32)),
    Column("code", String(64), nullable=False, default=""),
    Column("generation", Integer, nullable=False, default=0),
    Column("version", String(64), nullable=False, default=""),
    Column("payload", Text, nullable=False),
    Column("reason", Text),
    Column("request", Text),
    # What lists ask for is answered from these alone; the rows are wide with what is sealed.
    Index("ix_wetread_items_tally", "bot", "state", "outcome", "code", "created", "updated"),
    Index("ix_wetread_items_state_created", "state", "created"),
    Index("ix_wetread_items_ended", "ended", "outcome", "bot"),
    Index("ix_wetread_items_due", "due", "state"),
    Index("ix_wetread_items_until", "state", "until"),
    Index("ix_wetread_items_updated", "updated", "id"),
)

journal = Table(
    "wetread_journal",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("key_mac", String(64), primary_key=True),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
)

claims = Table(
    "wetread_claims",
    metadata,
    Column("name_mac", String(64), primary_key=True),
    Column("item", String(64), nullable=False),
)

timeline = Table(
    "wetread_timeline",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("item", String(64), nullable=False, index=True),
    Column("entry", Text, nullable=False),
)

subjects = Table(
    "wetread_subjects",
    metadata,
    Column("patient", String(64), primary_key=True),
    Column("item", String(64), primary_key=True, index=True),
)
"""Which items were about one patient: by the keyed hash of the number, as in the audit trail."""

spent = Table(
    "wetread_spent",
    metadata,
    Column("bot", String(120), primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("action", String(64), primary_key=True),
    Column("effect", String(16), nullable=False),
    Column("count", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("longest", Float, nullable=False),
)
"""Time by kind of step, added up hour by hour (hours since 1970)."""

troubles = Table(
    "wetread_troubles",
    metadata,
    Column("go", String(96), primary_key=True),
    Column("item", String(64), nullable=False, index=True),
    Column("bot", String(120), nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("code", String(64), nullable=False),
    Column("path", String(120), nullable=False),
    Column("action", String(64), nullable=False),
    Column("screen", String(120), nullable=False, index=True),
)
"""Goes that failed, and where."""

drift = Table(
    "wetread_drift",
    metadata,
    Column("bot", String(120), primary_key=True),
    Column("target", String(120), primary_key=True),
    Column("line", String(300), nullable=False),
    Column("count", Integer, nullable=False),
    Column("first", Float, nullable=False),
    Column("last", Float, nullable=False),
)
"""Targets that were found by a fall-back."""

slots = Table(
    "wetread_slots",
    metadata,
    Column("slot", String(200), primary_key=True),
    Column("bot", String(120), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("state", String(16), nullable=False, default="fired"),
    Column("found", Integer, nullable=False, default=0),
    Column("code", String(64), nullable=False, default=""),
)
"""Each collecting of a bot's items, by the slot it was fired for: a slot fires once, whoever fires it. `state`: fired,
done or failed (`code` says why); `found` counts new items."""

checks = Table(
    "wetread_checks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("scope", String(160), nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("bad", Integer, nullable=False),
    Column("counts", Text, nullable=False),
    Column("found", Text, nullable=False),
)
"""What canaries, backups and retention have found: counts in clear (JSON), what names an order sealed."""

alerts = Table(
    "wetread_alerts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("live", String(64), nullable=False, unique=True),
    Column("cause", String(32), nullable=False, index=True),
    Column("scope", String(160), nullable=False),
    Column("code", String(64), nullable=False),
    Column("item", String(64), nullable=False),
    Column("count", Integer, nullable=False),
    Column("raised", Float, nullable=False, index=True),
    Column("seen", Float, nullable=False),
    Column("told", Integer, nullable=False),
    Column("next", Float),
    Column("acknowledged", Float),
    Column("acknowledged_count", Integer),
    Column("cleared", Float, index=True),
    Column("text", Text, nullable=False),
    Column("who", Text),
)
"""What people are told. `live` is the cause's keyed hash while it lasts, so that a cause is raised once; then
the id. `told` counts those told so far, one after the other; `next` is when the next is, if nobody acknowledges."""

messages = Table(
    "wetread_messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("alert", String(32), nullable=False, index=True),
    Column("person", String(120), nullable=False),
    Column("moment", String(16), nullable=False),
    Column("made", Float, nullable=False),
    Column("due", Float, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("ways", String(64), nullable=False),
    Column("sent", Float),
    Column("code", String(64), nullable=False),
)
"""Messages to people, written down together with the alert: a restart loses none. `code` says why the last try
failed, `ways` by which ways it has gone out already."""

counters = Table(
    "wetread_counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Integer, nullable=False),
)
