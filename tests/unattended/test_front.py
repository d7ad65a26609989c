"""The office's socket: answers leave at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from robot_library.unattended import lines
from robot_library.unattended.front import Address, serving, take_socket


async def test_answers_do_not_wait_for_more_to_send() -> None:
    """asyncio switches Nagle's algorithm off only where a socket says it is TCP's; else an answer takes 40 ms more."""
    delayed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line: socket.socket = writer.get_extra_info("socket")
        delayed.set_result(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with take_socket(Address(port=0)) as taken:
        server = await asyncio.start_server(greet, sock=taken)
        _, writer = await asyncio.open_connection(*taken.getsockname())
        async with asyncio.timeout(120):
            assert await delayed != 0
        writer.close()
        server.close()
        await server.wait_closed()


HELLO = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _said(request: Request) -> PlainTextResponse:
    await request.body()
    return PlainTextResponse("here")


@asynccontextmanager
async def office() -> AsyncIterator[Callable[[], Awaitable[Line]]]:
    """Gives what opens a line to it."""
    address, opened = Address(port=0), list[asyncio.StreamWriter]()

    async def line() -> Line:
        reader, writer = await asyncio.open_connection(*taken.getsockname())
        opened.append(writer)
        return reader, writer

    with take_socket(address) as taken:
        async with serving(Starlette(routes=[Route("/", _said, methods=["GET", "POST"])]), taken, address):
            yield line
            for writer in opened:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()


async def answered(line: Line, ask: bytes = HELLO) -> bool:
    line[1].write(ask)
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(20):
            return (await line[0].read(12)).startswith(b"HTTP/1.1 200")
    return False


async def hung_up_on(line: Line, within: float = 20) -> bool:
    try:
        async with asyncio.timeout(within):
            return not await line[0].read(1)
    except ConnectionError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize("how", ["all", "one"])
async def test_lines_that_others_hold_leave_the_office_its_own(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand of them took every handle: no file could be opened any more, no database, and nobody came in."""
    monkeypatch.setattr(lines.Listening, "at_once" if how == "all" else "of_one", 8)
    monkeypatch.setattr(lines, "_here", lambda host: False)
    async with office() as opened:
        held = [await opened() for _ in range(8)]
        assert all([await answered(one) for one in held[:2]])
        assert await hung_up_on(await opened())
        held[-1][1].close()
        await held[-1][1].wait_closed()
        assert await answered(await opened()), "as soon as one has gone"
        if how == "one":
            monkeypatch.setattr(lines, "_here", lambda host: True)
            assert await answered(await opened()), "what a proxy of this machine brings"


@pytest.mark.parametrize(
    ("stranger", "comes"), [("2001:db8::{:x}", 3), ("::ffff:10.0.0.1", 3), ("::ffff:127.0.0.1", 9)]
)
def test_a_network_of_ipv6_is_one_stranger_and_a_proxy_of_this_machine_is_none(
    stranger: str, comes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One machine has as many addresses there as it likes: 500 lines from 500 of them kept everybody else out."""
    ends = [socket.socketpair() for _ in range(9)]
    coming = iter([(here, (stranger.format(number), 1, 0, 0)) for number, (here, _) in enumerate(ends)])
    monkeypatch.setattr(lines.Listening, "of_one", 3)
    monkeypatch.setattr(socket.socket, "accept", lambda _: next(coming))
    taken = 0
    with lines.Listening(socket.AF_INET, socket.SOCK_STREAM) as listening:
        for _ in ends:
            with contextlib.suppress(BlockingIOError):
                listening.accept()
                taken += 1
    for pair in ends:
        for one in pair:
            one.close()
    assert taken == comes


@pytest.mark.parametrize("said", [b"", HELLO[:20], HELLO + HELLO[:20]])
async def test_a_line_that_does_not_say_what_it_wants_is_hung_up_on(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines.Patient, "silence", 0.5)
    async with office() as opened:
        line = await opened()
        line[1].write(said)
        assert said.count(b"GET") < 2 or await answered(line, b"")
        while not await hung_up_on(line, 3):
            line[1].write(b"a")  # byte by byte
        slow = await opened()
        slow[1].write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n1")
        await asyncio.sleep(1)
        assert await answered(slow, b"2"), "what was asked may take its time"
