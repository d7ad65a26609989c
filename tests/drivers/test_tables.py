"""Grids: late, paged, with twin headers, and moving while they are read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from robot_library.drivers.browser.find import Finder, Sight
from robot_library.errors import ScreenNotReached, TargetAmbiguous
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

GRID = """<h1>List</h1><table aria-label=Orders><thead><tr><th id=h1>Order</th><th id=h2>Date</th><th id=h3>Date</th>
</tr></thead><tbody></tbody></table><p id=count></p><button id=next disabled>Next</button><script>
const pages = %s, late = %d; let at = 0;
const body = document.querySelector('tbody');
function show() {
  body.innerHTML = '<tr class=loading><td colspan=3>Loading…</td></tr>'; count.textContent = ''; next.disabled = true;
  setTimeout(() => {
    const rows = typeof pages[at] === 'function' ? pages[at]() : pages[at];
    body.innerHTML = rows.map(r => '<tr>' + r.map(c => '<td>' + c + '</td>').join('') + '</tr>').join('')
      || '<tr><td colspan=3>No orders.</td></tr>';
    count.textContent = %s; next.disabled = at >= pages.length - 1;
  }, late);
}
next.onclick = () => { at += 1; show(); };
show();
</script>"""


def grid(pages: list[list[list[str]]], late: int = 120, count: str = "") -> str:
    return GRID % (json.dumps(pages), late, json.dumps(count))


def listed(**more: object) -> dict[str, object]:
    return {
        "seen_by": [{"role": "heading", "name": "List"}],
        "reach": [{"goto": "/p/list"}],
        "tables": {
            "orders": {
                "rows": {"css": "tbody tr:has(td:nth-child(3))", "inside": {"role": "table", "name": "Orders"}},
                "empty": {"text": "No orders."},
                "next_page": {"role": "button", "name": "Next"},
                "columns": {"order": {"header": "Order"}, "examined": {"header": "Date", "nth": 2}},
                **more,
            }
        },
    }


COUNT = {"count": {"css": "#count"}}


async def test_pages_are_read_to_the_end_and_counted(ward: Ward, enter: Open) -> None:
    ward.page("list", grid([[["1", "a", "b"], ["2", "c", "d"]], [["3", "e", "f"]]], count="3 orders"))
    session = await enter(screens(list=listed(**COUNT)))
    rows = await (await session.open("list", {})).read_table("orders")
    assert rows == [
        {"order": "1", "examined": "b"},
        {"order": "2", "examined": "d"},
        {"order": "3", "examined": "f"},
    ]


@pytest.mark.parametrize("count", ["", "0 orders"])
async def test_an_empty_grid_is_empty_only_when_it_says_so(ward: Ward, enter: Open, count: str) -> None:
    ward.page("list", grid([[]], count=count))
    session = await enter(screens(list=listed(**(COUNT if count else {}))))
    assert await (await session.open("list", {})).read_table("orders") == []


async def test_a_grid_that_never_fills_is_not_empty(ward: Ward, enter: Open) -> None:
    ward.page("list", grid([[["1", "a", "b"]]], late=60_000))
    session = await enter(screens("2 s", list=listed()))
    with pytest.raises(ScreenNotReached, match="never taken for empty"):
        await (await session.open("list", {})).read_table("orders")


async def test_a_count_that_is_never_right_is_an_error(ward: Ward, enter: Open) -> None:
    ward.page("list", grid([[["1", "a", "b"]]], count="2 orders"))
    session = await enter(screens(list=listed(**COUNT)))
    with pytest.raises(ScreenNotReached, match="count is never right"):
        await (await session.open("list", {})).read_table("orders")


async def test_rows_that_move_between_pages_are_read_anew(ward: Ward, enter: Open) -> None:
    # A new order pushes row 2 to the second page while the first time through; afterwards all is calm.
    moving = (
        "[() => sessionStorage.seen ? [['0','a','b'],['1','a','b']] : [['1','a','b'],['2','a','b']],"
        " () => { sessionStorage.seen = 1; return [['2','a','b']]; }]"
    )
    ward.page("list", GRID % (moving, 30, "'3 orders'"))
    session = await enter(screens(list=listed(**COUNT)))
    rows = await (await session.open("list", {})).read_table("orders")
    assert [r["order"] for r in rows] == ["0", "1", "2"]


async def test_two_grids_of_one_name_are_an_error(ward: Ward, enter: Open) -> None:
    ward.page(
        "list", grid([[["1", "a", "b"]]]) + "<table aria-label=Orders><tr><td>x</td><td>y</td><td>z</td></tr></table>"
    )
    session = await enter(screens(list=listed()))
    with pytest.raises(TargetAmbiguous, match="stands in 2 places"):
        await (await session.open("list", {})).read_table("orders")


async def test_cells_by_headers_attribute_own_selector_and_inputs(ward: Ward, enter: Open) -> None:
    ward.page(
        "list",
        "<h1>List</h1><table aria-label=Orders><thead><tr><th id=a>Order</th><th id=b>Date</th><th id=c>Date</th></tr>"
        "</thead><tbody><tr><td headers=c>three</td><td headers=a>one</td><td headers=b><input value=two></td></tr>"
        "</tbody></table>",
    )
    columns = {
        "order": {"header": "Order"},
        "first": {"header": "Date", "nth": 1},
        "second": {"header": "Date", "nth": 2},
        "picked": {"css": "td[headers=c]"},
    }
    session = await enter(screens(list=listed(columns=columns)))
    rows = await (await session.open("list", {})).read_table("orders")
    assert rows == [{"order": "one", "first": "two", "second": "three", "picked": "three"}]


async def test_the_count_is_the_part_that_the_pattern_names(ward: Ward, enter: Open) -> None:
    ward.page("list", grid([[["1", "a", "b"], ["2", "c", "d"]]], count="1-2 of 2"))
    more = {**COUNT, "count_pattern": r"of ([1-9]\d?|100)$"}
    rows = await (await (await enter(screens(list=listed(**more)))).open("list", {})).read_table("orders")
    assert len(rows) == 2


async def test_a_count_that_the_pattern_does_not_take_is_never_enough(ward: Ward, enter: Open) -> None:
    ward.page("list", grid([[["1", "a", "b"]]], count="1-1 of 101"))
    more = {**COUNT, "count_pattern": r"of ([1-9]\d?|100)$"}
    session = await enter(screens(list=listed(**more), patience="1 s"))
    with pytest.raises(ScreenNotReached, match="did not fill"):
        await (await session.open("list", {})).read_table("orders")


async def test_two_ways_to_the_next_page_are_not_the_last_page(ward: Ward, enter: Open) -> None:
    ward.page("list", grid([[["1", "a", "b"]], [["2", "c", "d"]]]) + "<button>Next</button>")
    session = await enter(screens(list=listed()))
    with pytest.raises(TargetAmbiguous):
        await (await session.open("list", {})).read_table("orders")


async def test_a_next_page_that_is_gone_for_a_moment_is_turned_to(
    ward: Ward, enter: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.page("list", grid([[["1", "a", "b"]], [["2", "c", "d"]]]))
    view = await (await enter(screens(list=listed()))).open("list", {})
    real, looks = Finder.look, 0

    async def blinks(self: Finder, **how: Any) -> Sight | None:
        nonlocal looks
        looks += self.name == "orders.next_page"
        first = self.name == "orders.next_page" and looks == 1
        if first:
            await view.window.page.evaluate("window.held = document.querySelector('#next'); held.remove()")
        sight = await real(self, **how)
        if first:
            await view.window.page.evaluate("document.body.append(held)")
        return sight

    monkeypatch.setattr(Finder, "look", blinks)
    rows = await view.read_table("orders")
    assert [row["order"] for row in rows] == ["1", "2"]
