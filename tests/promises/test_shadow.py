"""A shadow of the whole bot, in a real browser on the demo hospital: it sees everything and changes nothing."""

from __future__ import annotations

import dataclasses

import pytest

from tests.promises.bots import BOT, Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]
WRITTEN = ("saves", "attachments", "touches", "marks")
TRAPS = ("plain", "already_reported", "same_name", "wrong_header")


def books(site: Site) -> dict[str, int]:
    """How often anything was written, and what each order shows."""
    counts = {table: site.ask(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in WRITTEN}
    return {**counts, "version": site.ask("SELECT sum(version) AS n FROM orders")[0]["n"]}


async def test_a_shadow_leaves_no_trace_in_the_hospitals_books(site: Site) -> None:
    home = site.home()
    real = site.assembly(home)
    shadow = dataclasses.replace(real, bot=real.bot.model_copy(update={"mode": "shadow"}))
    orders = [site.orders(trap)[-1] for trap in TRAPS]
    before = books(site)
    async with site.engine(home, shadow) as engine:
        labels = {}
        for order in orders:
            item = await engine.submit(BOT, {"order": order}, order)
            assert item is not None
            labels[item.id] = order
        await engine.run_until_idle()
        runs = {labels[run.item]: run for run in await engine.runs(BOT)}
    assert books(site) == before
    assert {run.outcome for run in runs.values()} == {"shadow"}
    plain, reported, _, wrong = (runs[order] for order in orders)
    assert (reported.code, wrong.code) == ("ReportExists", "PatientMismatch")
    if plain.code == "":  # the skill was certain: guards ran on the live form, and nothing was typed into it
        steps = {step.action: step for step in plain.steps}
        assert steps["fill"].detail.startswith("shadow: would type")
        assert steps["fill"].verified
        assert steps["save"].outcome == "skipped"
