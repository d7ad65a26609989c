"""A shadow of the whole bot, in a real browser on the demo hospital: it sees everything and changes nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import httpx
import pytest

from robot_library.engine.comparing import compare_bot
from robot_library.hospital import ACCOUNTS
from robot_library.reports.agreement import agreement_page
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


def signs(site: Site, order: str, text: str) -> None:
    """The radiologist writes the report and makes it final."""
    doctor = ACCOUNTS["drradio"]
    (row,) = site.ask("SELECT version FROM orders WHERE order_id = ?", order)
    with httpx.Client(base_url=site.hospital.ehr_url) as client:
        client.post("/api/signin", json={"user": doctor.user, "password": doctor.password})
        said = {"comment": text, "impression": "", "reported_by": "Okafor, Amara", "version": row["version"]}
        assert client.post(f"/api/results/{order}", json=said).status_code == 200
        assert client.post(f"/api/results/{order}/sign").status_code == 204


async def test_a_shadow_is_compared_with_what_a_person_has_signed(site: Site, tmp_path: Path) -> None:
    home = site.home()
    real = site.assembly(home)
    shadow = dataclasses.replace(real, bot=real.bot.model_copy(update={"mode": "shadow"}))
    orders = site.orders("plain")[-4:]
    async with site.engine(home, shadow) as engine:
        for order in orders:
            assert await engine.submit(BOT, {"order": order}, order) is not None
        await engine.run_until_idle()
        before = await compare_bot(engine, BOT)
        assert (before.seen, before.signed) == (len(orders), 0)
        assert before.unsigned == before.would_type >= 2, "the skill was certain of too few: the test shows little"
        typed = [view for view in await engine.items(BOT) if not view.code]
        signed = [view.item.payload["order"] for view in typed][:2]
        for order in signed:
            signs(site, order, "Pneumonia of the right lower lobe.")
        books_before = books(site)
        after = await compare_bot(engine, BOT)
        assert books(site) == books_before
        (pneumonia,) = after.findings
        assert (after.signed, after.unsigned, pneumonia.compared) == (2, before.unsigned - 2, 2)
        assert pneumonia.both + pneumonia.only_theirs == 2
        assert set(pneumonia.missed) <= {view.item.id for view in typed}
        assert await compare_bot(engine, BOT) == after
    page = agreement_page(dataclasses.asdict(after))
    assert "pneumonia" in page
    assert not any(order in page for order in orders)
