"""Which key and shape the database has, who works on it, who holds what."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table, Text

from robot_library.engine.database.tables.metadata import metadata

meta = Table(
    "wetread_meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

holders = Table(
    "wetread_holders",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("token", String(32), nullable=False),
    Column("go", String(96), nullable=False),
    Column("starts", Integer, nullable=False),
)
"""Which go holds an item: the last one that began. What an earlier one still wants to record is refused."""

workers = Table(
    "wetread_workers",
    metadata,
    Column("executor", String(120), primary_key=True),
    Column("host", String(120), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("ended", Float),
)
"""Worker processes and their signs of life."""

now = Table(
    "wetread_now",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("worker", String(120), nullable=False),
    Column("path", String(120), nullable=False),
    Column("action", String(64), nullable=False),
    Column("screen", String(120), nullable=False),
    Column("since", Float, nullable=False),
)
"""The step at hand of each item at work."""
