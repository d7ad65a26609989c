"""The PACS's pages about image quality: a form for each study, and the technologists' list of films to repeat."""

from __future__ import annotations

import sqlite3

from robot_library.hospital.chaos import Trouble
from robot_library.hospital.markup import Ids, tag
from robot_library.hospital.pacs.pages import date_text, fact, name_text, page
from robot_library.hospital.records import Visitor
from robot_library.hospital.settings import Settings


def form(row: sqlite3.Row, mark: sqlite3.Row | None, visitor: Visitor, settings: Settings, trouble: Trouble) -> str:
    """Whose study it is, what stands about its quality, and two boxes. Posted, then shown again as stored."""
    ids = Ids(trouble.id_base(), trouble.id_prefix())
    facts = (
        ("Patient name:", name_text(row["patient_name"])), ("MRN:", row["mrn"]), ("Issuer:", row["issuer"]),
        ("Birth date:", date_text(row["birth_date"])), ("Accession:", row["accession"]),
        ("Study date:", date_text(row["study_date"])), ("Quality status:", "Marked" if mark else "Not marked"),
        ("Marked by:", mark["display"] if mark else "nobody"), ("Study UID:", row["study_uid"]),
    )  # fmt: skip
    verdict, remarks = ids.next(), ids.next()
    stored = (mark["verdict"], mark["remarks"]) if mark else ("", "")
    boxes = tag(
        "form",
        tag("h2", "Image quality"),
        tag("label", "Verdict:", for_=verdict),
        tag("input", id=verdict, name="verdict", type="text", autocomplete="off", value=stored[0]),
        tag("label", "Remarks:", for_=remarks),
        tag("textarea", stored[1], id=remarks, name="remarks", rows=9, spellcheck="false"),
        tag("button", "Save", type="submit", class_="button main"),
        method="post", class_="card marks",
    )  # fmt: skip
    body = tag("dl", [fact(ids, label, value) for label, value in facts], class_="card facts")
    return page("Quality", visitor, settings, trouble, tag("h1", "Quality of a study"), body, boxes, page="quality")


def repeats(rows: list[sqlite3.Row], visitor: Visitor, settings: Settings, trouble: Trouble) -> str:
    """The technologists' list."""
    titles = ("Accession", "Study date", "Patient name", "Verdict", "Marked by")
    lines = [
        tag(
            "tr", tag("td", tag("a", r["accession"], href=f"/studies/{r['study_uid']}/quality")),
            tag("td", date_text(r["study_date"])), tag("td", name_text(r["patient_name"])),
            tag("td", r["verdict"]), tag("td", r["display"]),
        )
        for r in rows
    ]  # fmt: skip
    empty = tag("tr", tag("td", "Nothing to repeat.", colspan=len(titles)))
    header = tag("tr", [tag("th", title, scope="col") for title in titles])
    grid = tag("table", tag("thead", header), tag("tbody", lines or empty), class_="grid", aria_label="Repeats")
    return page(
        "Repeats", visitor, settings, trouble, tag("h1", "Films to repeat"), tag("section", grid, class_="card")
    )
