"""Hear what libjpeg says while GDCM decodes: its only sign that a JPEG is damaged is a line on stderr.

On a scan that ends early or is corrupt, libjpeg (inside GDCM) prints "Corrupt JPEG data: …", invents the rest of the
picture, and reports success. That would be a silent pixel. So file descriptor 2 is pointed at a file during the
decoding, and a complaint in it refuses the frame. `hears` proves that this works in this process; where it does not
(a Windows service without stderr), JPEG is refused.
"""

from __future__ import annotations

import base64
import functools
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# libjpeg's warnings (jerror.h) all speak of one of these.
_WORDS = (b"JPEG", b"JFIF", b"Corrupt", b"Premature", b"SOS", b"progression")
_STDERR = 2
# 16 x 16 pixels of noise, baseline, its scan cut after six bytes.
_CUT_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71"
    "////m8H////6/+b9//j/wAALCAAQABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAgEAEAAQQCAgMAAAAAAAAAAAABEQAC"
    "ISISQTFRAxMy/9oACAEBAAA/AIAsRFt3R//Z"
)
_lock = threading.Lock()


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect libjpeg's complaints made inside the block into the list given; what others wrote is passed on."""
    heard: list[str] = []
    with _lock, tempfile.TemporaryFile() as ear:
        if sys.stderr is not None:
            sys.stderr.flush()
        kept = _duplicate(_STDERR)
        os.dup2(ear.fileno(), _STDERR)
        try:
            yield heard
        finally:
            _restore(kept)
            ear.seek(0)
            for line in ear.read().splitlines(keepends=True):
                if any(word in line for word in _WORDS):
                    heard.append(line.decode("ascii", "replace").strip())
                elif kept is not None:
                    os.write(_STDERR, line)


def _duplicate(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:
        return None


def _restore(kept: int | None) -> None:
    if kept is None:
        os.close(_STDERR)
        return
    os.dup2(kept, _STDERR)
    os.close(kept)


@functools.cache
def hears() -> bool:
    """Whether a damaged JPEG is heard in this process: tried once, on a small one that is cut in the middle."""
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(_CUT_JPEG)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((16, 16, 1))
    image.SetDataElement(element)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGBaselineProcess1))
    image.SetPixelFormat(gdcm.PixelFormat(1, 8, 8, 7, 0))
    with listening() as heard:
        image.GetBuffer()
    return bool(heard)
