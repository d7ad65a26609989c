"""What one parser is to the fuzzer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Parse = Callable[[bytes], object]
KEY = bytes(range(32))
JSON = (b'{"', b'":', b"[", b"]", b'"key":"x"', b'"item":{"order":"A1"}', b'"priority":"stat"')


@dataclass(frozen=True)
class Parser:
    """`open` makes what parses; heavy imports are in there. `may`: errors of ours, which name a reason."""

    name: str
    open: Callable[[], Parse]
    may: tuple[type[BaseException], ...]
    seeds: Callable[[], list[bytes]]
    words: Sequence[bytes] = ()


def done(_: object) -> None:
    """Only that it came back."""


def file_of(name: str, parse: Callable[[Path], object]) -> Parse:
    """A parser of files."""
    path = Path(tempfile.mkdtemp(prefix="wetread-fuzz-")) / name
    path.parent.mkdir(parents=True, exist_ok=True)

    def run(data: bytes) -> object:
        path.write_bytes(data)
        return parse(path)

    return run


def bundled_files(*patterns: str) -> Callable[[], list[bytes]]:
    """Files that come with wetread."""
    from robot_library.parsing.library import bundled

    return lambda: [path.read_bytes() for one in patterns for path in sorted(bundled().glob(one))][:20]
