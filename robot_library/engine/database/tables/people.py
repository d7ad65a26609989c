"""What people ask, decide and say; reports on their way."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table, Text, UniqueConstraint

from robot_library.engine.database.tables.metadata import metadata

decisions = Table(
    "wetread_decisions",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("about", String(200), nullable=False, index=True),
    Column("what", String(32), nullable=False),
    Column("entry", Text, nullable=False),
)
"""Every stop, going on, enabling and change of stage, for ever. `entry` says who and why, sealed."""

approvals = Table(
    "wetread_approvals",
    metadata,
    Column("bot", String(120), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("entry", Text, nullable=False),
)
"""Permission to go live: what people asked for and decided, bot by bot, counted from 1. `entry` is all of it, sealed
for its number and for the row before it."""

versions = Table(
    "wetread_versions",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("bot", String(120), primary_key=True),
    Column("at", Float, nullable=False),
    Column("parts", Text, nullable=False),
)
"""What the versions were made of that items have begun with, for ever: names and SHA-256 of files, versions of skills
(JSON). Nothing of patients."""

notes = Table(
    "wetread_notes",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("item", String(64), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("entry", Text, nullable=False),
)
"""What people have written about an item, sealed with their name."""

incidents = Table(
    "wetread_incidents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("item", String(64), nullable=False, index=True),
    Column("bot", String(120), nullable=False),
    Column("version", String(64), nullable=False, default=""),
    Column("at", Float, nullable=False),
    Column("closed", Float, index=True),
    Column("entry", Text, nullable=False),
    Column("closing", Text),
)
"""What people said was wrong, for ever. Sealed: who and why (`entry`), who closed it and why (`closing`)."""

cancels = Table(
    "wetread_cancels",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("entry", Text, nullable=False),
)
"""Items that a person wants stopped at the next step boundary; `entry` says who, sealed."""

reviews = Table(
    "wetread_reviews",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("asked", String(64), nullable=False),
    Column("token", String(32), nullable=False, default=""),
    Column("until", Float, nullable=False, default=0.0),
    Column("later", Float, nullable=False, default=0.0),
    Column("step", Integer, nullable=False, default=0),
    Column("at", Float, nullable=False),
    Column("holder", Text),
    Column("entry", Text),
)
"""Questions that a person is at, has put off, was sent, or has begun to answer. `asked` names the question (an item may
ask twice), `token` the hold of whoever is at it, `until` when that ends. Sealed: who (`holder`), and what was typed,
who it was sent to (`entry`); `step` counts its changes."""

starts = Table(
    "wetread_starts",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("at", Float, nullable=False),
    Column("who_mac", String(64), nullable=False, index=True),
    Column("entry", Text, nullable=False),
)
"""Items that a person started by hand; `entry` says who, sealed."""

pauses = Table(
    "wetread_pauses",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("until", Float),
    Column("number", Integer),
    Column("failures", Integer, nullable=False, default=0),
    Column("entry", Text, nullable=False),
)
"""Items that a person has paused. `number`: of the go that was not begun, once the bot has laid it down."""

handovers = Table(
    "wetread_handovers",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("until", Float),
    Column("state", String(8), nullable=False),
    Column("path", String(200), nullable=False, default=""),
    Column("entry", Text, nullable=False),
    Column("shown", Text),
)
"""Steps that a person wants to do in the bot's window. `path`: of the step, once the window is lent; `entry` says who,
`shown` what is to be done and what was seen, both sealed."""

reports = Table(
    "wetread_reports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("report", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("item", String(64), nullable=False, index=True),
    Column("bot", String(120), nullable=False),
    Column("relation", String(16), nullable=False),
    Column("replaces", String(32), nullable=False, default=""),
    Column("made", Float, nullable=False, index=True),
    UniqueConstraint("report", "number", name="uq_wetread_reports_number"),
)
"""Versions of reports. A row never changes; what happens to a version stands in the table of steps."""

report_steps = Table(
    "wetread_report_steps",
    metadata,
    Column("version", String(32), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("status", String(16), nullable=False, index=True),
    Column("at", Float, nullable=False, index=True),
    Column("entry", Text, nullable=False),
)
"""What happened to each version, step by step: rows are only ever added, the last one is how it stands. `entry` is the
whole version, sealed for this step and this status: a row that was moved or changed does not open."""

critical = Table(
    "wetread_critical",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("item", String(64), nullable=False, index=True),
    Column("bot", String(120), nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("entry", Text, nullable=False),
)
"""Critical results: found, told, acknowledged, each a row of its own."""

outbox = Table(
    "wetread_outbox",
    metadata,
    Column("version", String(32), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("target", String(120), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("report", String(32), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("kind", String(32), nullable=False, default=""),
    Column("made", Float, nullable=False),
    Column("due", Float, nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
    Column("state", String(16), nullable=False, default="waiting", index=True),
    Column("code", String(64), nullable=False, default=""),
    Column("sent", Float),
    Column("entry", Text),
)
"""What is to be brought to whom, once for each (version, step, target). Target `*`: not addressed yet.
`state`: waiting, sent, stopped (a person must look); `entry` says what the receiver answered, sealed."""
