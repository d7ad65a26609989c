"""What Python raises for an archive that is damaged, or none at all: `zipfile` and `tarfile` let through whatever the
ways of packing raise, each of which has an error of its own."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib

DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,  # bz2 has no other
    RuntimeError,  # encrypted, nested too deep, a way of packing that is not known (NotImplementedError)
    ValueError,
    KeyError,
    IndexError,  # a member without a name
    MemoryError,  # a few bytes that ask for a dictionary of four gigabytes
)
