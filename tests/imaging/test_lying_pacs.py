"""A PACS that announces more than anybody holds, falls silent in the middle of a word, or answers without an end."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydicom.uid import DigitalXRayImageStorageForPresentation
from pynetdicom import AE, evt

from robot_library.errors import ApplicationException, NotDelivered, StudyIncomplete
from robot_library.imaging.received import Received
from robot_library.imaging.sending import Peer, store
from robot_library.imaging.sources.dicomweb import DicomWeb
from robot_library.imaging.sources.dimse import FIND, GET, MOVE, Dimse, storage_scp
from tests.imaging.dicoms import MemoryBlobs, dataset, film, gradient

# pynetdicom leaves the socket of a line that was cut to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
ANNOUNCED = b"\x02\x00\xff\xff\xff\xff"
Answer = Callable[[socket.socket], None]


@contextmanager
def pacs(answer: Answer) -> Iterator[int]:
    """Takes one association's request and answers as it likes; gives its port."""
    over = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            line, _ = listener.accept()
            with line:
                line.settimeout(60)
                line.recv(6)
                answer(line)
                over.wait(60)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
    thread.join(60)


@contextmanager
def counting(claimed: int, to: int) -> Iterator[int]:
    """Sends one film, by C-GET, or by C-MOVE to the port `to`, and says that it has sent `claimed`."""
    sent = dataset(gradient(), StudyInstanceUID="1.2.3")
    ae = AE(ae_title="PACS")
    for model in (FIND, GET, MOVE):
        ae.add_supported_context(model)
    ae.add_supported_context(sent.SOPClassUID, scu_role=True, scp_role=True)
    ae.add_requested_context(sent.SOPClassUID)

    def lie(event: Any) -> None:
        if type(event.message).__name__ in ("C_GET_RSP", "C_MOVE_RSP"):
            event.message.command_set.NumberOfCompletedSuboperations = claimed

    def get(event: Any) -> Iterator[Any]:
        yield 1
        yield 0xFF00, sent

    def move(event: Any) -> Iterator[Any]:
        yield "127.0.0.1", to
        yield 1
        yield 0xFF00, sent

    handlers = [(evt.EVT_DIMSE_SENT, lie), (evt.EVT_C_GET, get), (evt.EVT_C_MOVE, move)]
    server: Any = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


@pytest.mark.parametrize("claimed", [1, 2])
@pytest.mark.parametrize("how", ["get", "move"])
def test_what_the_pacs_says_it_has_sent_must_have_come(how: str, claimed: int) -> None:
    blobs = MemoryBlobs()
    with storage_scp(blobs, senders=["PACS"]) as receiver, counting(claimed, receiver.port) as port:
        peer = Dimse("127.0.0.1", port, "PACS", timeout_s=5, sop_classes=(DigitalXRayImageStorageForPresentation,))

        def fetch() -> list[Received]:
            return peer.retrieve("1.2.3", blobs) if how == "get" else peer.move("1.2.3", "WETREAD", receiver)

        if claimed == 1:
            assert len(fetch()) == 1
        else:
            with pytest.raises(StudyIncomplete):
                fetch()


@contextmanager
def web(status: int, kind: str, body: bytes) -> Iterator[DicomWeb]:
    """Gives one answer to everything."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield DicomWeb(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("status", [200, 206])
def test_a_part_is_taken_for_the_whole_neither_of_a_study_nor_of_a_list(status: int) -> None:
    """206 Partial Content: some objects could not be sent, or the list was cut. Page after page, a part will do."""
    body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + film(gradient()) + b"\r\n--b--\r\n"
    listed = {"0020000D": {"vr": "UI", "Value": ["1.2.3"]}, "00080050": {"vr": "SH", "Value": ["A1"]}}
    found = json.dumps([listed]).encode()
    with web(status, 'multipart/related; type="application/dicom"; boundary=b', body) as pacs:
        if status == 200:
            assert len(pacs.retrieve("1.2.3", MemoryBlobs())) == 1
        else:
            with pytest.raises(ApplicationException, match="only a part"):
                pacs.retrieve("1.2.3", MemoryBlobs())
    with web(status, "application/dicom+json", found) as pacs:
        assert [study.study_uid for study in pacs.find_where({})] == ["1.2.3"]
        for ask in (lambda: pacs.find_by_accession("A1"), lambda: [pacs.find_by_uid("1.2.3")]):
            if status == 200:
                assert len(ask()) == 1
            else:
                with pytest.raises(ApplicationException, match="only a part"):
                    ask()


ASKED: dict[str, Callable[[int], object]] = {
    "find": lambda port: Dimse("127.0.0.1", port, "PACS", timeout_s=1).find_by_accession("A1"),
    "get": lambda port: Dimse("127.0.0.1", port, "PACS", timeout_s=1, sop_classes=("1.2.840.10008.5.1.4.1.1.1",))
    .retrieve("1.2.3", MemoryBlobs()),
    "store": lambda port: store(Peer("127.0.0.1", port, "PACS", timeout_s=1), [film(gradient())]),
}  # fmt: skip


@pytest.mark.parametrize("what", ASKED)
def test_what_is_announced_is_not_held(what: str) -> None:
    sent: list[int] = []

    def endless(line: socket.socket) -> None:
        line.sendall(ANNOUNCED)
        while len(sent) < 100:
            line.sendall(bytes(1 << 20))
            sent.append(1)

    with pacs(endless) as port, pytest.raises((ApplicationException, NotDelivered)):
        ASKED[what](port)
    assert len(sent) < 100


@pytest.mark.parametrize("what", ASKED)
def test_silence_in_the_middle_of_a_word_ends(what: str) -> None:
    """The machine has lost its power, or a cable was pulled: nothing more comes, and nobody hangs up."""
    ended: list[BaseException] = []

    def ask(port: int) -> None:
        try:
            ASKED[what](port)
        except (ApplicationException, NotDelivered) as failure:
            ended.append(failure)

    with pacs(lambda line: line.sendall(b"\x02\x00\x00")) as port:
        asking = threading.Thread(target=ask, args=(port,), daemon=True)
        began = time.monotonic()
        asking.start()
        asking.join(15)
        assert ended, "it hangs"
        assert time.monotonic() - began < 15
