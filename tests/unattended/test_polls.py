"""Another bot's end, and a PACS asked over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from robot_library.engine.desk import Desk
from robot_library.errors import ApplicationException, SetupError
from robot_library.interfaces import Credential
from robot_library.model.bot import App
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault
from robot_library.unattended.intake import Intake
from robot_library.unattended.schedule import Clock, utc_now
from robot_library.unattended.watchers.after import AfterWatcher
from robot_library.unattended.watchers.dicomweb import DicomWebWatcher
from tests.unattended.conftest import KEY, Queue, trigger

# ---- after ----


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path, SealedJson(KEY), KEY.fingerprint) as one:
        yield one


def after(desk: Desk, since: float, **more: Any) -> AfterWatcher:
    how = trigger(after={"bot": "first", **more}).after
    assert how is not None
    return AfterWatcher(how, "second", desk, datetime.fromtimestamp(since, UTC))


async def test_a_bot_follows_when_another_has_worked_off_its_queue(desk: Desk) -> None:
    one = after(desk, time.time() - 60)
    assert await one.look() == 0
    items = [item.id for key in "ab" if (item := await desk.add("first", {"order": key}, key)) is not None]
    assert await one.look() == 0
    await desk.items.close(items[0], "done", "typed", "", "")
    assert await one.look() == 0
    await desk.items.close(items[1], "done", "typed", "", "")
    assert [await watcher.look() for watcher in (one, one, after(desk, time.time() - 60))] == [1, 0, 0]
    assert len(await desk.last_slots("second")) == 1


async def test_it_does_not_follow_another_outcome_a_collect_under_way_or_what_was_before(desk: Desk) -> None:
    item = await desk.add("first", {"order": "a"}, "a")
    assert item is not None
    await desk.items.close(item.id, "business_exception", "refused", "X", "x")
    since = time.time() - 60
    assert await after(desk, since).look() == 0
    assert await after(desk, time.time() + 60, outcome=["refused"]).look() == 0
    await desk.fire("first", "first@2026-11-20T02:00:00+01:00")
    assert await after(desk, since, outcome=["refused"]).look() == 0


# ---- DICOMweb ----


class Pacs:
    """Answers QIDO-RS by pages, as a PACS does, and remembers what it was asked."""

    def __init__(self) -> None:
        self.studies = [self.study(number) for number in range(205)]
        self.asked: list[dict[str, list[str]]] = []
        self.away = False

    @staticmethod
    def study(number: int, modality: str = "CR", day: str = "20261120") -> dict[str, Any]:
        values = {"0020000D": f"1.2.3.{number}", "00080050": f"ACC{number}", "00080061": modality, "00080020": day}
        return {tag: {"vr": "LO", "Value": [value]} for tag, value in values.items()}


@contextmanager
def served(pacs: Pacs) -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            pacs.asked.append(query)
            start, limit = int(query["offset"][0]), int(query["limit"][0])
            body = json.dumps(pacs.studies[start : start + limit]).encode()
            self.send_response(503 if pacs.away else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def polling(
    intake: Intake, url: str | None, vault: Vault | None = None, day: str = "20261120", clock: Clock = utc_now
) -> DicomWebWatcher:
    where = {"modality": "CR", "study_date": day}
    how = {"every": "1 min", "source": "dicomweb", "app": "pacs", "where": where, "item": {"order": "accession"}}
    poll = trigger(poll=how).poll
    assert poll is not None
    app = App(map="pacs", url="http://pacs", dicomweb=url, credential="pacs-bot")
    intake.spec = intake.spec.model_copy(update={"apps": {"pacs": app}})
    return DicomWebWatcher(
        poll, intake, vault or Vault({"pacs-bot": Credential("bot", "secret")}), "UTC", clock(), clock
    )


async def test_each_new_study_of_a_pacs_is_an_item(intake: Intake, queue: Queue, troubles: list[str]) -> None:
    pacs = Pacs()
    with served(pacs) as url:
        one = polling(intake, url)
        await one.open()
        assert await one.look() == 0, "nobody knows whether any more of them comes"
        assert await one.look() == 205
        assert [int(asked["offset"][0]) for asked in pacs.asked] == [0, 200] * 2
        pacs.studies += [Pacs.study(900), Pacs.study(901, "CT"), Pacs.study(902, day="20261119")]
        nameless = Pacs.study(903)
        del nameless["00080050"]
        pacs.studies.append(nameless)
        assert [await one.look() for _ in range(3)] == [0, 1, 0]
    assert queue.items["1.2.3.900"] == ({"order": "ACC900"}, 10)
    assert troubles == ["a study that the PACS has is no item: the inputs do not fit the workflow (missing: order)."]


async def test_a_pacs_that_does_not_answer_is_asked_again(intake: Intake, queue: Queue) -> None:
    pacs = Pacs()
    with served(pacs) as url:
        one = polling(intake, url)
        pacs.away = True
        with pytest.raises(ApplicationException):
            await one.look()
        pacs.away = False
        assert [await one.look(), await one.look()] == [0, 205]


async def test_a_study_that_is_still_arriving_is_not_taken(intake: Intake, queue: Queue) -> None:
    """Or half of its images would be all that the PACS then says there are."""
    pacs = Pacs()
    pacs.studies = [Pacs.study(1)]
    with served(pacs) as url:
        one = polling(intake, url)
        for images in (1, 2, 3):
            pacs.studies[0]["00201208"] = {"vr": "IS", "Value": [images]}
            assert await one.look() == 0
        assert await one.look() == 1


async def test_a_study_that_is_given_its_order_later_is_taken_then(
    intake: Intake, queue: Queue, troubles: list[str]
) -> None:
    pacs = Pacs()
    pacs.studies = [{**Pacs.study(1), "00080050": {"vr": "SH"}}]
    with served(pacs) as url:
        one = polling(intake, url)
        assert [await one.look() for _ in range(3)] == [0, 0, 0]
        assert len(troubles) == 1
        pacs.studies = [Pacs.study(1)]
        assert [await one.look() for _ in range(3)] == [0, 1, 0]


async def test_what_is_begun_before_midnight_and_comes_after_it_is_taken(intake: Intake, queue: Queue) -> None:
    pacs, now = Pacs(), datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    pacs.studies = []
    with served(pacs) as url:
        one = polling(intake, url, day="today", clock=lambda: now)
        assert await one.look() == 0
        now += timedelta(hours=1, minutes=5)
        pacs.studies = [Pacs.study(1), Pacs.study(2, day="20261121")]
        assert [await one.look(), await one.look()] == [0, 2]
        again = polling(intake, url, day="today", clock=lambda: now)  # enabled after midnight: yesterday is over
        pacs.studies = [Pacs.study(3), Pacs.study(4, day="20261121")]
        assert [await again.look(), await again.look()] == [0, 1]


async def test_a_missing_address_or_credential_is_said_when_it_begins(intake: Intake) -> None:
    with pytest.raises(SetupError, match="DICOMweb"):
        await polling(intake, None).open()
    with pytest.raises(SetupError, match="pacs-bot"):
        await polling(intake, "http://127.0.0.1:1", Vault()).open()
