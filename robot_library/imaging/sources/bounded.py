"""A line to a DICOM peer on which no more is taken than can be held, whoever has begun it.

pynetdicom reads as many bytes as the other says will come, into memory, before anybody has asked who that is; puts
together an object of any size; and on a line of ours waits for the rest of a word for ever. All of it is bounded here,
on the socket.
"""

from __future__ import annotations

from typing import Any

from pynetdicom import evt

from robot_library.imaging.dataset import LIMITS

LARGEST_PDU = 1 << 20
"""Bytes that a peer may announce at once. We ask for 16,382; an association's own words stay far below."""
SILENCE = 60.0
"""Seconds that the rest of what was announced may take."""


class Bounded:
    """`handlers` go to `start_server`, for one listener, or to `associate`, for one line. `largest`: bytes of one
    object; `arrived` is to be called with each, as an event: the count begins anew. `silence`: seconds that the rest of
    a word may take."""

    def __init__(self, largest: int = LIMITS.object_bytes, silence: float = SILENCE) -> None:
        self.largest, self._silence = largest, silence
        self.handlers: list[Any] = [(evt.EVT_CONN_OPEN, self._bound), (evt.EVT_CONN_CLOSE, _gone)]

    def arrived(self, event: Any) -> None:
        """An object is whole."""
        event.assoc.dul.socket.taken = 0

    def few(self, server: Any, at_once: int) -> None:
        """Hang up on whoever is one too many as they come, before they have said anything: each line holds two threads
        that look for words all the time, and two hundred of them take a machine of two processors."""
        server.verify_request = lambda request, address: len(server.active_associations) < at_once

    def _bound(self, event: Any) -> None:
        socket = event.assoc.dul.socket
        whole = socket.recv
        socket.taken = 0
        socket.socket.settimeout(self._silence)

        def recv(count: int) -> bytearray:
            socket.taken += count
            if count > LARGEST_PDU or socket.taken > self.largest + LARGEST_PDU:
                socket.socket.close()
                raise OSError("more is announced than is taken")
            return bytearray(whole(count))

        socket.recv = recv


def _gone(event: Any) -> None:
    """Whoever came and went without a word (a monitor that looks whether the port is open, a scanner) is waited for no
    longer: they would count among the senders for a minute, and a dozen of them keep everybody else out."""
    if event.assoc.is_acceptor and event.assoc.requestor.primitive is None:
        event.assoc.dul.to_user_queue.put(None)
