"""Which column a cell stands in: headers over several, cells over several rows, columns that were added or moved."""

from __future__ import annotations

from typing import Any

import pytest

from robot_library.errors import ScreenNotReached, TargetAmbiguous
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


def listed(rows: dict[str, Any], *columns: str, **more: Any) -> dict[str, Any]:
    return {
        "seen_by": [{"role": "heading", "name": "List"}],
        "reach": [{"goto": "/p/list"}],
        "tables": {"orders": {"rows": rows, "columns": {c.lower(): {"header": c} for c in columns}, **more}},
    }


async def test_a_cell_over_two_rows_is_in_both(ward: Ward, enter: Open) -> None:
    ward.page(
        "list",
        "<h1>List</h1><table><thead><tr><th>Patient<th>Order<th>Exam<th>Place</tr></thead><tbody>"
        "<tr><td rowspan=2>Mora, Ana<td>17<td>CT<td>A<tr><td>18<td>MR<td>B<tr><td>Ruiz, Eva<td>19<td>CT<td>C</table>",
    )
    session = await enter(screens(list=listed({"css": "tbody tr"}, "Patient", "Order")))
    rows = await (await session.open("list", {})).read_table("orders")
    assert [(row["patient"], row["order"]) for row in rows] == [
        ("Mora, Ana", "17"), ("Mora, Ana", "18"), ("Ruiz, Eva", "19")
    ]  # fmt: skip


@pytest.mark.parametrize("named", [True, False])
async def test_headers_in_two_rows_stand_over_their_own_columns(ward: Ward, enter: Open, named: bool) -> None:
    ward.page(
        "list",
        "<h1>List</h1><table><thead><tr><th colspan=2>Patient<th rowspan=2>Order<th rowspan=2>Doctor</tr>"
        "<tr><th>Name<th>Born</tr></thead><tbody><tr><td>Mora, Ana<td>1980-01-02<td>17<td>Ruiz, Eva</table>",
    )
    more = {"headers": {"css": "thead th"}} if named else {}
    session = await enter(screens(list=listed({"css": "tbody tr"}, "Order", "Name", "Born", **more)))
    rows = await (await session.open("list", {})).read_table("orders")
    assert rows == [{"order": "17", "name": "Mora, Ana", "born": "1980-01-02"}]


async def test_a_grid_that_says_which_column_a_cell_is_in_is_believed(ward: Ward, enter: Open) -> None:
    """Grids that draw only what is in sight leave their cells in the order they were made in."""
    ward.page(
        "list",
        "<h1>List</h1><div role=grid><div role=row><span role=columnheader aria-colindex=2>Name</span>"
        "<span role=columnheader aria-colindex=3>Order</span></div><div role=row class=r>"
        "<span role=gridcell aria-colindex=3>17</span><span role=gridcell aria-colindex=2>Mora, Ana</span></div></div>",
    )
    session = await enter(screens(list=listed({"css": ".r"}, "Name", "Order")))
    assert await (await session.open("list", {})).read_table("orders") == [{"name": "Mora, Ana", "order": "17"}]


async def test_two_columns_of_one_name_are_none_unless_the_map_counts_them(ward: Ward, enter: Open) -> None:
    """A new release puts the doctor's name before the patient's."""
    ward.page(
        "list",
        "<h1>List</h1><table><thead><tr><th>Name<th>Order<th>Name</tr></thead><tbody>"
        "<tr><td>Ruiz, Eva<td>17<td>Mora, Ana</table>",
    )
    session = await enter(screens(list=listed({"css": "tbody tr"}, "Name", "Order")))
    with pytest.raises(TargetAmbiguous, match="2 columns"):
        await (await session.open("list", {})).read_table("orders")
    columns = {"columns": {"name": {"header": "Name", "nth": 2}}}
    session = await enter(screens(list=listed({"css": "tbody tr"}, **columns)))
    assert await (await session.open("list", {})).read_table("orders") == [{"name": "Mora, Ana"}]


async def test_a_row_that_leaves_a_page_read_already_hides_none(ward: Ward, enter: Open) -> None:
    """Of four orders, two a page, one is reported while the first page is read: the third moves to that page."""
    ward.page(
        "list",
        "<h1>List</h1><table><thead><tr><th>Order</tr></thead><tbody></tbody></table><p id=n></p>"
        "<button id=next>Next</button><script>let at = 0; const all = [1, 2, 3, 4];"
        "if (sessionStorage.gone) all.shift(); function show() {"
        "document.querySelector('tbody').innerHTML = all.slice(2 * at, 2 * at + 2).map(o => `<tr><td>${o}`).join('');"
        "n.textContent = all.length; next.disabled = 2 * at + 2 >= all.length }"
        "next.onclick = () => { at += 1; if (!sessionStorage.gone) { sessionStorage.gone = 1; all.shift() } show() };"
        "show()</script>",
    )
    more = {"count": {"css": "#n"}, "next_page": {"role": "button", "name": "Next"}}
    session = await enter(screens(list=listed({"css": "tbody tr"}, "Order", **more)))
    rows = await (await session.open("list", {})).read_table("orders")
    assert [row["order"] for row in rows] == ["2", "3", "4"]


async def test_a_grid_that_draws_only_what_is_in_sight_is_not_whole(ward: Ward, enter: Open) -> None:
    ward.page(
        "list",
        "<h1>List</h1><table aria-rowcount=61><thead><tr><th>Order</tr></thead><tbody>"
        "<tr aria-rowindex=2><td>1<tr aria-rowindex=3><td>2</table>",
    )
    session = await enter(screens(list=listed({"css": "tbody tr"}, "Order")))
    with pytest.raises(ScreenNotReached, match="60 rows"):
        await (await session.open("list", {})).read_table("orders")
