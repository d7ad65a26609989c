"""Files, folders, zips and captures, the dangerous ones included."""

from __future__ import annotations

import gzip
import struct
import threading
import zipfile
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as Picture

from robot_library.errors import ApplicationException, StudyNotFound, StudyUnreadable
from robot_library.imaging.dataset import Limits
from robot_library.imaging.deidentify.inputs import sources
from robot_library.imaging.film import read_film
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.sources.capture import keep_capture, read_capture
from robot_library.imaging.sources.dicomweb import DicomWeb
from robot_library.imaging.sources.files import FileLimits, read_path, read_zip
from robot_library.imaging.sources.multipart import AnswerError, split_multipart
from robot_library.imaging.study import assemble
from tests.imaging.dicoms import MemoryBlobs, film, gradient


def zipped(members: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_a_file_a_folder_and_a_zip(tmp_path: Path, blobs: MemoryBlobs) -> None:
    data = film(gradient())
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "Doe^Jane.dcm").write_bytes(data)
    (tmp_path / "a.zip").write_bytes(zipped({"IMAGES/IM1": data, "DICOMDIR": b"x", "sub/": b""}))
    received = read_path(tmp_path, blobs)
    assert [blobs.get(one.blob) for one in received] == [data, data]
    assert [one.name for one in received] == ["object 1", "object 2"]
    assert len(assemble(received, blobs, "file").images) == 1
    assert [blobs.get(one.blob) for one in read_zip((tmp_path / "a.zip").read_bytes(), blobs)] == [data]


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_is_damaged_within_is_refused(tmp_path: Path, blobs: MemoryBlobs, kind: int) -> None:
    """Each way of packing has an error of its own for it, and zipfile lets them all through."""
    stream, data = BytesIO(), film(gradient())
    with zipfile.ZipFile(stream, "w", kind) as archive:
        archive.writestr("IM1", data)
    whole, refused = stream.getvalue(), 0
    for at in range(33, 60):
        (tmp_path / "a.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        (found,) = sources([tmp_path / "a.zip"])
        if found.data is not None:
            assert found.data == data, "a byte that nothing depends on"
            assert read_path(tmp_path, blobs)
            continue
        refused += 1
        assert "damaged" in found.reason
        with pytest.raises(StudyUnreadable, match="damaged"):
            read_path(tmp_path, blobs)
    assert refused > 10


def test_a_zip_whose_member_has_no_name_is_refused(tmp_path: Path, blobs: MemoryBlobs) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"Q": b"DICM"}).replace(b"Q", b"\0"))
    with pytest.raises(StudyUnreadable, match="damaged"):
        read_path(tmp_path, blobs)
    (found,) = sources([tmp_path / "a.zip"])
    assert (found.data, found.reason) == (None, "the zip is damaged")


def test_nothing_there(tmp_path: Path, blobs: MemoryBlobs) -> None:
    with pytest.raises(StudyNotFound):
        read_path(tmp_path / "none", blobs)
    with pytest.raises(StudyNotFound):
        read_path(tmp_path, blobs)
    with pytest.raises(StudyNotFound):
        read_zip(zipped({}), blobs)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, blobs: MemoryBlobs) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "in").mkdir()
    try:
        (tmp_path / "in" / "link").symlink_to(tmp_path / "secret")
    except OSError:
        pytest.skip("this machine makes no symbolic links")
    with pytest.raises(StudyNotFound):
        read_path(tmp_path / "in", blobs)


class Rude(BaseHTTPRequestHandler):
    """A PACS that answers with what lies in `said`, packed as it says."""

    said: bytes = b""
    packed = False

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/dicom+json")
        self.send_header("Content-Length", str(len(self.said)))
        if self.packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(self.said)

    def log_message(self, *_: object) -> None:
        return


@pytest.mark.parametrize("what", ["deep", "bomb", "list of numbers", "names"])
def test_a_pacs_that_answers_rudely_is_an_error_of_the_pacs(what: str) -> None:
    said = {"deep": b"[" * 200_000, "bomb": gzip.compress(bytes(100_000_000), 1), "list of numbers": b"[1, null]",
            "names": b'{"a": 1}'}[what]  # fmt: skip
    handler = type("Handler", (Rude,), {"said": said, "packed": what == "bomb"})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with pytest.raises(ApplicationException, match="malformed"):
                DicomWeb(f"http://127.0.0.1:{server.server_port}").find_by_accession("A-1")
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "..\\x", "C:/x", "C:\\x"])
def test_a_member_that_points_outside_is_refused(blobs: MemoryBlobs, name: str) -> None:
    with pytest.raises(StudyUnreadable):
        read_zip(zipped({name: b"x"}), blobs)


def test_bombs_are_refused_by_what_they_announce_and_by_what_they_are(blobs: MemoryBlobs) -> None:
    bomb = zipped({"a": bytes(10_000_000)})
    with pytest.raises(StudyUnreadable):
        read_zip(bomb, blobs)
    with pytest.raises(StudyUnreadable):
        read_zip(zipped({str(n): b"x" for n in range(20)}), blobs, limits=FileLimits(members=10))
    with pytest.raises(StudyUnreadable):
        read_zip(zipped({"a": b"x" * 100}), blobs, limits=FileLimits(member_bytes=50))
    with pytest.raises(StudyUnreadable):
        read_zip(zipped({"a": b"xy" * 30, "b": b"xy" * 30}), blobs, limits=FileLimits(total_bytes=100))
    # The same member with a lie about its size, in both of its headers.
    lying = bomb.replace((10_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lying != bomb
    with pytest.raises(StudyUnreadable):
        read_zip(lying, blobs)
    assert blobs.kept == []


def test_members_that_lie_over_each_other_are_refused(blobs: MemoryBlobs, tmp_path: Path) -> None:
    """A million bytes that do not pack, listed a hundred times: nothing in it looks too tightly packed."""
    whole = zipped({"a": np.random.default_rng(0).bytes(1_000_000)})
    list_at, end_at = whole.rfind(b"PK\x01\x02"), whole.rfind(b"PK\x05\x06")
    entry, count = whole[list_at:end_at], 100
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, list_at, 0)
    bomb = whole[:list_at] + entry * count + end
    assert len(zipfile.ZipFile(BytesIO(bomb)).infolist()) == count
    with pytest.raises(StudyUnreadable):
        read_zip(bomb, blobs)
    assert blobs.kept == []
    (tmp_path / "bomb.zip").write_bytes(bomb)
    (told,) = sources([tmp_path / "bomb.zip"])
    assert told.data is None


def test_a_damaged_zip_is_refused(blobs: MemoryBlobs) -> None:
    good = zipped({"a": film(gradient())})
    for cut in range(0, len(good), max(1, len(good) // 50)):
        with pytest.raises(StudyUnreadable):
            read_zip(good[:cut], blobs)


def png(picture: npt.NDArray[Any]) -> bytes:
    stream = BytesIO()
    Picture.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def test_a_capture_is_tagged_and_claims_nothing(blobs: MemoryBlobs) -> None:
    picture = gradient(8, 16, 255).astype(np.uint8)
    for data in (png(picture), png(np.dstack([picture] * 3)), png(np.dstack([picture] * 3 + [picture * 0 + 255]))):
        image = keep_capture(data, blobs)
        assert (image.source, image.rows, image.columns, image.role, image.header) == ("screen", 8, 16, "unknown", {})
        shown = read_film(image, blobs.get(image.blob))
        assert np.array_equal(shown.pixels, (picture / 255).astype(np.float32))
        assert shown.spacing_mm is None
        assert shown.notes[0].startswith("screen capture")


def test_captures_that_are_not_plain_grey_are_refused(blobs: MemoryBlobs) -> None:
    grey = np.full((4, 4, 3), 9, np.uint8)
    coloured = grey.copy()
    coloured[1, 1, 2] = 200
    transparent = np.dstack([grey, np.full((4, 4), 100, np.uint8)])
    deep = png((gradient(4, 4) * 16).astype(np.uint16))
    for data in (png(coloured), png(transparent), deep, b"", png(grey)[:40], film(gradient())):
        with pytest.raises(ImageRefused):
            read_capture(data)
    with pytest.raises(ImageRefused):
        keep_capture(png(grey), blobs, limits=Limits(frame_pixels=3))


def test_bytes_of_another_image_are_refused(blobs: MemoryBlobs) -> None:
    image = keep_capture(png(np.zeros((4, 4), np.uint8)), blobs)
    with pytest.raises(ImageRefused):
        read_film(image, png(np.ones((4, 4), np.uint8)))


TYPE = 'multipart/related; type="application/dicom"; boundary="b-1"'
ANSWER = b"\r\n--b-1\r\nContent-Type: a/b\r\n\r\nfirst\r\n\r\n--b\r\n--b-1\r\nX: y\r\n\r\nsecond\r\n--b-1--\r\n"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_multipart_in_chunks_of_any_size(size: int) -> None:
    chunks = [ANSWER[at : at + size] for at in range(0, len(ANSWER), size)]
    parts = list(split_multipart(TYPE, chunks, part_bytes=1000, total_bytes=1000))
    assert parts == [b"first\r\n\r\n--b", b"second"]
    assert list(split_multipart(TYPE, [ANSWER[2:]], part_bytes=1000, total_bytes=1000)) == parts


@pytest.mark.parametrize("cut", range(0, len(ANSWER) - 4, 5))
def test_a_multipart_answer_cut_short_is_never_taken_for_whole(cut: int) -> None:
    with pytest.raises(AnswerError):
        list(split_multipart(TYPE, [ANSWER[:cut]], part_bytes=1000, total_bytes=1000))


def test_multipart_limits_and_types() -> None:
    for content_type, limit in ((TYPE, 20), ("application/json", 1000), ("multipart/related", 1000)):
        with pytest.raises(AnswerError):
            list(split_multipart(content_type, [ANSWER], part_bytes=limit, total_bytes=limit))


def test_text_in_a_capture_is_made_black_and_nothing_else() -> None:
    import cv2

    from robot_library.imaging.deidentify.burnt import shapes_of_letters
    from robot_library.imaging.sources.capture import text_blanked

    rows, columns = np.mgrid[0:400, 0:600]
    plain = (90 + 40 * np.sin(columns / 60) * np.cos(rows / 70)).astype(np.uint8)
    named = plain.copy()
    cv2.putText(named, "MUSTER ANNA 00418075", (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 1, cv2.LINE_AA)
    png = cv2.imencode(".png", named)[1].tobytes()
    clean, places = text_blanked(png, shapes_of_letters)
    left = cv2.imdecode(np.frombuffer(clean, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert places >= 1
    assert not (left[named != plain] > 0).any(), "a stroke of a letter is left"
    assert (left[80:] == plain[80:]).all()
    same, none = text_blanked(cv2.imencode(".png", plain)[1].tobytes(), shapes_of_letters)
    assert none == 0
    assert (cv2.imdecode(np.frombuffer(same, np.uint8), cv2.IMREAD_GRAYSCALE) == plain).all()
