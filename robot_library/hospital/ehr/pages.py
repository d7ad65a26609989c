"""The EHR's pages. What they show arrives later, by the script, from ``api``."""

from __future__ import annotations

import sqlite3

from robot_library.hospital.chaos import Trouble
from robot_library.hospital.ehr.layout import foot, fresh_ids, group, head, late_field, late_text, page
from robot_library.hospital.markup import Html, Ids, document, tag
from robot_library.hospital.records import TABS, Visitor
from robot_library.hospital.settings import EHR_NAME, PACS_NAME, Settings

COLUMNS = ("Order", "Date", "Patient", "Age", "Procedure", "Priority", "Date", "State", "Report")
"""Headers of the worklist. "Date" stands twice: requested on, examined on."""


def sign_in(next_url: str, settings: Settings, trouble: Trouble) -> str:
    """First step of the sign-in: the user name. The password is asked in a dialog on top."""
    ids = fresh_ids(trouble)
    user = ids.next()
    card = tag(
        "form",
        tag("h1", tag("span", "✚", aria_hidden="true"), EHR_NAME),
        tag("p", "St. Meadow Children's Hospital"),
        tag("label", "User name", for_=user),
        tag("input", id=user, name="login", type="text", autocomplete="off"),
        tag("button", "Login", type="submit"),
        tag("p", "Synthetic demonstration data. Not for clinical use.", class_="small"),
        class_="login",
        id="signin",
    )
    body = (tag("main", card), foot(settings), tag("div", id="toasts", role="status", aria_live="polite"))
    return document(f"Sign in - {EHR_NAME}", body, head=head(), class_="signin", data_next=next_url)


def worklist(tab: str, number: int, visitor: Visitor, settings: Settings, trouble: Trouble) -> str:
    """The worklist's frame: tabs, an empty grid, a pager."""
    tabs = tag(
        "div",
        [
            tag("a", t.capitalize(), href=f"/worklist?state={t}", role="tab", aria_selected=str(t == tab).lower())
            for t in TABS
        ],
        role="tablist",
        aria_label="Order state",
        class_="tabs",
    )
    ids = fresh_ids(trouble)
    header = tag("tr", [tag("th", c, scope="col", id=ids.next()) for c in COLUMNS])
    grid = tag("table", tag("thead", header), tag("tbody"), class_="grid", id="grid", aria_label="Imaging orders")
    pager = tag(
        "div",
        tag("button", "Previous page", type="button", id="previous", disabled=True),
        tag("span", id="where", role="status"),
        tag("button", "Next page", type="button", id="next", disabled=True),
        class_="pager",
    )
    card = tag("section", tabs, grid, pager, class_="card flush")
    data = {"page": "worklist", "tab": tab, "number": str(number)}
    return page("Imaging worklist", visitor, settings, trouble, tag("h1", "Imaging worklist"), card, **data)


def order(
    order_id: str, row: sqlite3.Row, pacs_url: str, visitor: Visitor, settings: Settings, trouble: Trouble
) -> str:
    """An imaging request: who, what, in which state."""
    ids = fresh_ids(trouble)
    links = tag(
        "div",
        tag("a", "Open result form", href=f"/results/{order_id}", class_="button main"),
        tag("a", "Patient record", href=f"/patients/{row['current_patient_id']}", class_="button"),
        tag("a", f"Images in {PACS_NAME}", href=f"{pacs_url}/studies?accession={row['accession']}", class_="button",
            target="_blank", rel="noopener"),
        class_="toolbar",
    )  # fmt: skip
    frame = tag("iframe", src=f"/orders/{order_id}/clinical", title="Clinical details", name="clinical")
    return page(
        f"Imaging request {order_id}", visitor, settings, trouble,
        tag("div", tag("h1", f"Imaging request {order_id}"), links, class_="heading"),
        tag("form", _who(ids), _what(ids), _state(ids), class_="fields", id="record", onsubmit="return false"),
        tag("section", tag("h2", "Clinical details"), frame, class_="card"),
        page="order", key=order_id,
    )  # fmt: skip


def _who(ids: Ids) -> Html:
    return group(
        "Patient",
        late_field(ids, "Patient:", "patient", wide=True),
        late_field(ids, "MRN:", "mrn"),
        late_field(ids, "Issuer:", "issuer"),
        late_field(ids, "Birth date:", "birth_date"),
        late_field(ids, "Sex:", "sex"),
        late_field(ids, "Age:", "age"),
    )


def _what(ids: Ids) -> Html:
    return group(
        "Request",
        late_field(ids, "Order number:", "order"),
        late_field(ids, "Accession:", "accession"),
        late_field(ids, "Procedure:", "procedure"),
        late_field(ids, "Body site:", "body_site"),
        late_field(ids, "Images expected:", "images_expected"),
        late_field(ids, "Requested by:", "requested_by"),
        late_field(ids, "Requested on:", "requested_at"),
        late_field(ids, "Examined on:", "exam_at"),
    )


def _state(ids: Ids) -> Html:
    return group(
        "Status",
        late_field(ids, "State:", "state"),
        late_field(ids, "Priority:", "priority"),
        late_field(ids, "Locked by:", "locked_by"),
        late_field(ids, "Report status:", "report_status"),
        late_field(ids, "Report author:", "report_author"),
        late_field(ids, "Same study as:", "linked_to"),
    )


def clinical(row: sqlite3.Row, earlier: list[sqlite3.Row], trouble: Trouble) -> str:
    """The document inside the order's frame."""
    ids = fresh_ids(trouble)
    number = ids.next()
    lines = [
        tag("tr", tag("td", o["order_id"]), tag("td", o["requested_at"]), tag("td", o["procedure"])) for o in earlier
    ]
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", c, scope="col") for c in ("Request", "Date", "Procedure")])),
        tag("tbody", lines or tag("tr", tag("td", "No other imaging.", colspan=3))),
        class_="grid",
        aria_label="Other imaging",
    )
    body = tag(
        "main",
        tag("div", tag("label", "Indication:", for_=number),
            tag("input", id=number, readonly=True, value=row["indication"]), class_="field wide"),
        tag("h2", "Other imaging of this patient"), table,
    )  # fmt: skip
    return document("Clinical details", body, head=head(), class_="framed", data_page="clinical")


def patient(
    row: sqlite3.Row, aliases: list[sqlite3.Row], visitor: Visitor, settings: Settings, trouble: Trouble
) -> str:
    """A patient's record: the one place that holds every identifier."""
    ids = fresh_ids(trouble)
    fields = tag(
        "form",
        group(
            "Identity",
            late_field(ids, "Name:", "name", wide=True), late_field(ids, "MRN:", "mrn"),
            late_field(ids, "Issuer:", "issuer"), late_field(ids, "Birth date:", "birth_date"),
            late_field(ids, "Sex:", "sex"), late_field(ids, "Record status:", "status"),
        ),
        class_="fields", onsubmit="return false",
    )  # fmt: skip
    lines = [tag("tr", [tag("td", a[c]) for c in ("kind", "name", "mrn", "since")]) for a in aliases]
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", c, scope="col") for c in ("Kind", "Name", "MRN", "Since")])),
        tag("tbody", lines or tag("tr", tag("td", "None.", colspan=4))),
        class_="grid",
        aria_label="Earlier names and merged records",
    )
    return page(
        "Patient record", visitor, settings, trouble, tag("h1", "Patient record"), fields,
        group("Earlier names and merged records", table), page="patient", key=row["patient_id"],
    )  # fmt: skip


def not_found(visitor: Visitor, settings: Settings, trouble: Trouble) -> str:
    """No such record."""
    text = tag("p", "There is no record with this number, or you may not see it.")
    return page("Not found", visitor, settings, trouble, tag("h1", "Record not found"), text)


def banner(ids: Ids) -> Html:
    """Two identifiers of the person, on top of the result form."""
    facts = (
        late_text(ids, "MRN:", "mrn"),
        late_text(ids, "Birth date:", "birth_date"),
        late_text(ids, "Sex:", "sex"),
    )
    return tag("section", facts, class_="banner", aria_label="Patient banner")
