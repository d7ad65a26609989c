"""Hooks: who may, how much, how often, and that asking twice does nothing twice."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from robot_library.errors import SetupError
from robot_library.interfaces import Credential
from robot_library.safeguards.vault import Vault
from robot_library.unattended.hooks import OpenHook, hook_routes, open_hook
from robot_library.unattended.intake import Intake
from tests.unattended.conftest import Queue, trigger

SECRET = "a-long-random-secret"
TOKEN = {"Authorization": f"Bearer {SECRET}"}


def opened(intake: Intake, secret: str = SECRET, **more: Any) -> OpenHook:
    hook = trigger(hook={"name": "orders", "credential": "hook-orders", **more}).hook
    assert hook is not None
    return open_hook(hook, intake, Vault({"hook-orders": Credential("orders", secret)}))


@pytest.fixture
def hooks(intake: Intake) -> dict[str, OpenHook]:
    return {"orders": opened(intake)}


@pytest.fixture
async def client(hooks: dict[str, OpenHook]) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=hook_routes(hooks))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://office") as one:
        yield one


def body(**more: Any) -> dict[str, Any]:
    return {"key": "O1", "item": {"order": "O1"}, **more}


async def test_an_item_is_taken_once(client: httpx.AsyncClient, queue: Queue) -> None:
    first = await client.post("/hooks/orders", json=body(priority="stat"), headers=TOKEN)
    again = await client.post("/hooks/orders", json=body(), headers=TOKEN)
    assert [(one.status_code, one.json()) for one in (first, again)] == [
        (202, {"taken": True}),
        (200, {"taken": False}),
    ]
    assert queue.items == {"O1": ({"order": "O1"}, 1)}


async def test_without_an_item_the_bot_collects_once_for_each_key(client: httpx.AsyncClient, queue: Queue) -> None:
    for key, status in (("m-1", 202), ("m-1", 200), ("m-2", 202)):
        answer = await client.post("/hooks/orders", headers={**TOKEN, "Idempotency-Key": key})
        assert answer.status_code == status
    assert len(queue.slots) == 2
    assert not any("m-1" in slot for slot in queue.slots)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": SECRET},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": f"Bearer {SECRET}x"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer é".encode("latin-1")},
    ],
)
async def test_who_does_not_know_the_secret_is_not_listened_to(
    headers: dict[str, Any], client: httpx.AsyncClient, queue: Queue
) -> None:
    right = await client.post("/hooks/orders", json=body(), headers=headers)
    absent = await client.post("/hooks/nothing", json=body(), headers=headers)
    assert (
        (right.status_code, right.content) == (absent.status_code, absent.content) == (401, b'{"error":"not allowed"}')
    )
    assert queue.items == {}


def signed(text: bytes, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    moment = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + text, hashlib.sha256).hexdigest()
    return {"X-Wetread-Signature": f"t={moment},v1={mac}"}


async def test_a_signed_body_is_believed_and_nothing_near_it(
    intake: Intake, hooks: dict[str, OpenHook], client: httpx.AsyncClient, queue: Queue
) -> None:
    hooks["orders"] = opened(intake, auth="hmac")
    text = json.dumps(body()).encode()

    async def status(content: bytes, headers: dict[str, str]) -> int:
        return (await client.post("/hooks/orders", content=content, headers=headers)).status_code

    assert await status(text, TOKEN) == 401
    assert await status(text + b" ", signed(text)) == 401
    assert await status(text, signed(text, secret="another-long-secret")) == 401
    assert await status(text, signed(text, at=time.time() - 600)) == 401
    assert await status(text, signed(text, at=time.time() + 600)) == 401
    assert queue.items == {}
    assert await status(text, signed(text)) == 202


async def test_a_signed_request_that_somebody_has_seen_is_worth_nothing_under_another_key(
    intake: Intake, hooks: dict[str, OpenHook], client: httpx.AsyncClient, queue: Queue
) -> None:
    """What is not signed is anybody's to change: a key that stands in a header tells no request apart."""
    hooks["orders"] = opened(intake, auth="hmac")
    for text in (b"", b'{"key": "", "item": {"order": "O1"}}', b'{"item": {"order": "O1"}}'):
        for key in ("first", "second"):
            answer = await client.post("/hooks/orders", content=text, headers={**signed(text), "Idempotency-Key": key})
            assert answer.status_code == 422
            assert "body" in answer.json()["error"]
    assert (queue.items, list(queue.slots)) == ({}, [])
    text = json.dumps(body()).encode()
    seen = signed(text)
    for key in ("first", "second"):
        answer = await client.post("/hooks/orders", content=text, headers={**seen, "Idempotency-Key": key})
    assert (answer.status_code, list(queue.items)) == (200, ["O1"])


async def test_too_much_is_refused_whatever_it_announced(client: httpx.AsyncClient, queue: Queue) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 1024

    answer = await client.post("/hooks/orders", content=endless(), headers=TOKEN)
    assert (answer.status_code, queue.items) == (413, {})


@pytest.mark.parametrize("limit", [100, 1_000_000])
@pytest.mark.parametrize("auth", ["token", "hmac"])
async def test_no_size_tells_a_stranger_that_a_hook_is_there(
    intake: Intake, hooks: dict[str, OpenHook], client: httpx.AsyncClient, auth: str, limit: int
) -> None:
    hooks["orders"] = opened(intake, auth=auth, size_limit=limit)
    for size in (10, 200, 65_536, 65_537, 999_999, 1_000_001):
        answers = [await client.post(f"/hooks/{name}", content=b" " * size) for name in ("orders", "nothing")]
        assert len({(one.status_code, one.content) for one in answers}) == 1, size
    known = json.dumps(body(note="x" * 200)).encode()
    proof = TOKEN if auth == "token" else signed(known)
    answer = await client.post("/hooks/orders", content=known, headers=proof)
    assert answer.status_code == (413 if limit < len(known) else 422)


async def test_nor_does_when_a_stranger_is_hung_up_on(
    intake: Intake, hooks: dict[str, OpenHook], client: httpx.AsyncClient
) -> None:
    hooks["orders"] = opened(intake, size_limit=500_000)
    read = []
    for name in ("orders", "nothing"):
        taken: list[int] = []

        async def some(taken: list[int] = taken) -> AsyncIterator[bytes]:
            for number in range(1000):
                taken.append(number)
                yield b" " * 1024

        assert (await client.post(f"/hooks/{name}", content=some())).status_code == 413
        read.append(len(taken))
    assert read[0] == read[1]


async def test_too_often_is_told_to_come_later(
    intake: Intake, hooks: dict[str, OpenHook], client: httpx.AsyncClient
) -> None:
    hooks["orders"] = opened(intake, per_minute=3)
    statuses = [
        (await client.post("/hooks/orders", json=body(key=f"O{n}"), headers=TOKEN)).status_code for n in range(4)
    ]
    assert statuses == [202, 202, 202, 429]


async def test_guessing_does_not_shut_out_who_knows(client: httpx.AsyncClient) -> None:
    for number in range(100):
        answer = await client.post("/hooks/orders", headers={"Authorization": f"Bearer {number}"})
        assert answer.status_code == 401
    assert (await client.post("/hooks/orders", json=body(), headers=TOKEN)).status_code == 202


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"key": "O1", "item": {"order": 42}}, "`item` takes texts"),
        ({"key": "O1", "item": ["O1"]}, "`item` takes texts"),
        ({"key": "O1", "item": {"colour": "red"}}, "missing: order; unknown: colour"),
        ({"key": "O1", "item": {"order": ""}}, "missing: order"),
        ({"item": {"order": "O1"}}, "`key` is missing from the body"),
        ({"key": "O 1", "item": {"order": "O1"}}, "no plain word"),
        ({"key": "O1", "items": []}, "the body takes key, item and priority"),
        ({"key": "O1", "item": {"order": "O1"}, "priority": "soon"}, "the priority is not understood"),
        ({"key": "O1", "item": {"order": "O1"}, "priority": True}, "the priority is not understood"),
        ({"key": "O1", "item": {"order": "O1"}, "priority": {"stat": 1}}, "the priority is not understood"),
        ({"key": "O1", "priority": ["stat"]}, "the priority is not understood"),
        ({"key": 42, "item": {"order": "0042"}}, "would lose the zeros"),
        ({"key": True, "item": {"order": "0042"}}, "no plain word"),
        ([], "the body takes"),
    ],
)
async def test_what_is_no_item_is_refused_in_words(
    said: Any, expected: str, client: httpx.AsyncClient, queue: Queue
) -> None:
    answer = await client.post("/hooks/orders", json=said, headers=TOKEN)
    assert answer.status_code == 422
    assert expected in answer.json()["error"]
    assert queue.items == {}


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 60000])
async def test_what_is_no_json_is_refused(content: bytes, client: httpx.AsyncClient) -> None:
    assert (await client.post("/hooks/orders", content=content, headers=TOKEN)).status_code == 422


def test_a_secret_that_can_be_guessed_is_refused(intake: Intake) -> None:
    with pytest.raises(SetupError, match="shorter than 16"):
        opened(intake, secret="secret")
