"""The engine's own tables, beside DBOS's in one database. No column holds a patient's value in clear.

In clear: opaque ids, the bot's name, states, outcomes, codes, times. Keyed hashes: what items and claims are
found by, journal keys. Sealed: everything else.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text

metadata = MetaData()

meta = Table(
    "wetread_meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

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
    Column("outcome", String(32)),
    Column("code", String(64), nullable=False, default=""),
    Column("generation", Integer, nullable=False, default=0),
    Column("payload", Text, nullable=False),
    Column("reason", Text),
    Column("request", Text),
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
