"""The engine's own tables, beside DBOS's in one database. No column holds a patient's value in clear.

In clear: opaque ids, names of the site's own (bots, actions, screens, targets), states, outcomes, codes, times.
Keyed hashes: what items and claims are found by, journal keys. Sealed: everything else.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

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

holders = Table(
    "wetread_holders",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("token", String(32), nullable=False),
    Column("go", String(96), nullable=False),
    Column("starts", Integer, nullable=False),
)
"""Which go holds an item: the last one that began. What an earlier one still wants to record is refused."""

claims = Table(
    "wetread_claims",
    metadata,
    Column("name_mac", String(64), primary_key=True),
    Column("item", String(64), nullable=False),
)

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

timeline = Table(
    "wetread_timeline",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("item", String(64), nullable=False, index=True),
    Column("entry", Text, nullable=False),
)

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

subjects = Table(
    "wetread_subjects",
    metadata,
    Column("patient", String(64), primary_key=True),
    Column("item", String(64), primary_key=True, index=True),
)
"""Which items were about one patient: by the keyed hash of the number, as in the audit trail."""

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

counters = Table(
    "wetread_counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Integer, nullable=False),
)

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
