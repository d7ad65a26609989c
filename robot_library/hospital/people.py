"""Invented people: names with accents, apostrophes and other scripts, record numbers with leading zeros."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, timedelta

GIVEN_F = ("Emma", "Siobhán", "Lucía", "Anaïs", "Zoë", "Freya", "Ngozi", "Thị Mai", "Élodie", "Ilse", "Priya", "Noor")
GIVEN_M = ("Liam", "Mateo", "Søren", "Jürgen", "Kwame", "Łukasz", "José", "Arjun", "Émile", "Tomás", "Owen", "Idris")
FAMILY = (
    "O'Brien", "Núñez", "D'Angelo-Müller", "Åström", "Nguyễn", "Okonkwo", "Van der Berg", "Çelik", "Fitzgerald",
    "Kowalczyk", "Šimić", "Haddad", "Papadopoulou", "MacLeod", "Fernández", "Iyer", "Lindqvist", "Dubois", "Brandt",
    "Ó Súilleabháin", "Moreau", "Castro", "Whitlock", "Adeyemi", "Rossi", "Nakagawa", "Keller", "Byrne", "Sørensen",
    "Tanaka", "Le Goff", "Varga", "Mbeki", "Reinholt", "Esposito", "Quigley", "Zieliński", "Achterberg", "Lām",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A patient. ``birth_date`` is ``None`` where nobody knows it. ``alphabetic`` is the name in Latin letters as a
    modality writes it (``Family^Given``), empty where the name itself is Latin."""

    patient_id: str
    mrn: str
    family: str
    given: str
    birth_date: date | None
    sex: str
    alphabetic: str = ""
    plain_header: bool = False

    @property
    def display(self) -> str:
        """The name as the EHR shows it: ``Family, Given``."""
        return f"{self.family}, {self.given}"

    @property
    def dicom_name(self) -> str:
        """The name as a modality writes it (value representation PN).

        Some modalities know no accents (``plain_header``); a name in another script stands in the ideographic group.
        """
        written = f"{self.family}^{self.given}"
        if self.alphabetic:
            return f"{self.alphabetic}={written}"
        return fold(written).upper() if self.plain_header else written


def fold(text: str) -> str:
    """``text`` without accents, as old modalities write it."""
    special = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"})
    parts = unicodedata.normalize("NFKD", text.translate(special))
    return "".join(c for c in parts if not unicodedata.combining(c))


class Registry:
    """Hands out people who differ from one another in name and number."""

    def __init__(self, rng: random.Random, today: date) -> None:
        self._rng = rng
        self._today = today
        self._numbers = rng.sample(range(100_000, 999_999), 200)
        self._names = [(f, g, s) for f in FAMILY for s, pool in (("F", GIVEN_F), ("M", GIVEN_M)) for g in pool]
        self._families = rng.sample(FAMILY[3:], len(FAMILY) - 3)
        self.people: list[Person] = []

    def mrn(self) -> str:
        """A record number of eight digits that begins with two zeros."""
        return f"00{self._numbers.pop():06d}"

    def born(self, youngest: float, oldest: float) -> date:
        """A birth date that makes the person between ``youngest`` and ``oldest`` years old today."""
        days = self._rng.randint(int(youngest * 365.25) + 1, int(oldest * 365.25) - 1)
        return self._today - timedelta(days=days)

    def child(self) -> Person:
        """A patient aged one to five whose family name nobody else has."""
        sex = self._rng.choice("FM")
        given = self._rng.choice(GIVEN_F if sex == "F" else GIVEN_M)
        return self.add(self._families.pop(), given, self.born(1.15, 4.9), sex, plain=self._rng.random() < 0.4)

    def add(
        self, family: str, given: str, birth_date: date | None, sex: str, *, alphabetic: str = "", plain: bool = False
    ) -> Person:
        """Register a person of this name under the next number."""
        number = f"P{len(self.people) + 1:04d}"
        person = Person(number, self.mrn(), family, given, birth_date, sex, alphabetic, plain)
        self.people.append(person)
        return person

    def namesake(self, other: Person) -> Person:
        """Another child of the same name and sex, with a record number that differs by two swapped digits."""
        digits, taken = other.mrn, {p.mrn for p in self.people}
        swaps = (digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(2, 7))
        swapped = next(number for number in swaps if number not in taken)
        birth = self.born(1.2, 4.8)
        while birth == other.birth_date:
            birth = self.born(1.2, 4.8)
        twin = replace(other, patient_id=f"P{len(self.people) + 1:04d}", mrn=swapped, birth_date=birth)
        self.people.append(twin)
        return twin
