"""One pinned decoder a transfer syntax; a second library must give the same bits, a cut frame must be refused."""

from __future__ import annotations

import importlib.util
import json
import struct
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from pydicom import uid
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames
from pydicom.pixels.decoders.base import get_decoder

from robot_library.imaging.codecs import CODECS
from robot_library.imaging.dataset import open_dataset
from robot_library.imaging.layout import read_layout
from robot_library.imaging.pixels import read_grayscale
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.sandbox import SANDBOXES, Sandbox
from robot_library.imaging.stored import decode_frame
from tests.imaging import lossless_jpeg
from tests.imaging.dicoms import dataset, written

GDCM_NAMES = {
    uid.JPEGBaseline8Bit: gdcm.TransferSyntax.JPEGBaselineProcess1,
    uid.JPEGLossless: gdcm.TransferSyntax.JPEGLosslessProcess14,
    uid.JPEGLosslessSV1: gdcm.TransferSyntax.JPEGLosslessProcess14_1,
    uid.JPEGLSLossless: gdcm.TransferSyntax.JPEGLSLossless,
    uid.JPEGLSNearLossless: gdcm.TransferSyntax.JPEGLSNearLossless,
    uid.JPEG2000Lossless: gdcm.TransferSyntax.JPEG2000Lossless,
    uid.JPEG2000: gdcm.TransferSyntax.JPEG2000,
    uid.RLELossless: gdcm.TransferSyntax.RLELossless,
}
LOSSLESS = (uid.JPEGLossless, uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.JPEG2000Lossless, uid.RLELossless)


def picture(bits: int, signed: bool) -> npt.NDArray[np.int64]:
    """Smooth with some noise, the extremes included: what a codec gets wrong shows at the ends."""
    random = np.random.default_rng(bits + signed)
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    y, x = np.mgrid[0:40, 0:50]
    smooth = (
        low + (high - low) * (0.5 + 0.5 * np.sin(x / 9) * np.cos(y / 7)) + random.normal(0, (high - low) / 60, x.shape)
    )
    values: npt.NDArray[np.int64] = np.clip(smooth.round(), low, high).astype(np.int64)
    values[0, 0], values[-1, -1] = low, high
    return values


def compressed(tmp_path: Path, syntax: str, values: npt.NDArray[Any], bits: int, signed: bool) -> bytes:
    """Encoded by GDCM, which is not the decoder of most of these."""
    source = tmp_path / "native.dcm"
    source.write_bytes(written(dataset(values, bits=bits, allocated=8 if bits <= 8 else 16, signed=signed)))
    reader = gdcm.ImageReader()
    reader.SetFileName(str(source))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(GDCM_NAMES[uid.UID(syntax)]))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(tmp_path / "packed.dcm"))
    assert writer.Write()
    return (tmp_path / "packed.dcm").read_bytes()


def ours(data: bytes) -> npt.NDArray[np.int32]:
    opened = open_dataset(data)
    return decode_frame(opened, read_layout(opened)).astype(np.int32)


def others(data: bytes, syntax: str) -> dict[str, npt.NDArray[Any]]:
    """Stored values by every other library here that decodes this syntax."""
    opened = pydicom.dcmread(BytesIO(data))
    decoder = get_decoder(uid.UID(syntax))
    found = {
        name: decoder.as_array(opened, decoding_plugin=name, raw=True)[0]
        for name in decoder.available_plugins
        if name != CODECS[syntax].plugin
    }
    if CODECS[syntax].markers == (0xC3,):
        raw = lossless_jpeg.decode(next(generate_frames(opened.PixelData, number_of_frames=1)))
        found["lossless_jpeg"] = raw.astype(f"u{opened.BitsAllocated // 8}")
    return found


CASES = [
    (syntax, bits, signed)
    for syntax in GDCM_NAMES
    for bits, signed in ((8, False), (12, False), (16, False), (16, True))
    if not (syntax == uid.JPEGBaseline8Bit and bits != 8)
]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("syntax", "bits", "signed"), CASES, ids=lambda part: getattr(part, "name", str(part)))
def test_two_decoders_give_the_same_bits(tmp_path: Path, syntax: str, bits: int, signed: bool) -> None:
    values = picture(bits, signed)
    data = compressed(tmp_path, syntax, values, bits, signed)
    decoded = ours(data)
    second = others(data, syntax)
    assert second, "no second decoder: nothing is proven"
    for name, theirs in second.items():
        same = theirs.reshape(decoded.shape).view(f"{'i' if signed else 'u'}{theirs.dtype.itemsize}")
        assert np.array_equal(decoded, same), name
    if syntax in LOSSLESS:
        assert np.array_equal(decoded, values)
    else:
        assert np.abs(decoded - values).mean() < (1 << bits) / 20


@pytest.mark.parametrize("how", ["basic table", "no table", "extended table", "two fragments a frame"])
def test_every_frame_of_a_compressed_loop(tmp_path: Path, how: str) -> None:
    pictures = [np.roll(picture(12, False), 7 * number, axis=1) for number in range(3)]
    frames = []
    for values in pictures:
        one = pydicom.dcmread(BytesIO(compressed(tmp_path, uid.JPEGLSLossless, values, 12, False)))
        frames.append(next(generate_frames(one.PixelData, number_of_frames=1)))
    made = dataset(None, syntax=uid.JPEGLSLossless, frames=frames, Rows=40, Columns=50, NumberOfFrames=3)
    if how == "extended table":
        made.PixelData, made.ExtendedOffsetTable, made.ExtendedOffsetTableLengths = encapsulate_extended(frames)
    elif how != "basic table":
        parts = 2 if how == "two fragments a frame" else 1
        made.PixelData = encapsulate(frames, fragments_per_frame=parts, has_bot=parts == 2)
    data = written(made)
    for number, values in enumerate(pictures):
        assert np.array_equal(read_grayscale(data, number).pixels, (values / 4095).astype(np.float32))


def test_the_table_names_installed_plug_ins_and_none_under_the_gpl() -> None:
    for syntax, codec in CODECS.items():
        assert codec.plugin in get_decoder(uid.UID(syntax)).available_plugins, syntax
    assert importlib.util.find_spec("libjpeg") is None


@pytest.mark.parametrize("ending", [b"", b"\xff\xd9"], ids=["cut", "cut and closed"])
@pytest.mark.parametrize("syntax", GDCM_NAMES, ids=lambda syntax: syntax.name)
def test_a_frame_cut_anywhere_is_refused(tmp_path: Path, syntax: str, ending: bytes) -> None:
    # Most libraries invent the missing part, grey or worse, and report success.
    bits = 8 if syntax == uid.JPEGBaseline8Bit else 12
    data = compressed(tmp_path, syntax, picture(bits, False), bits, False)
    opened = pydicom.dcmread(BytesIO(data))
    frame = next(generate_frames(opened.PixelData, number_of_frames=1)).rstrip(b"\0")
    for end in range(0, len(frame) - 3, max(1, len(frame) // 60)):
        opened.PixelData = encapsulate([frame[:end] + ending or b"\0\0"])
        stream = BytesIO()
        opened.save_as(stream)
        with pytest.raises(ImageRefused):
            read_grayscale(stream.getvalue())


def test_a_crash_ends_the_child_and_not_us(tmp_path: Path) -> None:
    data = compressed(tmp_path, uid.JPEGLosslessSV1, picture(12, False), 12, False)
    before = ours(data)
    child = SANDBOXES._free.queue[-1]._child
    assert child is not None
    child.kill()
    child.wait()
    assert np.array_equal(ours(data), before)


def test_a_child_that_dies_or_hangs_on_a_frame_refuses_it() -> None:
    sandbox = Sandbox(timeout_s=0.2)
    options = {"rows": 1, "columns": 1}
    with pytest.raises(ImageRefused) as caught:
        sandbox.decode(b"", "no such syntax", "gdcm", options)
    assert caught.value.reason == "decode_failed"
    with sandbox._lock:
        child = sandbox._running()
    # Half a request: the child waits for the rest, as it would inside a codec that never returns.
    assert child.stdin is not None
    child.stdin.write(json.dumps({"syntax": "", "plugin": "", "length": 1 << 30, "options": {}}).encode() + b"\n")
    with pytest.raises(ImageRefused) as caught:
        sandbox.decode(b"x", uid.JPEG2000, "pylibjpeg", options)
    assert caught.value.reason == "decode_failed"
    sandbox.close()


def test_a_frame_in_which_its_codec_goes_round_for_ever_is_refused_by_what_it_uses() -> None:
    """Found by fuzzing: 30 kB of JPEG 2000 that its codec never comes out of. The wall clock alone would take its time,
    and a busy machine needs some."""
    options = {"samples_per_pixel": 3, "rows": 400, "columns": 400, "photometric_interpretation": "YBR_RCT",
               "pixel_representation": 0, "bits_allocated": 8, "bits_stored": 8, "planar_configuration": 0,
               "number_of_frames": 1, "pixel_keyword": "PixelData"}  # fmt: skip
    frame = (Path(__file__).parent / "endless.j2k").read_bytes()
    sandbox, began = Sandbox(timeout_s=3600.0, processor_s=0.5), time.monotonic()
    with pytest.raises(ImageRefused, match="hung"):
        sandbox.decode(frame, uid.JPEG2000Lossless, "pylibjpeg", options)
    sandbox.close()
    assert time.monotonic() - began < 3000


@pytest.mark.parametrize("held", [True, False])
def test_a_child_that_takes_too_much_refuses_the_frame_and_the_next_one_is_read(held: bool) -> None:
    """By the system itself, and by being watched where the system does not."""
    if held and sys.platform == "win32":
        pytest.skip("Windows has no such limit")
    options = {"samples_per_pixel": 1, "photometric_interpretation": "MONOCHROME2", "pixel_representation": 0,
               "bits_allocated": 16, "bits_stored": 16, "number_of_frames": 1,
               "pixel_keyword": "PixelData"}  # fmt: skip

    def decoded(sandbox: Sandbox, side: int) -> int:
        segment = b"\x81\x00" * (side * side // 128)  # 128 times nought
        places = struct.pack("<16I", 2, 64, 64 + len(segment), *([0] * 13))
        shape = {"rows": side, "columns": side}
        return len(sandbox.decode(places + 2 * segment, uid.RLELossless, "pylibjpeg", {**options, **shape}).samples)

    wide, narrow = Sandbox(), Sandbox(memory=(512 if held else 300) << 20, held=held)
    try:
        assert decoded(wide, 8192) == 2 * 8192 * 8192, "the largest that is let through"
        with pytest.raises(ImageRefused) as caught:
            decoded(narrow, 16_384)
        assert caught.value.reason == "decode_failed"
        assert decoded(narrow, 64) == 2 * 64 * 64
    finally:
        wide.close()
        narrow.close()


def recoded(frame: bytes, syntax: str, **attributes: Any) -> str:
    """The reason why a film with this frame is refused."""
    made = dataset(None, syntax=syntax, frames=[frame], Rows=40, Columns=50, **attributes)
    with pytest.raises(ImageRefused) as caught:
        read_grayscale(written(made))
    return caught.value.reason


def test_a_frame_that_is_larger_than_the_header_says_is_refused_before_decoding(tmp_path: Path) -> None:
    data = compressed(tmp_path, uid.JPEG2000Lossless, picture(12, False), 12, False)
    frame = next(generate_frames(pydicom.dcmread(BytesIO(data)).PixelData, number_of_frames=1))
    huge = bytearray(frame)
    huge[8:16] = huge[24:32] = (60_000).to_bytes(4, "big") * 2
    assert recoded(bytes(huge), uid.JPEG2000Lossless) == "size_mismatch"
    tiles = bytearray(huge)
    tiles[24:32] = (1).to_bytes(4, "big") * 2
    assert recoded(bytes(tiles), uid.JPEG2000Lossless) == "too_large"
    assert recoded(frame, uid.JPEG2000Lossless, PixelRepresentation=1) == "bits_lie"
    assert recoded(frame, uid.JPEG2000Lossless, bits=11) == "bits_lie"
    assert recoded(frame, uid.JPEG2000Lossless, NumberOfFrames=2) in ("size_mismatch", "truncated")
    assert recoded(frame, uid.JPEGLSLossless) == "decode_failed"


def test_a_jpeg_process_that_is_not_the_syntaxs_is_refused(tmp_path: Path) -> None:
    data = compressed(tmp_path, uid.JPEGLosslessSV1, picture(8, False), 8, False)
    frame = next(generate_frames(pydicom.dcmread(BytesIO(data)).PixelData, number_of_frames=1))
    assert recoded(frame, uid.JPEGBaseline8Bit, bits=8, allocated=8) == "unsupported_syntax"
