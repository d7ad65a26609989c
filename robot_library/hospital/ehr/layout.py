"""The frame of every EHR page, and the labelled fields that fill late."""

from __future__ import annotations

from robot_library.hospital.chaos import Trouble
from robot_library.hospital.markup import Child, Html, Ids, document, tag
from robot_library.hospital.records import Visitor
from robot_library.hospital.settings import EHR_NAME, Settings


def fresh_ids(trouble: Trouble) -> Ids:
    """Element ids for one page load; never the same twice."""
    return Ids(trouble.id_base(), trouble.id_prefix())


def page(title: str, visitor: Visitor, settings: Settings, trouble: Trouble, *body: Child, **data: str) -> str:
    """A page for somebody who is signed in. ``data`` becomes ``data-…`` attributes of the body for the script."""
    account = visitor.account
    bar = tag(
        "header",
        tag("a", tag("span", "✚", aria_hidden="true"), EHR_NAME, class_="brand", href="/worklist"),
        tag("nav", tag("a", "Worklist", href="/worklist"), aria_label="Main"),
        tag("span", account.display, tag("small", account.role), class_="who"),
        tag("a", "Sign out", href="/signout", class_="quiet"),
        class_="bar",
    )
    attributes = {f"data_{k}": v for k, v in data.items()}
    notice = trouble.notice()
    return document(
        f"{title} - {EHR_NAME}",
        bar,
        tag("main", body),
        foot(settings),
        tag("div", id="toasts", role="status", aria_live="polite"),
        head=head(),
        data_tour="1" if settings.tour else "",
        data_notice=notice,
        **attributes,
    )


def foot(settings: Settings) -> Html:
    """Which version of the EHR this is."""
    return tag("footer", f"{EHR_NAME} {settings.release}", class_="small")


def head() -> Child:
    """Style and script of the EHR."""
    return (
        tag("link", rel="stylesheet", href="/static/ehr.css"),
        tag("script", src="/static/dialogs.js", defer=True),
        tag("script", src="/static/ehr.js", defer=True),
    )


def late_field(ids: Ids, label: str, key: str, *, wide: bool = False) -> Html:
    """A labelled read-only box that is empty until the script fills it; its id changes, its label does not."""
    number = ids.next()
    return tag(
        "div",
        tag("label", label, for_=number),
        tag("input", id=number, type="text", readonly=True, data_field=key, autocomplete="off"),
        class_="field wide" if wide else "field",
    )


def late_text(ids: Ids, label: str, key: str) -> Html:
    """A labelled text of a banner that is empty until the script fills it."""
    number = ids.next()
    return tag(
        "div",
        tag("span", label, id=number, class_="label"),
        tag("span", aria_labelledby=number, data_field=key, class_="value"),
        class_="fact",
    )


def group(heading: str, *body: Child, class_: str = "card") -> Html:
    """A card with a heading."""
    return tag("section", tag("h2", heading), body, class_=class_, aria_label=heading)
