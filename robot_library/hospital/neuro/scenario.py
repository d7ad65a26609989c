"""A hospital of MRI orders, written from a seed: a lesion to be measured, and studies that must not be.

The chest hospital (``traps``) is another one; nothing of it changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from robot_library.hospital.heads import SEQUENCES, Sequence
from robot_library.hospital.neuro.slices import SLICES, Recipe, Slice
from robot_library.hospital.people import Person
from robot_library.hospital.scenario import Expected, Scenario
from robot_library.hospital.traps import Author

PROCEDURE = "MRI brain with contrast"
INDICATIONS = ("First seizure, lesion on CT.", "Known glioma, before treatment.", "Headache for weeks, lesion on CT.")
NAMES: Mapping[Sequence, str] = {"pre": "T1", "flair": "FLAIR", "post": "T1 GD"}
"""What the department calls its series."""
MISLABELLED: Mapping[Sequence, str] = {"pre": "FLAIR", "flair": "T1 GD", "post": "T1"}
LESION_ML = 40.0
ADULTS = (
    ("Petrov", "Ivan", "M"), ("Ó Súilleabháin", "Máire", "F"), ("Núñez", "Elena", "F"), ("Haddad", "Omar", "M"),
    ("Åström", "Karin", "F"), ("Dubois", "Émile", "M"), ("Keller", "Bruno", "M"), ("Tanaka", "Yuki", "F"),
    ("Varga", "Ilona", "F"), ("Mbeki", "Thabo", "M"),
)  # fmt: skip
TRAPS = ("plain", "no_lesion", "skull_stripped", "mislabelled", "no_flair", "uneven_gap", "wrong_header")


class Department:
    """Writes the orders, trap by trap."""

    def __init__(self, seed: int) -> None:
        self.author = Author(seed)
        self._heads = self.author.rng.sample(range(1, 100_000), 20)
        self._names = self.author.rng.sample(ADULTS, len(ADULTS))

    def adult(self) -> Person:
        """A patient of 25 to 70 years whose name nobody else has."""
        family, given, sex = self._names.pop()
        return self.author.people.add(family, given, self.author.people.born(25, 70), sex)

    def slices(
        self,
        *,
        lesion_ml: float | None = LESION_ML,
        stripped: bool = False,
        names: Mapping[Sequence, str] = NAMES,
        without: Sequence | None = None,
        uneven: Sequence | None = None,
    ) -> tuple[Slice, ...]:
        """One head in three series. `without` one sequence; `uneven`: a slice of this one lies 2 mm off its place."""
        recipe, frame = Recipe(self._heads.pop(), lesion_ml, stripped), self.author.uid()
        images = []
        for number, sequence in enumerate(SEQUENCES, start=1):
            series = self.author.uid()
            for index in range(SLICES if sequence != without else 0):
                shift = 2.0 if sequence == uneven and index == SLICES // 2 else 0.0
                images.append(
                    Slice(
                        seed=recipe.seed, kind="normal", sop_uid=self.author.uid(), view="AP", recipe=recipe,
                        sequence=sequence, index=index, series_uid=series, series_number=number,
                        description=names[sequence], frame_of_reference=frame, shift=shift,
                    )
                )  # fmt: skip
        return tuple(images)

    def order(
        self, trap: str, expected: Expected, images: tuple[Slice, ...], *, header_of: Person | None = None
    ) -> None:
        """An order for a new patient and its study; `header_of`: the objects carry this person's header."""
        patient = self.adult()
        owner = header_of or patient
        study = self.author.study(
            owner, *images, listed=patient, series_uid=images[0].series_uid, procedure=PROCEDURE, modality="MR"
        )
        indication = self.author.rng.choice(INDICATIONS)
        self.author.order(
            patient, trap, expected, study, procedure=PROCEDURE, body_site="Brain", indication=indication
        )  # fmt: skip


def write(seed: int) -> Scenario:
    """The MRI orders of a seed: the same seed gives the same people, orders, studies and traps."""
    made = Department(seed)
    made.order("plain", "typed", made.slices())
    made.order("no_lesion", "needs_person", made.slices(lesion_ml=None))
    made.order("skull_stripped", "needs_person", made.slices(stripped=True))
    made.order("mislabelled", "needs_person", made.slices(names=MISLABELLED))
    made.order("no_flair", "needs_person", made.slices(without="flair"))
    made.order("uneven_gap", "needs_person", made.slices(uneven="post"))
    made.order("wrong_header", "refused", made.slices(), header_of=made.adult())
    scenario, rng = made.author.scenario, made.author.rng
    rng.shuffle(scenario.orders)
    numbers = sorted(rng.sample(range(1000, 9999), len(scenario.orders)))
    scenario.orders = [replace(o, order_id=f"REQ{n:06d}") for o, n in zip(scenario.orders, numbers, strict=True)]
    return scenario
