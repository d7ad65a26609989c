"""The PACS's pages: sign-in, study list, study, viewer."""

from __future__ import annotations

import sqlite3

from robot_library.hospital.chaos import Trouble
from robot_library.hospital.markup import Child, Html, Ids, document, tag
from robot_library.hospital.records import Visitor
from robot_library.hospital.settings import PACS_NAME, Settings

COLUMNS = (
    ("patient_name", "Patient name"), ("mrn", "MRN"), ("birth_date", "Birth date"), ("study_date", "Study date"),
    ("description", "Description"), ("modality", "Mod."), ("accession", "Accession"), ("images", "Images"), ("", ""),
)  # fmt: skip
FILTERS = ("patient_name", "mrn", "study_date", "description", "accession")
"""Columns with a filter box in the header. The boxes have no label, as in OHIF."""


def date_text(written: str) -> str:
    """A DICOM date as the PACS shows it."""
    return f"{written[:4]}-{written[4:6]}-{written[6:8]}" if len(written) == 8 else "unknown"


def name_text(written: str) -> str:
    """A DICOM person name as the PACS shows it: ``FAMILY, Given``, further groups in brackets."""
    groups = [g.replace("^", ", ", 1).replace("^", " ").strip(" ,") for g in written.split("=") if g]
    return groups[0] + "".join(f" ({g})" for g in groups[1:]) if groups else "unknown"


def _head() -> Child:
    return (
        tag("link", rel="stylesheet", href="/static/pacs.css"),
        tag("script", src="/static/dialogs.js", defer=True),
        tag("script", src="/static/pacs.js", defer=True),
    )


def page(title: str, visitor: Visitor, settings: Settings, trouble: Trouble, *body: Child, **data: str) -> str:
    bar = tag(
        "header",
        tag("a", PACS_NAME, href="/studies", class_="brand"),
        tag("nav", tag("a", "Study list", href="/studies"), tag("a", "Repeats", href="/repeats"), aria_label="Main"),
        tag("span", visitor.account.display, class_="who"),
        tag("a", "Log out", href="/logout", class_="quiet"),
        class_="bar",
    )
    return document(
        f"{title} - {PACS_NAME}", bar, tag("main", body),
        tag("div", id="toasts", role="status", aria_live="polite"),
        head=_head(), data_tour="1" if settings.tour else "", data_notice=trouble.notice(),
        **{f"data_{k}": v for k, v in data.items()},
    )  # fmt: skip


def login(next_url: str, wrong: bool, trouble: Trouble) -> str:
    """One form, posted; the browser is brought to ``next_url`` afterwards."""
    ids = Ids(trouble.id_base(), trouble.id_prefix())
    user, password = ids.next(), ids.next()
    card = tag(
        "form",
        tag("h1", PACS_NAME),
        tag("label", "User", for_=user),
        tag("input", id=user, name="user", type="text", autocomplete="off"),
        tag("label", "Password", for_=password),
        tag("input", id=password, name="password", type="password", autocomplete="off"),
        tag("input", type="hidden", name="next", value=next_url),
        tag("p", "Wrong user or password.", class_="wrong", role="alert") if wrong else None,
        tag("button", "Log in", type="submit"),
        class_="login", method="post", action="/login",
    )  # fmt: skip
    return document(f"Log in - {PACS_NAME}", tag("main", card), head=_head(), class_="signin")


def studies(query: dict[str, str], visitor: Visitor, settings: Settings, trouble: Trouble) -> str:
    """The study list's frame: a labelled accession search, a grid with unlabelled filters, no rows yet."""
    ids = Ids(trouble.id_base(), trouble.id_prefix())
    box = ids.next()
    search = tag(
        "form",
        tag("label", "Accession number:", for_=box),
        tag("input", id=box, type="search", value=query.get("accession", ""), autocomplete="off"),
        tag("button", "Search", type="submit"),
        class_="search", id="search", role="search",
    )  # fmt: skip
    names = tag("tr", [tag("th", title, scope="col") for _, title in COLUMNS])
    filters = tag(
        "tr",
        [
            tag("td", tag("input", type="text", data_filter=key, value=query.get(key, ""), autocomplete="off"))
            if key in FILTERS
            else tag("td")
            for key, _ in COLUMNS[:-1]
        ],
        tag("td", tag("button", "Reset filters", type="button", id="reset")),
        class_="filters",
    )
    # Header and body are two tables, so that a column's header says nothing about the cells below it.
    head_table = tag("table", tag("thead", names, filters), class_="grid head")
    grid = tag("table", tag("tbody"), class_="grid", id="grid", aria_label="Studies")
    count = tag("p", id="count", role="status")
    card = tag("section", head_table, grid, count, class_="card")
    return page(
        "Study list", visitor, settings, trouble, tag("h1", "Study list"), search, card,
        page="studies", accession=query.get("accession", ""),
    )  # fmt: skip


def fact(ids: Ids, label: str, value: str) -> Html:
    number = ids.next()
    return tag("div", tag("dt", label, id=number), tag("dd", value, aria_labelledby=number))


def study(row: sqlite3.Row, images: list[sqlite3.Row], visitor: Visitor, settings: Settings, trouble: Trouble) -> str:
    """One study: whose it is by the archive's own books, how much of it has arrived, and its images."""
    ids = Ids(trouble.id_base(), trouble.id_prefix())
    facts = (
        ("Patient name:", name_text(row["patient_name"])), ("MRN:", row["mrn"]), ("Issuer:", row["issuer"]),
        ("Birth date:", date_text(row["birth_date"])), ("Sex:", row["sex"]), ("Accession:", row["accession"]),
        ("Study date:", date_text(row["study_date"])), ("Description:", row["description"]),
        ("Referring:", name_text(row["referring"])), ("Images received:", str(row["received"])),
        ("Images announced:", str(row["expected_images"])), ("Study UID:", row["study_uid"]),
    )  # fmt: skip
    uid = row["study_uid"]
    tools = tag(
        "div",
        tag("a", "Open viewer", href=f"/viewer/{uid}", target="_blank", class_="button main"),
        tag("a", "Image quality", href=f"/studies/{uid}/quality", class_="button"),
        tag("a", "Download ZIP", href=f"/studies/{uid}/archive.zip", class_="button", download=True),
        class_="toolbar",
    )
    missing = int(row["expected_images"]) - int(row["received"])
    warning = (
        tag("p", f"Incomplete: {missing} of {row['expected_images']} images have not arrived.", class_="warning",
            role="alert")
        if missing > 0
        else None
    )  # fmt: skip
    return page(
        "Study", visitor, settings, trouble,
        tag("div", tag("h1", "Study"), tools, class_="heading"), warning,
        tag("dl", [fact(ids, label, value) for label, value in facts], class_="card facts"),
        tag("section", tag("h2", "Images"), _images(images), class_="card"), page="study",
    )  # fmt: skip


def _images(images: list[sqlite3.Row]) -> Html:
    header = tag("tr", [tag("th", t, scope="col") for t in ("No.", "View", "Size", "Photometric", "Image UID", "")])
    lines = [
        tag(
            "tr",
            tag("td", str(i["number"])), tag("td", i["view"] or "unknown"), tag("td", f"{i['columns']} × {i['rows']}"),
            tag("td", i["photometric"]), tag("td", i["sop_uid"], class_="uid"),
            tag("td", tag("a", f"Download image {i['number']}", href=f"/instances/{i['sop_uid']}.dcm", download=True)),
        )
        for i in images
    ]  # fmt: skip
    return tag("table", tag("thead", header), tag("tbody", lines), class_="grid", aria_label="Images")


def viewer(row: sqlite3.Row, images: list[sqlite3.Row], settings: Settings, trouble: Trouble) -> str:
    """The viewer: a canvas that says nothing to a machine, texts in its corners, buttons some of which have no name."""
    list_of = " ".join(i["sop_uid"] for i in images)
    tools = tag(
        "div",
        [tag("button", name, type="button", id=f"tool-{name.split()[0].lower()}", aria_pressed="false")
         for name in ("Window Level", "Zoom", "Pan", "Invert", "Reset")],
        tag("button", tag("i", "◀", aria_hidden="true"), type="button", id="tool-back"),
        tag("button", tag("i", "▶", aria_hidden="true"), type="button", id="tool-forward"),
        tag("button", "Capture", type="button", id="tool-capture"),
        class_="tools", role="toolbar", aria_label="Viewer tools",
    )  # fmt: skip
    corner = [
        tag("div", tag("p", name_text(row["patient_name"]), title="Patient name"), tag("p", row["mrn"], title="MRN"),
            tag("p", date_text(row["birth_date"]), title="Birth date"), class_="corner nw"),
        tag("div", tag("p", row["description"]), tag("p", date_text(row["study_date"])),
            tag("p", row["accession"], title="Accession"), class_="corner ne"),
        tag("div", tag("p", id="slice"), tag("p", id="window"), class_="corner sw"),
    ]  # fmt: skip
    stage = tag("div", tag("canvas", id="canvas"), corner, class_="stage", id="stage")
    toasts = tag("div", id="toasts", role="status", aria_live="polite")
    return document(
        f"Viewer - {PACS_NAME}", tools, stage, toasts, head=_head(), class_="viewing", data_page="viewer",
        data_images=list_of, data_tour="1" if settings.tour else "", data_notice=trouble.notice(),
    )  # fmt: skip
