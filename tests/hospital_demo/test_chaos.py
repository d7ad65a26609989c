"""Random trouble: seeded dice, connections that really break, saves whose answer is lost."""

from __future__ import annotations

import httpx
import pytest

from robot_library.hospital.chaos import Trouble

from .conftest import Start
from .facts import order_of, report, rows


def _rolls(seed: int | None) -> list[object]:
    trouble = Trouble(seed)
    return [(trouble.plan(), trouble.notice(), trouble.id_prefix(), trouble.id_base()) for _ in range(300)]


def test_same_seed_same_trouble() -> None:
    assert _rolls(3) == _rolls(3)
    assert _rolls(3) != _rolls(4)


def test_without_a_seed_nothing_happens() -> None:
    assert {roll[:3] for roll in _rolls(None)} == {((0.0, ""), None, "ui-id-")}  # type: ignore[index]


def test_every_kind_of_trouble_happens() -> None:
    plans = [Trouble(seed).plan() for seed in range(400)]
    assert {drop for _, drop in plans} == {"", "before", "after"}
    assert any(seconds > 0 for seconds, _ in plans)


class _Scripted(Trouble):
    """Dice that fall as told."""

    def __init__(self, drops: list[str]) -> None:
        super().__init__(0)
        self._drops = drops

    def plan(self) -> tuple[float, str]:
        return 0.0, self._drops.pop(0) if self._drops else ""


def test_connections_break_before_and_after_the_work(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    drops = ["", "before", "after", ""]
    monkeypatch.setattr("robot_library.hospital.server.Trouble", lambda seed: _Scripted(drops))
    hospital = start(chaos=0)
    order = order_of(hospital, "plain")
    with httpx.Client(base_url=hospital.ehr_url) as client:
        client.post("/api/signin", json={"user": "rpabot", "password": "meadow-bot-1"})
        for expected in (0, 1):
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                client.post(f"/api/results/{order['order_id']}", json=report(order))
            assert len(rows(hospital, "SELECT * FROM saves")) == expected
        assert client.post(f"/api/results/{order['order_id']}", json=report(order)).status_code == 409
