"""A refused password in a real browser on the demo hospital: one try for all items, workers and restarts."""

from __future__ import annotations

import dataclasses

import pytest

from robot_library.errors import LineStopped
from robot_library.hospital import ACCOUNTS
from robot_library.interfaces import Credential
from tests.promises.bots import BOT, Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]


def tries(site: Site, user: str) -> list[int]:
    """Of this account at the EHR: 1 for each that was let in, 0 for each that was not."""
    query = "SELECT ok FROM sign_ins WHERE system = 'ehr' AND account = ? ORDER BY rowid"
    return [row["ok"] for row in site.ask(query, user)]


async def test_a_refused_password_costs_one_try_and_no_item(site: Site) -> None:
    home, user = site.home(), "rpabot7"
    passwords = {"ehr-bot": "wrong-secret", "pacs-bot": ACCOUNTS["rpabot"].password}

    def vault(name: str) -> Credential:
        return Credential(user if name == "ehr-bot" else "rpabot", passwords[name])

    assembly = dataclasses.replace(site.assembly(home), credential=vault)
    orders = site.orders("plain")[4:6]
    for _ in range(2):  # and once more after a restart
        async with site.engine(home, assembly) as engine:
            for order in orders:
                await engine.submit(BOT, {"order": order}, order)
            with pytest.raises(LineStopped, match="credential ehr-bot is stopped"):
                await engine.run_until_idle()
            assert {view.outcome for view in await engine.items()} == {None}
            (switch,) = await engine.line.switches.list()
            assert (switch.scope, switch.who, switch.code) == ("credential:ehr-bot", "wetread", "SignInRefused")
    assert tries(site, user) == [0]
    passwords["ehr-bot"] = ACCOUNTS[user].password
    async with site.engine(home, assembly) as engine:
        assert await engine.line.switches.go_on("credential:ehr-bot", "dr.chen", "right password in the vault")
        await engine.run_until_idle()
        outcomes = {view.outcome for view in await engine.items()}
    assert None not in outcomes
    assert tries(site, user)[:2] == [0, 1]
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"wrong-secret" not in kept
