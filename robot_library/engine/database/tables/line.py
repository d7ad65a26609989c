"""What may run now."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table, Text

from robot_library.engine.database.tables.metadata import metadata

paces = Table(
    "wetread_paces",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("unit", String(120), primary_key=True),
    Column("at", Float, nullable=False, index=True),
)
"""Items begun, counted against a system's pace (`system:NAME`) or a bot's day (`bot:NAME`)."""

seats = Table(
    "wetread_seats",
    metadata,
    Column("system", String(200), primary_key=True),
    Column("holder", String(200), primary_key=True),
    Column("until", Float, nullable=False),
)
"""Signed-in sessions of systems with few licences. A lease: it ends with the worker that holds it."""

outages = Table(
    "wetread_outages",
    metadata,
    Column("system", String(200), primary_key=True),
    Column("address", String(300), primary_key=True),
    Column("code", String(64), nullable=False),
    Column("since", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("by", String(120), nullable=False, default=""),
    Column("by_until", Float, nullable=False, default=0.0),
    Column("ended", Float),
)
"""Systems that do not answer, or lately did not, for all workers: since when, why, when they are asked next and how
often they were, who asks now and until when that counts, since when they answer again."""

held = Table(
    "wetread_held",
    metadata,
    Column("line", String(300), primary_key=True),
    Column("bot", String(120), nullable=False, index=True),
    Column("code", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("scope", String(200), nullable=False, default=""),
    Column("since", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("seen", Float, nullable=False),
)
"""Bots whose goes are held now (`line`: the bot and the credentials it works with), and why, in words that name systems
and times only."""

switches = Table(
    "wetread_switches",
    metadata,
    Column("scope", String(200), primary_key=True),
    Column("since", Float, nullable=False),
    Column("code", String(64), nullable=False, default=""),
    Column("entry", Text, nullable=False),
)
"""Lines that are stopped: `all`, `bot:NAME`, `system:NAME`, `credential:NAME`. `entry` says who and why, sealed."""

bot_states = Table(
    "wetread_bots",
    metadata,
    Column("bot", String(120), primary_key=True),
    Column("enabled", Integer, nullable=False, default=1),
    Column("since", Float),
    Column("stage", String(16)),
    Column("at", Float, nullable=False),
)
"""What people have decided about a bot; its own file says the rest."""

sign_ins = Table(
    "wetread_sign_ins",
    metadata,
    Column("credential", String(120), primary_key=True),
    Column("unknown", Integer, nullable=False, default=0),
    Column("by", String(120), nullable=False, default=""),
    Column("until", Float, nullable=False, default=0.0),
    Column("waits", Integer, nullable=False, default=0),
    Column("code_step", Integer, nullable=False, default=0),
    Column("expires", Float),
    Column("told", Float),
)
"""What is known of signing in with each credential: tries in a row whose end nobody knows, who tries now and until
when that counts, the last time step whose one-time code was used, when the password expires."""

streaks = Table(
    "wetread_streaks",
    metadata,
    Column("bot", String(120), primary_key=True),
    Column("mark", String(300), nullable=False),
    Column("count", Integer, nullable=False),
    Column("first", String(64), nullable=False),
    Column("last", String(64), nullable=False),
)
"""Items in a row that ended the same way."""
