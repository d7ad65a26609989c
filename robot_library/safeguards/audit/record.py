"""One line of the trail.

    {"e":{…},"n":17,"prev":"<hash of line 16>","t":"…","h":"<hash>","m":"<seal>"}

`h` is SHA-256 over every byte before `,"h":`; `m` is a MAC of it under a key of the site, so that nobody without that
key can add a line that fits. The last bytes have a fixed length, so a line is checked without being put together anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FIRST = "0" * 64
"""What the first line names as the hash before it."""
_SEAL = 32
_TAIL = len(',"h":""') + 64 + len(',"m":""') + _SEAL + len("}")
_ENDS = re.compile(rb',"h":"([0-9a-f]{64})","m":"[0-9a-f]{32}"}')
"""The last bytes. The hash does not cover them: with anything but digits in the seal's place, a second `e` would stand
there, which JSON takes."""
CHECKPOINT, REPAIRED = "checkpoint", "repaired"
LONGEST = 1 << 20
"""Bytes of a line; longer ones are none of ours."""


@dataclass(frozen=True)
class Record:
    """A line that holds together: its hash is that of its bytes."""

    n: int
    prev: str
    at: str
    event: dict[str, Any]
    hash: str
    seal: str

    @property
    def is_event(self) -> bool:
        """Whether it is about the hospital, not about the trail itself."""
        return self.event.get("kind") not in (CHECKPOINT, REPAIRED)

    def readable(self) -> dict[str, Any]:
        """The event as other systems take it: without what XML 1.0 does not hold (controls, halves of pairs), each text
        on one line. Whoever writes an escape into a reason would else keep a collector from all of it."""
        return {name: _clean(said) for name, said in self.event.items()}


_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def _clean(said: Any) -> Any:
    return _UNFIT.sub("\ufffd", said) if isinstance(said, str) else said


def now() -> str:
    """UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line(event: dict[str, Any], n: int, prev: str, at: str, key: bytes) -> tuple[bytes, str]:
    """A line with its end, and its hash."""
    held = {"e": event, "n": n, "prev": prev, "t": at}
    body = json.dumps(held, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)[:-1].encode()
    digest = hashlib.sha256(body).hexdigest()
    return body + f',"h":"{digest}","m":"{seal(digest, key)}"}}\n'.encode(), digest


def seal(digest: str, key: bytes) -> str:
    """The MAC of a hash."""
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()[:_SEAL]


def parse(raw: bytes) -> Record | None:
    """A line without its end, if its hash fits its bytes; None otherwise."""
    body, tail = raw[:-_TAIL], raw[-_TAIL:]
    digest = hashlib.sha256(body).hexdigest()
    if (ends := _ENDS.fullmatch(tail)) is None or ends[1] != digest.encode():
        return None
    try:
        held = json.loads(raw)
        return Record(int(held["n"]), str(held["prev"]), str(held["t"]), dict(held["e"]), digest, str(held["m"]))
    except (ArithmeticError, ValueError, KeyError, TypeError, RecursionError):
        return None
