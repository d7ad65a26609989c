"""What the worklist shows as urgent is worked on before what came earlier."""

from __future__ import annotations

import pytest

from tests.promises.bots import BOT, Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


async def test_orders_that_the_list_shows_as_urgent_stand_first_in_the_queue(site: Site) -> None:
    home = site.home()
    async with site.engine(home, site.assembly(home)) as engine:
        assert await engine.collect(BOT)
        queued = [view.item for view in sorted(await engine.items(BOT), key=lambda view: view.rank)]

    shown = {row["order_id"]: row["priority"] for row in site.ask("SELECT order_id, priority FROM orders")}
    words = [shown[item.payload["order"]] for item in queued]
    assert set(words) == {"Urgent", "Routine"}
    assert words == sorted(words, reverse=True), "every urgent one before every routine one"
    assert {(item.priority, word) for item, word in zip(queued, words, strict=True)} == {(1, "Urgent"), (10, "Routine")}
