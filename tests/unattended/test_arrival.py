"""Studies really sent by C-STORE: who may, when a study has arrived, and what a crash leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian
from pynetdicom import AE

from robot_library.actions.images import FetchStudy
from robot_library.errors import SetupError
from robot_library.imaging.arriving import receiving
from robot_library.imaging.sources.bounded import Bounded
from robot_library.interfaces import Context
from robot_library.unattended.intake import Intake
from robot_library.unattended.watchers.arrival import ArrivalWatcher
from tests.imaging.dicoms import STUDY, film, gradient
from tests.unattended.conftest import Queue, trigger


def arrival(intake: Intake, *, quiet: str = "0 s", port: int = 1, **item: str) -> ArrivalWatcher:
    how = {"aet": "WETREAD", "port": port, "from": ["PACS"], "item": item or {"order": "accession"}, "quiet": quiet}
    found = trigger(dicom_arrival=how).dicom_arrival
    assert found is not None
    # A free port: an author names one, a test must not.
    return ArrivalWatcher(found.model_copy(update={"port": port if port > 1 else 0}), intake)


@asynccontextmanager
async def listening(intake: Intake, **how: str) -> AsyncIterator[ArrivalWatcher]:
    one = arrival(intake, **how)
    await one.open()
    try:
        yield one
    finally:
        await one.close()


def send(port: int, *objects: bytes, calling: str = "PACS", called: str = "WETREAD") -> list[int] | None:
    """Statuses of the C-STOREs; None if the association was refused."""
    ae = AE(ae_title=calling)
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 20
    ae.add_requested_context(DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian)
    association: Any = ae.associate("127.0.0.1", port, ae_title=called)
    if not association.is_established:
        return None
    line = association.dul.socket.socket
    try:
        return [association.send_c_store(dcmread(BytesIO(one))).Status for one in objects]
    finally:
        association.release()
        line.close()  # which pynetdicom leaves undone where it was hung up on


def some_film(number: int, **more: Any) -> bytes:
    return film(gradient(), AccessionNumber="ACC1", SOPInstanceUID=f"{STUDY}.9.{number}", **more)


async def test_a_study_becomes_one_item_when_nothing_more_comes(intake: Intake, queue: Queue) -> None:
    async with listening(intake, quiet="300 ms", order="accession", objects="objects") as one:
        assert await asyncio.to_thread(send, one.port, some_film(1), some_film(2)) == [0, 0]
        assert await one.look() == 0
        async with asyncio.timeout(120):
            while not await one.look():  # noqa: ASYNC110 - the clock is waited for
                await asyncio.sleep(0.05)
        assert await one.look() == 0
    payload, _ = queue.items[STUDY]
    assert payload["order"] == "ACC1"
    fetch = {"from": "pacs", "accession": "ACC1", "received": payload["objects"], "prefer": ["received"]}
    study = FetchStudy.model_validate(fetch)._as_received(cast(Context, SimpleNamespace(blobs=intake.blobs)))
    assert (study.study_uid, study.source, len(study.images), study.expected_images) == (STUDY, "dicom", 2, None)


@pytest.mark.parametrize(("calling", "called"), [("STRANGER", "WETREAD"), ("PACS", "SOMEBODY")])
async def test_strangers_are_refused(intake: Intake, calling: str, called: str) -> None:
    async with listening(intake) as one:
        assert await asyncio.to_thread(send, one.port, some_film(1), calling=calling, called=called) is None
        assert await one.look() == 0


async def test_a_stranger_who_announces_much_is_hung_up_on_before_it_is_held(intake: Intake) -> None:
    """Before an association, too: what a word's length says is believed by the library that reads it."""

    def announce(port: int) -> int:
        sent = 0
        with socket.create_connection(("127.0.0.1", port), 20) as line, contextlib.suppress(OSError):
            line.sendall(b"\x01\x00\xff\xff\xff\xff")
            while sent < 100:
                line.sendall(bytes(1 << 20))
                sent += 1
        return sent

    async with listening(intake) as one:
        assert await asyncio.to_thread(announce, one.port) < 100
        assert await asyncio.to_thread(send, one.port, some_film(1)) == [0]


async def test_lines_that_strangers_hold_take_no_more_than_a_few_threads(intake: Intake) -> None:
    async with listening(intake) as one:
        before, held = threading.active_count(), list[socket.socket]()
        for _ in range(40):
            held.append(socket.create_connection(("127.0.0.1", one.port), 20))
        await asyncio.sleep(1)
        assert threading.active_count() - before <= 2 * 20 + 10, "two for each of twenty, and some of the test's own"
        for line in held:
            line.close()


async def test_whoever_only_looks_whether_the_port_is_open_keeps_nobody_out(intake: Intake) -> None:
    """A monitor's look every five seconds is a dozen in the minute that a sender may take to say who it is."""
    async with listening(intake) as one:
        for _ in range(15):
            socket.create_connection(("127.0.0.1", one.port), 20).close()
        await asyncio.sleep(2)
        assert await asyncio.to_thread(send, one.port, some_film(1)) == [0]


async def test_an_object_that_is_too_large_is_not_put_together_and_the_next_one_is_taken() -> None:
    kept: list[bytes] = []
    large = film(np.zeros((2000, 1000), np.uint16), AccessionNumber="ACC1")
    small = some_film(1)
    with receiving(kept.append, aet="WETREAD", port=0, senders=["PACS"], bounds=Bounded(1_000_000)) as port:
        with contextlib.suppress(AttributeError):  # no status: the line was cut
            assert await asyncio.to_thread(send, port, small, small, large) is None
        assert len(kept) == 2
        assert await asyncio.to_thread(send, port, *[small] * 3) == [0] * 3
    assert len(kept) == 5


async def test_what_was_acknowledged_survives_a_crash(intake: Intake, queue: Queue) -> None:
    """The office dies between the sender's "sent" and the item; the next one makes the item."""
    async with listening(intake) as one:
        await asyncio.to_thread(send, one.port, some_film(1))
    async with listening(intake) as another:
        assert await another.look() == 1
    assert list(queue.items) == [STUDY]
    assert not [path for path in (intake.home / "arrivals").rglob("*") if path.is_file()]


async def test_what_came_while_the_clock_was_ahead_is_an_item_once_it_is_quiet(intake: Intake, queue: Queue) -> None:
    async with listening(intake, quiet="1 s") as one:
        await asyncio.to_thread(send, one.port, some_film(1))
        future = time.time() + 5 * 365 * 86_400
        for path in (intake.home / "arrivals").rglob("*"):
            os.utime(path, (future, future))
        assert await one.look() == 0, "more of it may come"
        await asyncio.sleep(1.1)
        assert await one.look() == 1


async def test_nothing_that_was_received_stands_in_clear(intake: Intake, troubles: list[str]) -> None:
    async with listening(intake) as one:
        await asyncio.to_thread(send, one.port, some_film(1))
        kept = [path for path in intake.home.rglob("*") if path.is_file()]
        for path in kept:
            text = path.as_posix().encode() + path.read_bytes()
            assert not any(word in text for word in (b"ACC1", b"00123456", b"Anna", STUDY.encode()))
    assert len(kept) == 3


async def test_a_study_that_is_no_item_is_kept_and_said(intake: Intake, queue: Queue, troubles: list[str]) -> None:
    async with listening(intake) as one:
        await asyncio.to_thread(send, one.port, film(gradient(), AccessionNumber=""))
        assert await one.look() == 0
        assert await one.look() == 0
    assert troubles == ["a received study is no item: the inputs do not fit the workflow (missing: order)."]
    assert len(list((intake.home / "arrivals" / "films").glob("*.refused"))) == 1


async def test_more_of_a_study_that_is_in_the_queue_is_said(intake: Intake, queue: Queue, troubles: list[str]) -> None:
    async with listening(intake) as one:
        await asyncio.to_thread(send, one.port, some_film(1))
        assert await one.look() == 1
        await asyncio.to_thread(send, one.port, some_film(2))
        assert await one.look() == 0
    assert len(queue.items) == 1
    assert "more of a study" in troubles[0]


async def test_a_port_that_is_taken_is_said(intake: Intake) -> None:
    async with listening(intake) as one:
        with pytest.raises(SetupError, match="in use"):
            await arrival(intake, port=one.port).open()
