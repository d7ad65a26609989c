"""What says which record is shown, what is typed into and what proves something is found by its first locator alone."""

from __future__ import annotations

from typing import Any

import pytest

from robot_library.errors import TargetNotFound
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

TWO = [{"label": "Order number"}, {"css": "#asked"}]
PAGE = "<h1>Order</h1><p id=asked>A-1</p><dl><dt>Order</dt><dd>A-2</dd></dl>"


def order(**identity: Any) -> dict[str, Any]:
    return {
        "seen_by": [{"role": "heading", "name": "Order"}],
        "reach": [{"goto": "/p/order"}],
        "targets": {"order": {"find": TWO}},
        "identity": identity,
    }


async def test_the_key_is_not_read_from_another_place(ward: Ward, enter: Open) -> None:
    """A release has renamed the label; what still holds the number is the search that was asked, not the record."""
    ward.page("order", PAGE)
    session = await enter(screens("3 s", order=order(shows={"order": "order"})))
    with pytest.raises(TargetNotFound):
        await session.open("order", {"order": "A-1"})
    assert session.drift() == []


async def test_what_must_stay_is_not_either(ward: Ward, enter: Open) -> None:
    ward.page("order", PAGE)
    view = await (await enter(screens("3 s", order=order(unchanged=["order"])))).open("order", {})
    with pytest.raises(TargetNotFound):
        await view.read(["order"])
    (seen,) = await view.look_over()
    assert (seen.found, seen.way) == ("moved", 2)


async def test_what_is_only_read_is(ward: Ward, enter: Open) -> None:
    ward.page("order", PAGE)
    session = await enter(screens("3 s", order={**order(), "identity": None}))
    assert await (await session.open("order", {})).read(["order"]) == {"order": "A-1"}
    assert len(session.drift()) == 1
