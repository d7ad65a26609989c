"""A home full of items, for trying the dashboard: `python -m tests.dashboard.fill HOME --items 5000 --serve`.

The rows are those the engine would have written, with everything sealed under the home's key; no bot has run.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.line.switches import BotStates
from robot_library.engine.records.alerts import Alerts, Found
from robot_library.engine.records.checks import LOAD, Checks
from robot_library.engine.records.counts import Counts, Where
from robot_library.engine.records.items import key_mac
from robot_library.engine.records.orders import WORDS, Placed, added_up
from robot_library.engine.records.recorder import Timeline
from robot_library.model.run import Evidence, StepRecord
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson

BOTS = ("chest-xray-preread", "brain-tumour-preread", "imaging-qa")
ENDS: tuple[tuple[str, str | None, str, str, int], ...] = (
    ("done", "typed", "", "", 60),
    ("business_exception", "already_reported", "ReportExists", "The order has a report already. Nothing was saved.", 9),
    ("business_exception", "needs_person", "OrderHeld", "Somebody has locked the order. Nothing was saved.", 6),
    ("business_exception", "needs_person", "StudyIncomplete", "1 object came, 2 were announced.", 4),
    ("business_exception", "refused", "StudyNotFound", "The PACS has no study of this order.", 5),
    ("business_exception", "refused", "PatientMismatch", "Two sources name different persons. Nothing typed.", 2),
    ("application_exception", "needs_person", "TargetNotFound", "None of a target's locators matched.", 5),
    ("application_exception", "needs_person", "ScreenNotReached", "Another screen appeared.", 3),
    ("dead", "needs_person", "DeadLetter", "This item took the process down too often. Look at its last step.", 1),
    ("waiting_for_person", None, "Uncertain", "The reading is uncertain: score 0.52.", 8),
    ("new", None, "", "", 24),
)
SCREENS = ("gnuhealth.imaging_result", "gnuhealth.imaging_request", "orthanc.study", "gnuhealth.worklist")
STEPS: tuple[tuple[str, str, str, float], ...] = (
    ("sign_in", "session", "sign in to gnuhealth", 0.9),
    ("open", "read", "open gnuhealth.imaging_request", 1.4),
    ("read", "read", "read gnuhealth.imaging_request", 0.3),
    ("fetch_study", "read", "fetch study from orthanc", 2.2),
    ("check_patient", "compute", "check patient", 0.01),
    ("choose_images", "compute", "choose the frontal image", 0.02),
    ("run_skill", "compute", "run skill chest-xray-pneumonia", 0.35),
    ("accept", "wait", "accept the finding", 0.01),
    ("draft_report", "compute", "draft report chest-xray", 0.01),
    ("open", "read", "open gnuhealth.imaging_result", 1.2),
    ("fill", "write", "fill gnuhealth.imaging_result", 1.9),
    ("save", "commit", "save gnuhealth.imaging_result.save", 2.6),
)

PROVEN = ("the same person: number and birth date agree",)


def order_number(number: int) -> str:
    """What the item of this number is known by to people."""
    return f"REQ{number:06d}"


class Filling:
    """Fills one home. The same seed gives the same items, ids apart."""

    def __init__(self, home: Path, key: SiteKey, *, seed: int = 1, url: str | None = None) -> None:
        self.sealer = SealedJson(key)
        self.store = Store(url or f"sqlite:///{home / 'engine.sqlite'}")
        self.store.open(self.sealer.fingerprint)
        self.blobs = FileBlobs(home / "blobs", key)
        self._chance, self._now = random.Random(seed), time.time()

    async def fill(self, items: int, *, live: int = 3, timelines: int = 12) -> list[str]:
        """Items of three bots over three days; some at work. Returns their ids, the newest last."""
        rows = [self._row(number, items) for number in range(items)]
        at_work = rows[-live:] if live else []
        for row in at_work:
            row |= {"state": "in_progress", "outcome": None, "code": "", "reason": None, "request": None, "ended": None,
                    "started": self._now - self._chance.uniform(3, 40), "updated": self._now}  # fmt: skip
        await self.store.write(lambda connection: connection.execute(sa.insert(tables.items), rows))
        for place, row in enumerate(at_work):
            await self._steps(row, 6 + place)
        told = sorted((row for row in rows if row["started"] and row not in at_work), key=lambda row: row["updated"])
        told = told[-timelines:]
        for row in told:
            await self._steps(row, len(STEPS))
        await self._counted(rows)
        await self._at_hand(at_work)
        await self._beside()
        return [row["id"] for row in rows]

    def _row(self, number: int, of: int) -> dict[str, Any]:
        chance, ident = self._chance, secrets.token_hex(12)
        state, outcome, code, reason, _ = chance.choices(ENDS, [end[4] for end in ENDS])[0]
        bot = chance.choices(BOTS, [7, 2, 1])[0]
        created = self._now - (of - number) / of * 3 * 86400 - chance.uniform(0, 60)
        if state == "new":
            created = self._now - chance.expovariate(1 / 5000)
        ended = created + chance.uniform(20, 5000) if outcome else None
        ended = min(ended, self._now - chance.uniform(1, 600)) if ended else None
        started = (ended or created + 40) - chance.uniform(6, 18) if state != "new" else None
        stat = chance.random() < 0.04
        priority = (1 if stat else 10) * 1_000_000 + number % 1_000_000
        request = {"path": "8", "ask": "duty-radiologist", "reason": reason, "code": code,
                   "until": self._now + 9000, "topic": "answer.0"}  # fmt: skip
        waits = state == "waiting_for_person"
        return {
            "id": ident, "bot": bot, "key_mac": key_mac(self.sealer, bot, order_number(number)), "state": state,
            "priority": priority, "workflow": "5f0c1be2a7d94c0e", "created": created,
            "updated": ended or started or created, "started": started, "ended": ended,
            "due": created + 1800 if stat else None, "outcome": outcome, "code": code, "generation": 0,
            "payload": self.sealer.seal({"order": order_number(number)}, f"payload|{ident}"),
            "reason": self.sealer.seal(reason, f"reason|{ident}") if reason else None,
            "request": self.sealer.seal(request, f"request|{ident}") if waits else None,
        }  # fmt: skip

    async def _steps(self, row: dict[str, Any], count: int) -> None:
        timeline = Timeline(self.store, self.sealer, row["id"])
        at = float(row["started"])
        for number, (action, effect, title, seconds) in enumerate(STEPS[:count], 1):
            took = seconds * self._chance.uniform(0.7, 1.5)
            failed = number == count and row["state"] in ("application_exception", "dead")
            record = StepRecord(
                path=str(number), action=action, title=title, place=f"workflow.yaml:{10 + 3 * number}:5",
                effect=effect, started=datetime.fromtimestamp(at, UTC), seconds=round(took, 3),  # type: ignore[arg-type]
                outcome="failed" if failed else "ok", error=f"{row['code']}: see the picture." if failed else "",
                detail="2 images" if action == "fetch_study" else "",
                verified=PROVEN if action in ("check_patient", "fill") else (),
                evidence=self._evidence(action, title),
            )  # fmt: skip
            at += took
            await timeline.add(record)

    def _evidence(self, action: str, title: str) -> tuple[Evidence, ...]:
        if action in ("open", "fill", "save"):
            blob = self.blobs.put(picture(title, filled=action != "open"))
            return (Evidence(kind="screenshot", title=title.split()[-1], blob=blob),)
        if action == "draft_report":
            return (Evidence(kind="text", title="report draft", blob=self.blobs.put(b"draft"), masked=False),)
        return ()

    async def _counted(self, rows: list[dict[str, Any]]) -> None:
        counts, spent = Counts(self.store), []
        hour = int(self._now // 3600)
        for back in range(24):
            for bot in BOTS:
                for action, effect, _, seconds in {step[0]: step for step in STEPS}.values():
                    times = self._chance.randint(4, 40)
                    spent.append({"bot": bot, "hour": hour - back, "action": action, "effect": effect, "count": times,
                                  "seconds": times * seconds, "longest": seconds * 3})  # fmt: skip
        await self.store.write(lambda connection: connection.execute(sa.insert(tables.spent), spent))
        for row in [row for row in rows if row["code"] and row["ended"]][-400:]:
            screen = self._chance.choices(SCREENS, [5, 3, 2, 1])[0]
            where = Where("11", self._chance.choice(("open", "fill", "read")), screen)
            await counts.trouble(f"{row['id']}.0.0", row["id"], row["bot"], row["code"], where)
        for target in ("ehr.imaging_request.accession", "pacs.study.download", "ehr.worklist.orders"):
            await counts.drift(BOTS[0], f"{target} was found by its locator number 2: mend the map")

    async def _at_hand(self, at_work: list[dict[str, Any]]) -> None:
        rows = [
            {"item": row["id"], "worker": f"worker-{place % 2 + 1}", "path": str(11 - place),
             "action": ("fill", "run_skill", "open")[place % 3], "screen": SCREENS[place % 3], "since": self._now}
            for place, row in enumerate(at_work)
        ]  # fmt: skip
        if rows:
            await self.store.write(lambda connection: connection.execute(sa.insert(tables.now), rows), swift=True)

    async def _beside(self) -> None:
        alerts, checks = Alerts(self.store, self.sealer), Checks(self.store, self.sealer)
        found = Found("late", "bot:chest-xray-preread", "7 items of chest-xray-preread are late.", count=7)
        await alerts.keep([found, Found("gone", "worker-3", "worker-3 has not been heard of for 4 min.")], ["late"])
        now = time.time()
        beside = (
            ("worker-1", "rad-rpa-1", 3600.0),
            ("worker-2", "rad-rpa-1", 3600.0),
            ("worker-3", "rad-rpa-2", -240.0),
        )
        workers = [
            {"executor": name, "host": host, "pid": 4711, "started": now - 7200, "seen": now + seen, "ended": None}
            for name, host, seen in beside
        ]
        await self.store.write(lambda connection: connection.execute(sa.insert(tables.workers), workers))
        for bot in BOTS:
            await BotStates(self.store, self.sealer).enable(bot, "it.meyer", "tried in shadow for a week")
        await checks.add("canary", "gnuhealth", {"screens": 9, "targets": 74}, 0)
        await checks.add("canary", "orthanc", {"screens": 4, "targets": 21, "moved": 1}, 1)
        await checks.add(LOAD, f"{BOTS[1]}@worker-1", {}, 1, "the model of skill 'x' is missing. Fetch it again.")
        await self._reconcile(checks, now)

    async def _reconcile(self, checks: Checks, now: float) -> None:
        """One reading of the first bot, with an order of each class."""
        query = sa.select(tables.items.c.id).where(tables.items.c.bot == BOTS[0]).limit(len(WORDS))
        items = await self.store.read(lambda connection: list(connection.execute(query).scalars()))
        gaps = {"never_taken", "no_report", "with_person", "unread", "not_shown", "lost", "gone"}
        off = {"gone", "withdrawn", "signed"}
        found = [
            Placed(
                what, what in gaps, order_number(n), item if what != "never_taken" else "", now - 9000, what not in off
            )
            for n, (what, item) in enumerate(zip(WORDS, items, strict=True))
        ]
        counts = {"listed": sum(one.listed for one in found), "without_number": 0, "items": len(found)}
        bad = sum(one.gap for one in found)
        await checks.add("reconcile", BOTS[0], {**counts, **added_up(found)}, bad, [vars(one) for one in found])


def picture(title: str, *, filled: bool) -> bytes:
    """A screen as a driver pictures it: everything of a patient covered."""
    import cv2
    import numpy as np

    canvas = np.full((600, 960, 3), 246, np.uint8)
    cv2.rectangle(canvas, (0, 0), (960, 44), (92, 70, 40), -1)
    cv2.putText(canvas, title.split()[-1], (18, 29), cv2.FONT_HERSHEY_SIMPLEX, 0.62, (255, 255, 255), 1, cv2.LINE_AA)
    cv2.rectangle(canvas, (0, 44), (170, 600), (232, 228, 222), -1)
    for row in range(7):
        top = 78 + row * 44
        cv2.rectangle(canvas, (200, top), (320, top + 12), (190, 184, 178), -1)
        covered = (60, 56, 52) if row < 4 else (255, 255, 255)
        cv2.rectangle(canvas, (340, top - 9), (900, top + 22), covered, -1)
        cv2.rectangle(canvas, (340, top - 9), (900, top + 22), (205, 200, 196), 1)
    if filled:
        for line in range(4):
            cv2.rectangle(canvas, (340, 400 + line * 26), (860 - line * 70, 411 + line * 26), (150, 140, 128), -1)
    cv2.rectangle(canvas, (340, 530), (440, 566), (150, 120, 40), -1)
    return bytes(cv2.imencode(".png", canvas)[1].tobytes())


@click.command()
@click.argument("home", type=click.Path(path_type=Path))
@click.option("--items", default=5000, show_default=True)
@click.option("--serve", is_flag=True, help="Serve the dashboard over it until Ctrl-C.")
@click.option("--port", default=8440, show_default=True)
def main(home: Path, items: int, serve: bool, port: int) -> None:
    """Fill HOME, which must be new, and look at it."""
    from robot_library.safeguards.keys import site_key
    from tests.dashboard.stand import Stand

    home.mkdir(parents=True, exist_ok=True)
    key = site_key(home, create=True)
    if items:
        filling = Filling(home, key)
        idents = asyncio.run(filling.fill(items))
        click.echo(f"{len(idents)} items; search for {order_number(7)}.")
    if serve:
        with Stand(home, key, port=port) as stand:
            click.echo(f"Open once: {stand.link()}\nEnter ends it.")
            click.get_text_stream("stdin").readline()


if __name__ == "__main__":
    main()
