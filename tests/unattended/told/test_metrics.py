"""`/metrics`: what Prometheus reads, and no patient in it."""

from __future__ import annotations

import time
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from robot_library.engine.database.store import Store
from robot_library.engine.line.downtime import Outage
from robot_library.engine.records.alerts import Alerts, Found
from robot_library.engine.records.board import Board
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.items import Items, Request
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.alerts.ground import Stopped, WorkerSeen
from robot_library.unattended.metrics import Sources, label, metrics

SECRETS = ("Musterfrau", "00123456", "ORD-9917")


async def test_counts_by_bot_and_outcome(alerts: Alerts, store: Store, sealer: SealedJson, tmp_path: Path) -> None:
    items, now = Items(store, sealer), time.time()
    names = [{"order": f"ORD-9917-{n}", "name": "Musterfrau"} for n in range(4)]
    rows = [items.row("chest", "w", name, f"00123456-{name['order']}", priority=10, due=None) for name in names]
    await store.write(lambda connection: [items.insert(connection, row) for row in rows])
    ids = [row["id"] for row in rows]
    await items.close(ids[0], "done", "typed", "", "")
    await items.close(ids[1], "application_exception", "needs_person", "DriverLost", "Musterfrau")
    await items.wait(ids[2], Request("9", "dr", "Musterfrau", "Uncertain", now + 60, "t"), 0, "")
    filled = time.time()
    await alerts.keep([Found("late", "chest", "chest: 1 item late", tell=("x",))], {"late"})
    checks = Checks(store, sealer)
    await checks.add("canary", "chest", {"screens": 3}, 1, {"ORD-9917": "lost"})
    sources = Sources(
        Board(store, sealer),
        alerts,
        checks,
        tmp_path,
        [WorkerSeen("w-1", now - 5)],
        [Stopped("bot:chest", now)],
        [
            Outage("demo-ehr", "https://ehr", "HTTP 503", now - 60, now, 2, None),
            Outage("demo-pacs", "https://pacs", "HTTP 503", now - 60, now, 2, now - 5),
        ],
    )
    page = (await metrics(sources, now + 60)).decode()
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert found["wetread_items", "chest", "done", "typed"] == 1
    assert found["wetread_items", "", "chest", "new"] == 1
    assert found["wetread_items_ended_total", "DriverLost", "chest", "needs_person"] == 1
    assert now + 60 - filled <= found["wetread_oldest_seconds", "chest", "waiting_for_person"] <= 60
    assert found["wetread_alerts", "late", "open"] == 1
    assert found["wetread_check_bad", "canary", "chest"] == 1
    assert found["wetread_system_down_seconds", "demo-ehr"] >= 60
    assert found["wetread_system_down_seconds", "demo-pacs"] == 0
    assert found["wetread_stopped", "bot:chest"] == 1
    assert found["wetread_worker_seen_seconds", "w-1"] >= 65
    assert found[("wetread_disk_free_bytes",)] > 0
    assert [secret for secret in SECRETS if secret in page] == []


def test_what_is_no_plain_name_is_no_label() -> None:
    assert label("demo-ehr.order.state") == "demo-ehr.order.state"
    assert label("Erika Musterfrau") == "other"
