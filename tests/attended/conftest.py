"""One server over a home with orders, and one browser for all of this room."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from robot_library.engine.desk import Desk
from robot_library.engine.records.items import Request
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.paths import ASKED
from robot_library.model.confirm import CONFIRM, Whose
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.safeguards.keys import SiteKey
from tests.review.seeing import seen
from tests.review.stand import BOT, Stand

expect.set_options(timeout=60_000)  # five seconds are short on a busy machine

KEY = SiteKey(bytes(range(32)))
Visit = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with seen() as browser:
        yield browser


@pytest.fixture(scope="package")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """The bots' addresses are set, so that they can be started; nothing answers there, and no worker runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("EHR", "PACS", "DICOMWEB"):
            patch.setenv(f"WETREAD_{name}_URL", "http://127.0.0.1:9")
        with Stand(tmp_path_factory.mktemp("home"), KEY) as stand:
            yield stand


@pytest.fixture
def visit(browser: Browser, stand: Stand) -> Iterator[Visit]:
    """Come in through a fresh address; whatever a page's script complains of fails the test."""
    contexts, complaints = [], []

    def enter(path: str = "/", *, role: str = "clerk local", who: str = "ana", width: int = 1280, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 860}, reduced_motion="reduce", **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(stand.link(role, who))
        page.wait_for_selector("#main")
        page.goto(stand.url + path)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not complaints


def asks_for_the_patient(
    stand: Stand, order: str, who: str = "ana", *, again: str = "", number: str = "00891328"
) -> str:
    """An order that somebody started, at the point where the bot asks whether this is the patient; its item. `again`:
    that item, sent back."""

    async def made(desk: Desk) -> str:
        item = (await desk.items.get(again)).item if again else None
        item = item or await desk.add(BOT, {"order": order}, order, started_by=who)
        assert item is not None
        screen = Identity(
            source="screen:ehr.order", system="demo-ehr", ids=(PatientId(value=number, issuer="MEADOW"),),
            names=(PersonName(family="Brandt", given="Thị Mai"),), birth_date=date(2023, 4, 5),
        )  # fmt: skip
        life = (await desk.items.get(item.id)).generation
        journal = ItemJournal(desk.store, stand.sealer, item.id, life)
        shown = Whose(patients=(screen, screen.model_copy(update={"source": "dicom", "system": "dicom"})))
        await journal.put_once(f"10{ASKED}", shown)
        request = Request("10", who, "is this the patient you mean?", CONFIRM, time.time() + 1800, "answer.0")
        await desk.items.begin(item.id, stand.house.startable[0].workflow.sha256, "v")
        assert await desk.items.wait(item.id, request, life, journal.mac("10#answer"))
        return item.id

    return stand.ask(made)
