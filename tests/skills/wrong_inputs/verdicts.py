"""What the two skills say about wrong and about right pictures, by category; pixels only, no header is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from robot_library.model.base import Frozen
from robot_library.skills.host import Skill
from robot_library.skills.measure import wilson
from tests.skills.wrong_inputs import chests, drawn, photos, scans, screens
from tests.skills.wrong_inputs.pictures import Wrong, named

SKILLS = Path(__file__).resolve().parents[3] / "skills"


class Verdict(Frozen):
    """What became of one picture."""

    category: str
    name: str
    score: float
    """The view skill's; 0 where its pixel gates refuse."""
    by_view: bool
    """The view skill does not say positive."""
    by_own_gates: bool
    """Pneumonia's own pixel or unlike-training gate refuses."""


class Count(Frozen):
    """Pictures of a category, and how many were refused by the view skill, by pneumonia's own gates, by either."""

    category: str
    n: int
    by_view: int
    by_own_gates: int
    together: int
    together_ci95: tuple[float, float]
    """Wilson."""


class Gates:
    """The gates in front of the pneumonia model, by pixels alone."""

    def __init__(self) -> None:
        self.view, self.pneumonia = Skill(SKILLS / "chest-xray-view"), Skill(SKILLS / "chest-xray-pneumonia")

    def judge(self, one: Wrong) -> Verdict:
        """Ask both skills about one picture."""
        reading = self.view.read(one.film)
        seen = reading.code is None and self.view.conclude(reading, one.film).decision == "positive"
        return Verdict(
            category=one.category,
            name=one.name,
            score=0.0 if reading.code is not None else reading.score,
            by_view=not seen,
            by_own_gates=self.pneumonia.read(one.film).code is not None,
        )


def everything(data: Path, *, tenth: bool = False) -> Iterator[Wrong]:
    """The wrong-input set. `tenth`: a tenth of it, without a browser and without fetched photographs."""
    yield from chests.spoilt("children", chests.held_children(data), 2 if tenth else 25)
    yield from chests.spoilt("adults", chests.held_adults(data), 1 if tenth else 10)
    yield from scans.brains(data, 1 if tenth else 6)
    if not tenth:
        yield from scans.volume(data, 3)
        yield from screens.pages(60)
    yield from scans.dicom(data, few=tenth)
    yield from photos.photographs(2 if tenth else 150)
    yield from drawn.drawn(2 if tenth else 20)


def right(data: Path) -> Iterator[Wrong]:
    """Films of held-out patients as they are, in the same form: these should pass."""
    yield from named("children, held out", ((f.name, chests.grey(f)) for f in chests.held_children(data)))
    yield from named("adults, held out", ((f.name, chests.grey(f)) for f in chests.held_adults(data)))


def count(verdicts: Iterable[Verdict]) -> list[Count]:
    """By category, in the order in which the categories come."""
    groups: dict[str, list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault(one.category, []).append(one)
    return [counted(category, found) for category, found in groups.items()]


def counted(category: str, found: list[Verdict]) -> Count:
    """One row."""
    together = sum(one.by_view or one.by_own_gates for one in found)
    low, high = wilson(together, len(found))
    return Count(
        category=category,
        n=len(found),
        by_view=sum(one.by_view for one in found),
        by_own_gates=sum(one.by_own_gates for one in found),
        together=together,
        together_ci95=(round(low, 4), round(high, 4)),
    )
