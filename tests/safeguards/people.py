"""Makes pairs of identities: truly one person said in two ways, or two persons said almost alike."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from robot_library.model.person import Identity, PatientId, PersonName

FAMILIES = ["Nguyen", "García López", "O'Brien", "Núñez", "Müller", "Smith", "Øster", "Łukasz", "van der Berg", "Li"]
GIVEN = ["Ana", "Anna", "José María", "Jose", "Zoë", "Mía", "Maria", "Marta", "Noah", "Noa", "Lin", "Liam"]
KINDS = [
    "transposed id", "twin", "namesake", "swapped names", "other issuer", "lost zero", "accession only", "no issuer",
    "near birth date", "placeholder", "looked up", "day and month swapped", "prefix of a name", "namesake of one day",
]  # fmt: skip


def person(rng: random.Random, issuer: str = "MEADOW") -> Identity:
    """One person as the EHR's screen says it."""
    return Identity(
        source="screen:ehr.order",
        system="ehr",
        ids=(PatientId(value=f"{rng.randrange(10**8):08d}", issuer=issuer),),
        names=(PersonName(family=rng.choice(FAMILIES), given=rng.choice(GIVEN)),),
        birth_date=date(2020, 1, 1) + timedelta(days=rng.randrange(2000)),
    )


def as_dicom(who: Identity) -> Identity:
    """The same person, as a DICOM header says it."""
    return who.model_copy(update={"source": "dicom", "system": "dicom"})


def _digits_swapped(text: str, rng: random.Random) -> str:
    places = [i for i in range(len(text) - 1) if text[i] != text[i + 1]]
    if not places:
        return text[:-1] + str((int(text[-1]) + 1) % 10)
    at = rng.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def strangers(rng: random.Random) -> tuple[str, Identity, Identity]:
    """(kind, a, b): two different persons whose records are alike. b is what the film says."""
    a = person(rng)
    b = as_dicom(a)
    number, name = a.ids[0], a.names[0]
    other_id = (PatientId(value=_digits_swapped(number.value, rng), issuer=number.issuer),)
    kind = rng.choice(KINDS)
    twin = PersonName(family=name.family, given=rng.choice([g for g in GIVEN if g != name.given]))
    born = a.birth_date or date(2020, 1, 1)
    match kind:
        case "transposed id":
            b = b.model_copy(update={"ids": other_id})
        case "twin":
            b = b.model_copy(update={"ids": other_id, "names": (twin,)})
        case "namesake":
            b = b.model_copy(update={"ids": other_id, "birth_date": born + timedelta(days=rng.randrange(1, 900))})
        case "swapped names":
            b = b.model_copy(update={"names": (PersonName(family=name.given, given=name.family),), "ids": other_id})
        case "other issuer":
            ids = (PatientId(value=number.value, issuer="HARBOUR"),)
            b = b.model_copy(update={"ids": ids, "names": (twin,)})
        case "lost zero":
            a = a.model_copy(update={"ids": (PatientId(value="0" + number.value, issuer=number.issuer),)})
        case "accession only":
            b = as_dicom(person(rng)).model_copy(update={"ids": ()})
            if b.birth_date == a.birth_date and b.names == a.names:
                b = b.model_copy(update={"birth_date": born + timedelta(days=1)})
        case "no issuer":
            ids = (PatientId(value=number.value, issuer=None),)
            b = b.model_copy(update={"ids": ids, "birth_date": None})
        case "near birth date":
            b = b.model_copy(update={"birth_date": born + timedelta(days=rng.choice([-1, 1, 365, 3652]))})
        case "placeholder":
            names = (PersonName(family="UNKNOWN", given="TRAUMA 7"),)
            a = a.model_copy(update={"names": names, "birth_date": None})
            b = as_dicom(a)
        case "looked up":
            a = a.model_copy(update={"looked_up_by": frozenset({"patient_id"})})
            b = b.model_copy(update={"birth_date": None})
        case "day and month swapped":
            born = date(2021, 3, rng.randrange(4, 12))
            a = a.model_copy(update={"birth_date": born})
            b = b.model_copy(update={"birth_date": date(2021, born.day, born.month)})
        case "namesake of one day":
            ids = rng.choice([(), (PatientId(value=number.value, issuer=rng.choice([None, "HARBOUR"])),)])
            b = b.model_copy(update={"ids": ids})
        case "prefix of a name":
            longer = PersonName(family=name.family + "s", given=name.given)
            b = b.model_copy(update={"names": (longer,), "ids": other_id})
    return kind, a, b


def same_said_twice(rng: random.Random) -> tuple[str, Identity, Identity]:
    """(kind, a, b): one person, written as systems write."""
    a = person(rng)
    b = as_dicom(a)
    name = a.names[0]
    kind = rng.choice(["equal", "capitals", "no accents", "middle name left out", "no birth date", "ideographic group"])
    match kind:
        case "capitals":
            b = b.model_copy(update={"names": (PersonName(family=name.family.upper(), given=name.given.upper()),)})
        case "no accents":
            plain = str.maketrans("áéíóúñüØŁë", "aeiounuOLe")
            names = (PersonName(family=name.family.translate(plain), given=name.given.translate(plain)),)
            b = b.model_copy(update={"names": names})
        case "middle name left out":
            b = b.model_copy(update={"names": (PersonName(family=name.family, given=name.given.split()[0]),)})
        case "no birth date":
            b = b.model_copy(update={"birth_date": None})
        case "ideographic group":
            b = b.model_copy(update={"names": (name, PersonName(family="王", given="小明"))})
    return kind, a, b


def pairs(seed: int, n: int) -> Iterator[tuple[str, Identity, Identity]]:
    """n pairs of strangers, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(n):
        yield strangers(rng)
