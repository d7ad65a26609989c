"""The part of the trail that is about one item, with what proves it: each of its lines, and every line after it up to
the next signature of the site. Whoever has the public key sees that no byte of it was changed and none is missing.

The lines between belong to other items: they name staff and bots, and nothing of patients in clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from robot_library.safeguards.audit.log import segments
from robot_library.safeguards.audit.record import CHECKPOINT, Record, parse
from robot_library.safeguards.audit.signing import Signer, fits
from robot_library.safeguards.audit.verify import Keys, raw_lines

PURPOSE, _OLDER = "part", "head"
"""What the end of a part is signed for; bundles of older versions have the other."""


@dataclass
class Ends:
    """What was signed by itself, because no checkpoint had come yet: n → (hash, signature). `lines` are the item's."""

    lines: int = 0
    signed: dict[int, tuple[str, str]] = field(default_factory=dict)


def part_of(folder: Path, item: str, signer: Signer, ends: Ends) -> Iterator[bytes]:
    """Lines with their ends, in order; fills `ends` meanwhile. At most as many lines are held as lie between two
    checkpoints."""
    held: list[bytes] = []
    last: Record | None = None
    wanted, checkpoint = item.encode(), f'"{CHECKPOINT}"'.encode()
    for raw in _whole_lines(folder):
        if not held and wanted not in raw:
            continue
        record = parse(raw[:-1])
        if record is None:
            continue
        mine = record.event.get("item") == item
        if not held and not mine:
            continue
        held.append(raw)
        last, ends.lines = record, ends.lines + mine
        if checkpoint in raw and record.event.get("kind") == CHECKPOINT:
            yield from held
            held = []
    if held and last is not None:
        # Not as a head: whoever holds a bundle could cut the trail off there, and put its head back to fit.
        ends.signed[last.n] = (last.hash, signer.sign(PURPOSE, last.n, last.hash))
        yield from held


def items_about(folder: Path, patient: str) -> set[str]:
    """Items of which the trail says that a step was about this patient, by the keyed hash of the number."""
    found = set()
    for raw in _whole_lines(folder):
        if patient.encode() in raw and (record := parse(raw[:-1])) is not None:
            said = record.event.get("patients")
            found |= {str(record.event.get("item", ""))} if isinstance(said, list) and patient in said else set()
    return found - {""}


def _whole_lines(folder: Path) -> Iterator[bytes]:
    """A line that has no end yet is being written by another process: it came later."""
    for path in segments(folder):
        yield from (raw for raw in raw_lines(path) if raw.endswith(b"\n"))


@dataclass(frozen=True)
class Proven:
    """`problem`: what does not fit, in plain words; empty if everything does. `mine`: lines about the item."""

    lines: int
    mine: int
    problem: str = ""


def check_part(lines: Iterable[bytes], item: str, ends: Ends, keys: Keys) -> Proven:
    """Whether lines are what the site has written: each follows the one before, up to a signature."""
    before: Record | None = None
    count = mine = 0
    for raw in lines:
        count += 1
        record = parse(raw.rstrip(b"\n"))
        if record is None:
            return Proven(count, mine, f"line {count} of the audit trail's part was changed")
        if before is not None and (record.n != before.n + 1 or record.prev != before.hash):
            return Proven(count, mine, f"line {record.n} of the trail does not follow the one before")
        mine += record.event.get("item") == item
        signed = _signed(record, before, ends, keys)
        if signed is None:
            return Proven(count, mine, f"the signature at line {record.n} of the trail is not this site's")
        before = None if signed else record
    if before is not None:
        return Proven(count, mine, f"nothing signs what comes before line {before.n + 1} of the trail")
    if mine != ends.lines:
        return Proven(count, mine, f"{mine} lines are about the item; there were {ends.lines}")
    return Proven(count, mine)


def _signed(record: Record, before: Record | None, ends: Ends, keys: Keys) -> bool | None:
    """Whether a signature stands here; None if it is none of the site's."""
    if record.event.get("kind") == CHECKPOINT and before is not None:
        public = keys.public.get(str(record.event.get("key")), b"")
        said = str(record.event.get("signature"))
        return fits(public, said, "checkpoint", before.n, before.hash) or None
    if record.n not in ends.signed:
        return False
    digest, said = ends.signed[record.n]
    whole = digest == record.hash and any(
        fits(one, said, purpose, record.n, digest) for one in keys.public.values() for purpose in (PURPOSE, _OLDER)
    )
    return whole or None
