"""A person items wait for is told, reminded, and then the next one is asked; when nobody is waited for, it is over."""

from __future__ import annotations

import time

from robot_library.engine.database.store import Store
from robot_library.engine.records.alerts import Alerts
from robot_library.engine.records.board import Board
from robot_library.engine.records.items import Items, Request
from robot_library.model.site import Site
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.asking import CAUSE, asked
from tests.unattended.told.conftest import planted

NOW = 1_800_000_000.0
SITE = Site.model_validate(
    {
        "people": {
            "duty-radiologist": {"then": ["head", "chief"], "then_after": "1 h"},
            "head": {},
            "chief": {},
            "it": {},
        },
        "alerts": {"tell": ["it"]},
    }
)


async def waiting(store: Store, sealer: SealedJson, key: str, ask: str = "duty-radiologist") -> str:
    items = Items(store, sealer)
    item = await planted(store, sealer, "films", key, {"order": key})
    request = Request("3", ask, "Somebody Patient is uncertain.", "Uncertain", time.time() + 3600, "t")
    assert await items.wait(item, request, 0, "none")
    return item


async def told(alerts: Alerts) -> list[str]:
    """Everybody told until now, in order."""
    waits = await alerts.waiting(NOW * 2)
    return [person for person, messages in sorted(waits.items()) for _ in messages]


async def test_asked_reminded_escalated_and_over(store: Store, sealer: SealedJson, alerts: Alerts) -> None:
    item, board = await waiting(store, sealer, "O1"), Board(store, sealer)
    heard = []
    for hours in (0, 0.5, 1.1, 1.6, 2.2, 3.3, 9.0):
        await alerts.keep(await asked(board, SITE), {CAUSE}, NOW + hours * 3600)
        heard.append(await told(alerts))
    once, twice = ["duty-radiologist"], ["duty-radiologist"] * 2
    assert heard == [once, once, twice, twice, [*twice, "head"], ["chief", *twice, "head"], ["chief", *twice, "head"]]
    (alert,) = await alerts.all()
    assert alert.text == "1 item of films waits for duty-radiologist to decide."
    await Items(store, sealer).close(item, "done", "typed", "", "")
    await alerts.keep(await asked(board, SITE), {CAUSE}, NOW + 40_000)
    assert await alerts.all() == []


async def test_a_role_without_an_address_is_told_to_those_who_are_told_everything(
    store: Store, sealer: SealedJson
) -> None:
    for number in range(3):
        await waiting(store, sealer, f"O{number}", ask="night-doctor")
    (found,) = await asked(Board(store, sealer), SITE)
    assert (found.tell, found.count) == (("it",), 3)
    assert "Patient" not in found.text
