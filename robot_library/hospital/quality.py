"""A hospital whose X-ray devices are watched: three rooms over some days, one device that drifts, films with faults.

The orders' hospital (``traps``) is another one; nothing of it changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle

from robot_library.hospital.people import Person
from robot_library.hospital.scenario import Device, Scenario
from robot_library.hospital.traps import Author

DEVICES = (
    Device("DEMOXR1", "Meadow Imaging", "Room 1"),
    Device("DEMOXR2", "Meadow Imaging", "Room 2"),
    Device("DEMOXR3", "Harbour Mobile", "Ward 3"),
)
DRIFTING = DEVICES[1]
DRIFT = 0.09
"""Noise that the drifting device gains over the last two fifths of the days."""


@dataclass(frozen=True)
class Trap:
    """A film of today: its fault and how strong, and what a right bot writes about it; empty: nothing at all."""

    fault: str
    strength: float
    verdict: str


REPEAT = "Repeat? Look first."
"""What a right bot writes about a film with a fault: a person looks before a child is exposed again."""

TRAPS = (
    Trap("", 0, "Fine"),
    Trap("noise", 1.0, REPEAT),
    Trap("", 0, "Fine"),
    Trap("motion", 1.0, REPEAT),
    Trap("overexposed", 0.8, REPEAT),
    Trap("dead_lines", 1.0, REPEAT),
    Trap("collimated", 1.0, REPEAT),
    Trap("", 0, "Fine"),
)
CHILDREN = 12


def write(seed: int, days: int = 12, traps: Sequence[Trap] = TRAPS) -> Scenario:
    """A film a day of each device for some ``days``, then today: ``traps``, and a film with another child's header.

    A pure function of its arguments; at most 15 days.
    """
    author = Author(seed)
    children = [author.people.child() for _ in range(CHILDREN)]
    turn = cycle(children)
    for back in range(days, 0, -1):
        for device in DEVICES:
            _add(author, next(turn), device, author.today - timedelta(days=back), *_drift(device, days - back, days))
    for number, trap in enumerate(traps):
        device = DEVICES[number % len(DEVICES)]
        _add(author, next(turn), device, author.today, trap.fault, trap.strength)
    _add(author, next(turn), DEVICES[0], author.today, "", 0, listed=next(turn))
    return author.scenario


def expected(scenario: Scenario, traps: Sequence[Trap] = TRAPS) -> dict[str, str]:
    """Accession number of each study of today: the verdict that ought to stand in the PACS, empty for none."""
    accessions = [study.accession for study in scenario.studies if study.when.date() == today(scenario)]
    return dict(zip(accessions, [*(trap.verdict for trap in traps), ""], strict=True))


def today(scenario: Scenario) -> date:
    """The day the bot works on: the last on which a film was taken."""
    return max(study.when.date() for study in scenario.studies)


def _drift(device: Device, day: int, days: int) -> tuple[str, float]:
    late = max(0.0, day / max(1, days - 1) - 0.6) / 0.4
    return ("noise", DRIFT * late) if device is DRIFTING and late else ("", 0.0)


def _add(
    author: Author, child: Person, device: Device, day: date, fault: str, strength: float, listed: Person | None = None
) -> None:
    image = author.image(kind="normal", device=device, fault=fault, strength=strength)
    when = datetime.combine(day, time(7)) + timedelta(minutes=author.rng.randint(0, 600))
    author.study(child, image, when=when, listed=listed or child)
