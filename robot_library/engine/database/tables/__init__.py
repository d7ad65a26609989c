"""The engine's own tables, beside DBOS's in one database. No column holds a patient's value in clear.

In clear: opaque ids, names of the site's own (bots, actions, screens, targets), states, outcomes, codes, times.
Keyed hashes: what items and claims are found by, journal keys. Sealed: everything else.
"""

from __future__ import annotations

from robot_library.engine.database.tables.fleet import (
    holders,
    meta,
    now,
    workers,
)
from robot_library.engine.database.tables.line import (
    bot_states,
    held,
    outages,
    paces,
    seats,
    sign_ins,
    streaks,
    switches,
)
from robot_library.engine.database.tables.metadata import metadata
from robot_library.engine.database.tables.people import (
    approvals,
    cancels,
    critical,
    decisions,
    handovers,
    incidents,
    notes,
    outbox,
    pauses,
    report_steps,
    reports,
    reviews,
    starts,
    versions,
)
from robot_library.engine.database.tables.records import (
    alerts,
    checks,
    claims,
    counters,
    drift,
    items,
    journal,
    messages,
    slots,
    spent,
    subjects,
    timeline,
    troubles,
)

__all__ = [
    "alerts",
    "approvals",
    "bot_states",
    "cancels",
    "checks",
    "claims",
    "counters",
    "critical",
    "decisions",
    "drift",
    "handovers",
    "held",
    "holders",
    "incidents",
    "items",
    "journal",
    "messages",
    "meta",
    "metadata",
    "notes",
    "now",
    "outages",
    "outbox",
    "paces",
    "pauses",
    "report_steps",
    "reports",
    "reviews",
    "seats",
    "sign_ins",
    "slots",
    "spent",
    "starts",
    "streaks",
    "subjects",
    "switches",
    "timeline",
    "troubles",
    "versions",
    "workers",
]
