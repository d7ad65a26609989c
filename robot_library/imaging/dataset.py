"""Bytes -> pydicom Dataset, within limits, and typed access to its attributes.

pydicom converts values only when they are touched, may raise anything on damaged ones, and puts values (patient
data) into warnings. So every access goes through `reading()`: silent, and any surprise is one refusal.
"""

from __future__ import annotations

import logging
import math
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.filereader import read_dataset
from pydicom.multival import MultiValue
from pydicom.uid import DeflatedExplicitVRLittleEndian

from robot_library.imaging.refusal import ImageRefused

# Every warning of pydicom goes to its log as well, with the value that caused it.
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

PREAMBLE = 128


@dataclass(frozen=True)
class Limits:
    """What one object may ask for. The largest chest or breast films are near 30 million pixels."""

    object_bytes: int = 1 << 30
    """Of the encoded object, and of its inflated data set when deflated."""
    growth: int = 200
    """How many times its own size a deflated data set may have; below `grown` nobody minds."""
    grown: int = 1 << 26
    reads: int = 4_000_000
    """One to three for an element, those of nested items too: a header of eight bytes costs two hundred to keep. A film
    has some hundreds, a series of ten thousand frames in one object a million and a half."""
    frame_pixels: int = 1 << 26
    frames: int = 20_000


LIMITS = Limits()

# catch_warnings changes process-wide state, so only one thread may be inside at a time.
_lock = threading.RLock()


@contextmanager
def reading(*let: type[Exception]) -> Iterator[None]:
    """Silence pydicom's warnings (they quote values), turn whatever it raises into ImageRefused("unparsable").

    Of other exceptions only `let` pass.
    """
    let_pass: tuple[type[Exception], ...] = (ImageRefused, *let)
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except let_pass:
            raise
        except Exception as error:
            # `from None`: pydicom's messages quote the damaged value.
            raise ImageRefused("unparsable", f"it cannot be parsed ({type(error).__name__})") from None


class _Counted(BytesIO):
    """Bytes that are read so many times, and no more."""

    def __init__(self, data: bytes, reads: int) -> None:
        super().__init__(data)
        self._left = reads

    def read(self, size: int | None = -1, /) -> bytes:
        """As BytesIO. ImageRefused("too_large")."""
        self._left -= 1
        if self._left < 0:
            raise ImageRefused("too_large", "it has more elements than any image")
        return super().read(size)


def open_dataset(data: bytes, *, headers_only: bool = False, limits: Limits = LIMITS) -> FileDataset:
    """Parse a DICOM Part 10 object.

    headers_only stops before the pixel data. Raises ImageRefused: not_dicom, too_large, unparsable,
    missing_attribute (no transfer syntax).
    """
    if len(data) > limits.object_bytes:
        raise ImageRefused("too_large", f"the object is larger than {limits.object_bytes} bytes")
    if data[PREAMBLE : PREAMBLE + 4] != b"DICM":
        raise ImageRefused("not_dicom", "the DICM prefix is missing")
    with reading():
        _check_inflated_size(data, limits)
        dataset = dcmread(_Counted(data, limits.reads), stop_before_pixels=headers_only)
        if not dataset.file_meta.get("TransferSyntaxUID"):
            raise ImageRefused("missing_attribute", "TransferSyntaxUID is missing")
    return dataset


def _check_inflated_size(data: bytes, limits: Limits) -> None:
    """pydicom inflates a deflated object in one go, whatever it grows to: measure it first, from where pydicom does.
    What the object says of the length of its own beginning is not asked."""
    stream = BytesIO(data)
    stream.seek(PREAMBLE + 4)
    meta = read_dataset(stream, False, True, stop_when=lambda tag, vr, length: tag.group != 2)
    if str(meta.get("TransferSyntaxUID", "")) != DeflatedExplicitVRLittleEndian:
        return
    most = min(limits.object_bytes, max(limits.grown, limits.growth * len(data)))
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    total, rest = 0, stream.read()
    while rest and not inflater.eof:
        total += len(inflater.decompress(rest, 1 << 20))
        rest = inflater.unconsumed_tail
        if total > most:
            raise ImageRefused("too_large", f"it inflates to more than {most} bytes")


def text(dataset: Dataset, keyword: str) -> str:
    r"""The attribute as text, values joined by a backslash; "" when absent or empty."""
    value = dataset.get(keyword)
    if value is None:
        return ""
    if isinstance(value, MultiValue | list):
        return "\\".join(str(part).strip() for part in value)
    return str(value).strip(" \0")


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """The attribute as finite numbers, () when absent or empty. Raises ImageRefused("bad_attribute")."""
    try:
        value = dataset.get(keyword)
        if value is None or value == "":
            return ()
        parts = value if isinstance(value, MultiValue | list) else [value]
        found = tuple(float(part) for part in parts)
    except (TypeError, ValueError, OverflowError, ArithmeticError):
        found = (math.nan,)
    if not all(math.isfinite(part) for part in found):
        raise ImageRefused("bad_attribute", f"{keyword} is not a number")
    return found


def number(dataset: Dataset, keyword: str) -> float | None:
    """The attribute as one number, None when absent. Raises ImageRefused("bad_attribute") when it is several."""
    found = numbers(dataset, keyword)
    if len(found) > 1:
        raise ImageRefused("bad_attribute", f"{keyword} has {len(found)} values where one is allowed")
    return found[0] if found else None


def whole(dataset: Dataset, keyword: str) -> int:
    """The attribute as one whole number. Raises ImageRefused: missing_attribute, bad_attribute."""
    found = number(dataset, keyword)
    if found is None:
        raise ImageRefused("missing_attribute", f"{keyword} is missing")
    if found != int(found):
        raise ImageRefused("bad_attribute", f"{keyword} is not a whole number")
    return int(found)


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence, [] when absent or empty. Raises ImageRefused("bad_attribute")."""
    value = dataset.get(keyword)
    if value is None:
        return []
    if not all(isinstance(item, Dataset) for item in value):
        raise ImageRefused("bad_attribute", f"{keyword} is not a sequence")
    return list(value)
