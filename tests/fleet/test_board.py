"""The board's questions on PostgreSQL: the same answers, from a database that takes types more seriously."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from robot_library.engine.desk import Desk
from robot_library.engine.fleet.pulse import Pulse
from robot_library.engine.ports import Event
from robot_library.engine.records.board import ORDERS, Board
from robot_library.safeguards.keys import SiteKey
from tests.dashboard.fill import Filling, order_number

KEY = SiteKey(bytes(range(32)))
MANY = 400


async def test_every_question_of_the_dashboard_is_answered(database: str, tmp_path: Path) -> None:
    filling = Filling(tmp_path, KEY, url=database)
    idents = await filling.fill(MANY)
    board, since = Board(filling.store, filling.sealer), time.time() - 3 * 86400
    assert sum(tally.count for tally in await board.tally()) == MANY
    assert sum(sum(counts) for counts in (await board.ages((900.0, 3600.0))).values()) > 0
    for order in ORDERS:
        page = await board.page(order=order, limit=30, offset=10)
        assert (len(page.items), page.total) == (30, MANY)
    assert (await board.page(search=order_number(5))).total == 1
    assert (await board.page(search=idents[3][:8])).items[0].id == idents[3]
    assert (await board.page(search="notfound")).total > 0
    assert (await board.page(search="%")).total == 0
    assert (await board.page(screen="gnuhealth.worklist", late=False)).total > 0
    assert (await board.page(late=True, order="due")).total == await board.late()
    assert len(await board.some(idents[:7])) == 7
    figures = board.figures
    assert await figures.ended_by_hour(since)
    assert await figures.ended_by_bot(since)
    assert await figures.waits(since)
    assert (await figures.spent(since))[0].mean > 0
    assert sum(one.count for one in await figures.troubles(since)) > 10
    assert len(await figures.drift()) == 3
    assert len(await board.live()) == 3
    assert (await board.run(idents[-1])).steps
    before = await board.changes()
    pulse = Pulse(filling.store, "worker-9", every=0.01)
    await pulse.start()
    pulse.hear(Event(idents[-1], "step", "4", "fetch_study"))
    async with asyncio.timeout(120):
        while (await board.changes())["runs"] == before["runs"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await pulse.stop()
    async with Desk(tmp_path, filling.sealer, filling.sealer.fingerprint, store=filling.store) as desk:
        ended = [item.id for item in (await board.page(code="StudyNotFound")).items[:3]]
        assert await desk.retry(ended, "miller") == ended
    filling.store.close()
