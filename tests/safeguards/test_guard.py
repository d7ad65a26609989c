"""The guard before every write, on the demo hospital's real screens in a real browser, while people change the books.

In both styles: a form that shows whose it is (banner), and one where that stands in the patient's record (record).
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, cast

import pytest
import pytest_asyncio
from playwright.async_api import Route

from robot_library.actions.commit import Save
from robot_library.drivers.browser import BrowserDriver
from robot_library.errors import (
    ApplicationException,
    AuthoringError,
    BusinessException,
    OrderChanged,
    OrderHeld,
    PatientMismatch,
    ReportExists,
    ScreenNotReached,
    TooFewIdentifiers,
    VersionNotVerified,
)
from robot_library.hospital import Hospital, events
from robot_library.hospital.schema import connect
from robot_library.interfaces import Context, Protection
from robot_library.model.screen import VersionShown
from tests.safeguards.desk import Books, Desk, Style, desk, screen_map

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, pytest.mark.slow]

Effect = Literal["write", "commit"]
MOMENTS: tuple[Effect, ...] = ("write", "commit")
IN_A_HURRY: dict[str, Any] = {"grid_ms": (0, 0), "field_ms": (0, 30), "session_requests": (), "tour": False}


BANNER = pytest.mark.parametrize("style", ["banner"], indirect=True, scope="module")
RECORD = pytest.mark.parametrize("style", ["record"], indirect=True, scope="module")


@pytest.fixture(scope="module", params=["banner", "record"])
def style(request: pytest.FixtureRequest) -> Style:
    return cast(Style, request.param)


@pytest.fixture(scope="module")
def books(style: Style, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    with Hospital(tmp_path_factory.mktemp(style), identity=style, **IN_A_HURRY) as hospital:
        books = Books(hospital)
        yield books
        books.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def driver() -> AsyncIterator[BrowserDriver]:
    one = BrowserDriver()
    yield one
    await one.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at(
    style: Style, books: Books, driver: BrowserDriver, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """A desk with ordinary patience."""
    async with desk(driver, books, screen_map(style, tmp_path_factory.mktemp("map"))) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def hasty(style: Style, books: Books, driver: BrowserDriver, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk that gives up after five seconds, for what never comes."""
    async with desk(driver, books, screen_map(style, tmp_path, "5 s")) as one:
        yield one


async def passes(at: Desk, effect: Effect, protection: Protection) -> list[str]:
    return await at.guard.before_write(effect, protection, at.session)


async def stops(at: Desk, effect: Effect, protection: Protection, why: type[Exception]) -> None:
    """The guard stops, nothing was saved, and it says nothing of the patient."""
    with pytest.raises(why) as stop:
        await passes(at, effect, protection)
    order = at.session.view.where["order"] if at.session.view else ""
    told = str(stop.value)
    for row in at.books.ask("SELECT mrn, family FROM patients"):
        assert not row["mrn"] or row["mrn"] not in told
        assert f" {row['family']}" not in told
    assert at.books.saves(order) == []


# ---- the application's version ------------------------------------------------------------------------------


@BANNER
async def test_on_a_version_that_the_map_was_not_verified_on_nothing_is_typed(
    style: Style, books: Books, driver: BrowserDriver, tmp_path: Path
) -> None:
    """The word behind 'Imaging' on the worklist stands for a version. Read once for a session, not at every press."""
    order, screens = books.order("plain", 1), screen_map(style, tmp_path)
    shown = {"at": "/worklist?state=requested", "find": {"role": "heading", "name": "Imaging worklist"}}
    for verified, pattern, why in (
        ("work*", r"Imaging (\w+)", None), ("7.0.*", r"Imaging (\w+)", "is worklist; its screen map was verified on 7"),
        ("7.0.*", r"Release (\S+)", "does not show its version"),
    ):  # fmt: skip
        version = VersionShown.model_validate({**shown, "pattern": pattern, "verified": [verified]})
        hurried = {"version": version, **({} if why is None else {"patience": timedelta(seconds=5)})}
        async with desk(driver, books, screens.model_copy(update=hurried)) as one:
            one.session._site.version = None
            protection = await one.form(order)
            if why is None:
                said = await passes(one, "write", protection)
                assert said[-1] == "demo-ehr is of a version that its map was verified on"
                assert one.session._site.version is not None
                await one.type("Right.")  # to look for the version has left the form as it was
                continue
            with pytest.raises(VersionNotVerified, match=why):
                await passes(one, "commit", protection)
    assert books.saves(order["order_id"]) == []


@BANNER
async def test_a_new_release_stops_the_bundled_maps_writes_until_it_is_verified_again(
    style: Style, driver: BrowserDriver, tmp_path: Path
) -> None:
    """The map as it is bundled, on an EHR that was exchanged for a newer one: it is read, and nothing is typed."""
    screens = screen_map(style, tmp_path)
    assert screens.version is not None, "the bundled map says on which release it was verified"
    with Hospital(tmp_path / "newer", identity=style, release="5.0.0", **IN_A_HURRY) as hospital:
        books = Books(hospital)
        order = books.order("plain", 1)
        async with desk(driver, books, screens) as one:
            protection = await one.form(order)
            with pytest.raises(VersionNotVerified, match=r"demo-ehr is 5\.0\.0; its screen map was verified on 4\.2"):
                await passes(one, "write", protection)
        assert books.saves(order["order_id"]) == []
        again = screens.version.model_copy(update={"verified": (*screens.version.verified, "5.0.0")})
        async with desk(driver, books, screens.model_copy(update={"version": again})) as one:
            said = await passes(one, "write", await one.form(order))
            assert said[-1] == "demo-ehr is of a version that its map was verified on"
        books.close()


# ---- identity ------------------------------------------------------------------------------------------------


async def test_the_right_patient_passes_and_the_save_lands(at: Desk) -> None:
    order = at.books.order("plain")
    protection = await at.form(order)
    said = await passes(at, "write", protection)
    assert "patient number" in said[0]
    await at.type("Right.")
    said = await passes(at, "commit", protection)
    assert "birth date, name, patient number agree" in said[0]
    await at.save()
    assert at.books.saves(order["order_id"]) == ["Right."]


@pytest.mark.parametrize("effect", MOMENTS)
async def test_the_order_moves_to_another_patient_while_the_form_is_open(at: Desk, effect: Effect) -> None:
    order, other = at.books.order("plain", 1), at.books.order("plain", 2)
    protection = await at.form(order)
    if effect == "commit":
        await passes(at, "write", protection)
        await at.type()
    with at.books.for_a_while(order["order_id"], current_patient_id=other["patient_id"]):
        await stops(at, effect, protection, PatientMismatch)


@pytest.mark.parametrize("effect", MOMENTS)
async def test_the_order_moves_to_a_namesake(at: Desk, effect: Effect) -> None:
    """What the live form shows in the record style is the same before and after: name, age and order."""
    order, other = at.books.order("same_name", 0), at.books.order("same_name", 1)
    assert order["display"] == other["display"]
    protection = await at.form(order)
    if effect == "commit":
        await at.type()
    with at.books.for_a_while(order["order_id"], current_patient_id=other["patient_id"]):
        await stops(at, effect, protection, PatientMismatch)


@pytest.mark.parametrize("effect", MOMENTS)
async def test_the_patient_is_merged_into_another(at: Desk, effect: Effect) -> None:
    """As the hospital's own people merge, at each moment once."""
    order = at.books.order("merged_meanwhile") if effect == "write" else at.books.order("monochrome_pair")
    survivor = at.books.order("several_images")["patient_id"]
    protection = await at.form({**dict(order), "moment": ""})  # type: ignore[arg-type]
    if effect == "commit":
        await at.type()
        db = connect(at.books.hospital.database)
        events._merge(db, {**dict(order), "merge_into": survivor}, "2026-03-03T00:00:00")  # type: ignore[arg-type]
        db.close()
    await stops(at, effect, protection, PatientMismatch)


async def test_a_corrected_number_or_birth_date_stops(at: Desk) -> None:
    order = at.books.order("plain", 3)
    protection = await at.form(order)
    for change in ({"mrn": "00999123"}, {"birth_date": "2019-02-28"}, {"display": "Someone, Else"}):
        with at.books.patient_for_a_while(order["patient_id"], **change):
            await stops(at, "write", protection, PatientMismatch)
    await passes(at, "write", protection)


@BANNER
async def test_the_work_item_of_another_patient_never_passes(at: Desk) -> None:
    order, other = at.books.order("plain", 3), at.books.order("plain", 4)
    mine, theirs = await at.form(order), await at.form(other)
    await stops(at, "write", mine, PatientMismatch)
    half = Protection("ehr", "result", (theirs.expected[0], mine.expected[1]))
    await stops(at, "write", half, PatientMismatch)


@BANNER
async def test_the_ehr_alone_proves_nothing(at: Desk) -> None:
    protection = await at.form(at.books.order("plain", 3))
    await stops(at, "write", Protection("ehr", "result", protection.expected[:1]), TooFewIdentifiers)


@BANNER
async def test_another_screen_than_the_protected_one_is_not_written(at: Desk) -> None:
    order = at.books.order("plain", 3)
    protection = await at.form(order)
    await at.session.open("order", {"order": order["order_id"]})
    await stops(at, "write", protection, ScreenNotReached)


@BANNER
async def test_a_form_that_shows_another_order_than_asked(hasty: Desk) -> None:
    """The number in its box is another's: a script gone wrong, or a page that was changed under the bot."""
    protection = await hasty.form(hasty.books.order("plain", 3))
    box = hasty.page.get_by_label("Order number:")
    await box.evaluate("(box, other) => { box.value = other }", hasty.books.order("plain", 4)["order_id"])
    await stops(hasty, "write", protection, PatientMismatch)
    with pytest.raises((ScreenNotReached, BusinessException)):
        await hasty.type()


@BANNER
async def test_the_tab_was_taken_to_another_order(hasty: Desk) -> None:
    protection = await hasty.form(hasty.books.order("plain", 3))
    await hasty.page.goto(f"{hasty.books.hospital.ehr_url}/results/{hasty.books.order('plain', 4)['order_id']}")
    await stops(hasty, "write", protection, ScreenNotReached)


async def test_a_banner_changed_under_the_bot(at: Desk) -> None:
    """What the live form shows must be right too, not only the record opened anew."""
    order = at.books.order("plain", 3)
    protection = await at.form(order)
    await at.page.get_by_label("Patient:", exact=True).evaluate("box => { box.value = 'Someone, Else' }")
    await stops(at, "write", protection, PatientMismatch)


@RECORD
async def test_the_link_leads_to_another_patients_record(at: Desk) -> None:
    order, other = at.books.order("plain", 3), at.books.order("plain", 4)
    protection = await at.form(order)
    base = at.books.hospital.ehr_url
    pattern = f"{base}/patients/{order['patient_id']}"
    await at.context.route(pattern, lambda route: route.fulfill(
        status=302, headers={"location": f"{base}/patients/{other['patient_id']}"}))  # fmt: skip
    try:
        await stops(at, "write", protection, PatientMismatch)
    finally:
        await at.context.unroute(pattern)


async def test_identity_that_arrives_late_is_waited_for_and_never_taken_for_empty(at: Desk) -> None:
    protection = await at.form(at.books.order("plain", 3))
    settings = at.books.hospital.settings
    object.__setattr__(settings, "field_ms", (1500, 1600))
    try:
        assert await passes(at, "write", protection)
    finally:
        object.__setattr__(settings, "field_ms", (0, 30))


async def test_identity_that_never_arrives_stops(hasty: Desk) -> None:
    order = hasty.books.order("plain", 3)
    protection = await hasty.form(order)
    with hasty.books.patient_for_a_while(order["patient_id"], mrn=""):
        await stops(hasty, "write", protection, ApplicationException)


# ---- state ---------------------------------------------------------------------------------------------------

CHANGES: list[tuple[dict[str, str], type[Exception]]] = [
    ({"state": "cancelled"}, OrderChanged),
    ({"state": "done"}, OrderChanged),
    ({"state": "draft"}, OrderChanged),
    ({"locked_by": "Okafor, Amara"}, OrderHeld),
    ({"report_status": "final", "report_author": "Okafor, Amara"}, ReportExists),
    ({"report_status": "preliminary", "report_author": "Okafor, Amara"}, ReportExists),
    ({"report_status": "preliminary", "report_author": "RPA Bot"}, ReportExists),
    ({"procedure": "Chest X-ray, portable"}, OrderChanged),
]


@BANNER
@pytest.mark.parametrize("effect", MOMENTS)
async def test_every_change_of_the_order_stops_before_typing_and_before_saving(at: Desk, effect: Effect) -> None:
    """The form stays open meanwhile and shows what was true when it was opened."""
    order = at.books.order("plain", 5)
    protection = await at.form(order)
    if effect == "commit":
        await at.type()
    for change, why in CHANGES:
        with at.books.for_a_while(order["order_id"], **change):
            await stops(at, effect, protection, why)
    await passes(at, effect, protection)


@BANNER
async def test_a_person_types_first_and_saves_while_the_bot_types(at: Desk) -> None:
    """The person's text was not there when the form was opened; it stays what it is."""
    order = at.books.order("plain", 6)
    protection = await at.form(order)
    await passes(at, "write", protection)
    await at.type("Ours.")
    text = {"comment": "A person's words.", "impression": "", "reported_by": "Okafor, Amara"}
    await at.books.doctor(f"/api/results/{order['order_id']}", **text, version=order["version"])
    with pytest.raises(ReportExists):
        await passes(at, "commit", protection)
    with pytest.raises(OrderHeld):
        await at.save()
    assert at.books.saves(order["order_id"]) == ["A person's words."]


@BANNER
async def test_our_own_draft_and_nobody_elses(at: Desk) -> None:
    """What holds where our draft stands already: ours, unlocked, unsigned, letter for letter."""
    order = at.books.order("plain", 7)
    number = order["order_id"]
    protection = await at.form(order)
    await at.type("Ours.")
    await at.save()
    ours = Protection("ehr", "result", protection.expected, {"report": "Ours."}, "own_draft")
    await at.session.open("result", {"order": number})
    said = await passes(at, "commit", ours)
    assert [one for one in said if "allows writing (3 rules)" in one]
    changes: list[tuple[dict[str, str], type[Exception]]] = [
        ({"locked_by": "Okafor, Amara"}, OrderHeld),
        ({"report_author": "Okafor, Amara"}, OrderHeld),
        ({"report_author": "RPA Bot (training)"}, OrderHeld),
        ({"report_status": "final"}, ReportExists),
        ({"report_status": "none", "report_author": ""}, ReportExists),
        ({"report_text": "Ours. And a person's."}, OrderChanged),
    ]
    for change, why in changes:
        with at.books.for_a_while(number, **change), pytest.raises(why):
            await passes(at, "commit", ours)
    await at.books.doctor(f"/api/results/{number}/sign")
    with pytest.raises(ReportExists):
        await passes(at, "commit", ours)
    unknown = Protection("ehr", "result", protection.expected, {}, "no such rules")
    with pytest.raises(AuthoringError):
        await passes(at, "commit", unknown)


# ---- a hospital that does not answer -------------------------------------------------------------------------


class AtDesk:
    """As much of a step's context as looking for a proof needs."""

    def __init__(self, at: Desk) -> None:
        self._at = at

    async def session(self, role: str) -> Any:
        assert role == "ehr"
        return self._at.session

    async def evidence(self, kind: str, title: str, data: bytes, *, masked: bool = True) -> None:
        assert data


def _proof(order: sqlite3.Row) -> dict[str, Any]:
    where = {"order": order["order_id"]}
    return {"screen": "ehr.result", "where": where, "fields": {"report": "Ours.", "report_status": "Preliminary"}}


@asynccontextmanager
async def _broken(at: Desk, how: str, path: str) -> AsyncIterator[None]:
    """Every answer below this path is an error, or none at all, or a page of something else."""

    async def answer(route: Route) -> None:
        match how:
            case "no answer":
                await route.abort()
            case "an empty page":
                await route.fulfill(status=200, body="<html><body></body></html>", content_type="text/html")
            case _:
                await route.fulfill(status=int(how), body="trouble", content_type="text/plain")

    await at.context.route(path, answer)
    try:
        yield
    finally:
        await at.context.unroute(path)


@BANNER
@pytest.mark.parametrize(
    ("how", "path"),
    [
        ("500", "**/api/results/*"),
        ("no answer", "**/api/results/*"),
        ("an empty page", "**/results/*"),
    ],
)
async def test_a_hospital_that_does_not_answer_is_never_taken_for_an_empty_one(
    hasty: Desk, how: str, path: str
) -> None:
    """Neither for leave to write, nor for the absence of what was saved."""
    order = hasty.books.order("plain", 8)
    protection = await hasty.form(order)
    async with _broken(hasty, how, path):
        if how == "500":
            with pytest.raises(ApplicationException):
                await passes(hasty, "write", protection)
        assert await Save.prove(cast(Context, AtDesk(hasty)), _proof(order)) == "unknown"
    assert await Save.prove(cast(Context, AtDesk(hasty)), _proof(order)) == "absent"


@RECORD
async def test_the_patients_record_does_not_answer(hasty: Desk) -> None:
    protection = await hasty.form(hasty.books.order("plain", 3))
    async with _broken(hasty, "500", "**/api/patients/*"):
        await stops(hasty, "write", protection, ApplicationException)


@BANNER
async def test_a_record_that_is_gone_is_neither_found_nor_absent(at: Desk) -> None:
    with pytest.raises(OrderChanged):
        await Save.prove(
            cast(Context, AtDesk(at)), {**_proof(at.books.order("plain")), "where": {"order": "REQ999999"}}
        )
