"""The office's socket: answers leave at once."""

from __future__ import annotations

import asyncio
import socket

from robot_library.unattended.front import Address, take_socket


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
