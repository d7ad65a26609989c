"""The result form, where a report is typed: most of the unpleasantness lives here."""

from __future__ import annotations

import sqlite3

from robot_library.hospital.chaos import Trouble
from robot_library.hospital.ehr.layout import fresh_ids, group, late_field, page
from robot_library.hospital.ehr.pages import banner
from robot_library.hospital.markup import Html, Ids, tag
from robot_library.hospital.records import Visitor
from robot_library.hospital.settings import Settings


def result(order_id: str, row: sqlite3.Row, visitor: Visitor, settings: Settings, trouble: Trouble) -> str:
    """The form of one order. With ``identity="record"`` it shows no identifier but the name, as GNU Health does."""
    ids = fresh_ids(trouble)
    form = tag(
        "form",
        banner(ids) if settings.identity == "banner" else None,
        group(
            "Order",
            late_field(ids, "Patient:", "patient", wide=True),
            late_field(ids, "Age:", "age"),
            late_field(ids, "Order number:", "order"),
            late_field(ids, "Procedure:", "procedure"),
        ),
        _status(ids),
        _report(ids),
        class_="fields",
        id="record",
        onsubmit="return false",
    )
    heading = tag("div", tag("h1", f"Imaging result {order_id}"), _toolbar(order_id, row, visitor), class_="heading")
    return page(f"Imaging result {order_id}", visitor, settings, trouble, heading, form, page="result", key=order_id)


def _toolbar(order_id: str, row: sqlite3.Row, visitor: Visitor) -> Html:
    # The file box lies, invisible, over the menu item, as in the toolkit that this imitates.
    item = tag(
        "div",
        tag("span", "Add picture…"),
        tag("input", type="file", name="attachment", accept="image/png,image/jpeg,application/pdf", tabindex=-1),
        class_="menu-item",
        role="menuitem",
    )
    menu = tag(
        "div",
        tag("button", "Attachment (0)", type="button", id="attach", class_="button", aria_haspopup="menu",
            aria_expanded="false"),
        tag("div", tag("ul", id="files", aria_label="Attached files"), item, class_="dropdown-menu", role="menu",
            hidden=True),
        class_="dropdown",
    )  # fmt: skip
    sign = tag("button", "Sign", type="button", id="sign", class_="button") if visitor.account.may_sign else None
    return tag(
        "div",
        tag("button", "Save", type="button", id="save", class_="button main", disabled=True),
        tag("button", "Refresh status", type="button", id="refresh", class_="button"),
        sign,
        menu,
        tag("a", "Patient record", href=f"/patients/{row['current_patient_id']}", class_="button"),
        tag("a", "Imaging request", href=f"/orders/{order_id}", class_="button"),
        class_="toolbar",
        role="toolbar",
        aria_label="Form actions",
    )


def _status(ids: Ids) -> Html:
    return group(
        "Status",
        late_field(ids, "State:", "state"),
        late_field(ids, "Locked by:", "locked_by"),
        late_field(ids, "Report status:", "report_status"),
        late_field(ids, "Report author:", "report_author"),
        late_field(ids, "Last changed:", "last_changed"),
    )


def _report(ids: Ids) -> Html:
    who, impression, choices = ids.next(), ids.next(), ids.next()
    relation = tag(
        "div",
        tag("label", "Reported by:", for_=who),
        tag("input", id=who, name="reported_by", type="text", role="combobox", aria_expanded="false",
            aria_controls=choices, aria_autocomplete="list", autocomplete="off", disabled=True,
            data_field="reported_by"),
        tag("ul", id=choices, role="listbox", aria_label="People", hidden=True),
        class_="field relation",
    )  # fmt: skip
    # No label, no placeholder, no title: the box under a heading that says nothing to a machine.
    text = tag("textarea", name="comment", rows=11, disabled=True, data_field="comment", spellcheck="false")
    short = tag(
        "div",
        tag("label", "Impression:", for_=impression),
        tag("textarea", id=impression, name="impression", rows=2, disabled=True, data_field="impression"),
        class_="field wide",
    )
    return tag("section", tag("h2", "Report"), relation, text, short, class_="card report")
