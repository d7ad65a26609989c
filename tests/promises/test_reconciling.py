"""Reconciliation in a real browser: what was sneaked in and what was taken out again is named, a quiet list is not."""

from __future__ import annotations

import pytest

from robot_library.engine.checks import Check, Checks
from robot_library.engine.engine import Engine
from robot_library.engine.reconciling import KIND, reconcile
from tests.promises.bots import BOT, Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]


async def _compared(engine: Engine) -> Check:
    await reconcile(engine, BOT)
    return (await Checks(engine.store, engine.sealer).newest(KIND))[BOT]


def _untouched(site: Site) -> str:
    """A plain order that no other test of this hospital has had typed."""
    free = "SELECT order_id FROM orders WHERE trap = 'plain' AND report_status = 'none' ORDER BY order_id"
    return str(site.ask(free)[0]["order_id"])


async def test_what_does_not_agree_is_named(site: Site) -> None:
    home = site.home()
    async with site.engine(home, site.assembly(home)) as engine:
        order = _untouched(site)
        item = await engine.submit(BOT, {"order": order}, order)
        assert item is not None
        await engine.run_until_idle()
        assert (await engine.items(BOT))[0].outcome == "typed"

        others = [key for key, _ in (await engine.listed(BOT)).rows if key != order]
        quiet = await _compared(engine)
        assert quiet.bad == quiet.counts["never_taken"] == len(others), "the one that was typed is no gap"
        assert {gap["order"] for gap in quiet.found} == set(others)

        site.change("UPDATE orders SET report_text = '', report_status = 'none' WHERE order_id = ?", order)
        last = await _compared(engine)
        assert [gap["order"] for gap in last.found if gap["what"] == "no_report"] == [order]
