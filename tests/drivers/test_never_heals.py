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


@pytest.mark.parametrize("other", ["A-1/2", "A-1.2", "B/A-1", "A-10", "A\u2011A-1", "ÄA-1"])
async def test_a_part_of_another_key_is_not_the_key(ward: Ward, enter: Open, other: str) -> None:
    ward.page("list", f"<h1>List</h1><ul><li>Order {other}, chest <a href='/p/order'>Open</a></li></ul>")
    ward.page("order", PAGE)
    row = {"css": "li", "has_text": "{order}", "partly": True}
    found = {
        "seen_by": [{"role": "heading", "name": "Order"}],
        "reach": [{"goto": "/p/list"}, {"click": "open"}],
        "targets": {"open": {"find": [{"role": "link", "name": "Open", "inside": row}], "use": "navigate"}},
    }
    session = await enter(screens("1 s", found=found))
    with pytest.raises(TargetNotFound):
        await session.open("found", {"order": "A-1"})
    ward.page("list", "<h1>List</h1><ul><li>See (A-1). <a href='/p/order'>Open</a></li></ul>")
    await session.open("found", {"order": "A-1"})


@pytest.mark.parametrize("way", [{"role": "link", "name": "Order {order}"}, {"text": "{order}"}, {"label": "{order}"}])
async def test_nor_where_a_name_holds_more_than_the_key(ward: Ward, enter: Open, way: dict[str, str]) -> None:
    link = "<h1>List</h1><a href='/p/order' aria-label='Order %s, chest'>Order %s, chest</a>"
    ward.page("list", link % ("A-10", "A-10"))
    ward.page("order", PAGE)
    found = {
        "seen_by": [{"role": "heading", "name": "Order"}],
        "reach": [{"goto": "/p/list"}, {"click": "open"}],
        "targets": {"open": {"find": [{**way, "partly": True}], "use": "navigate"}},
    }
    session = await enter(screens("1 s", found=found))
    with pytest.raises(TargetNotFound):
        await session.open("found", {"order": "A-1"})
    ward.page("list", link % ("A-1", "A-1"))
    await session.open("found", {"order": "A-1"})
