"""Makes pairs of identities: truly one person said in two ways, or two persons said almost alike."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from robot_library.model.person import Identity, PatientId, PersonName

FAMILIES = ["Nguyen", "García López", "O'Brien", "Núñez", "Müller", "Smith", "Øster", "Łukasz", "van der Berg", "Li"]
GIVEN = ["Ana", "Anna", "José María", "Jose", "Zoë", "Mía", "Maria", "Marta", "Noah", "Noa", "Lin", "Liam"]
KINDS = [
    "transposed id", "twin", "namesake", "swapped names", "other issuer", "lost zero", "accession only", "no issuer",
    "near birth date", "placeholder", "looked up", "day and month swapped", "prefix of a name", "namesake of one day",
    "homophone", "voiced kana", "generation", "one-word name", "other number of the header", "number in other digits",
    "number in other case", "no number", "issuer that is none", "no date", "leap day", "merged meanwhile",
    "renamed meanwhile", "alias of another", "merge of another", "newborn twins", "confusable letters", "copied twice",
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


Pair = tuple[Identity, Identity]


def _but(who: Identity, **fields: object) -> Identity:
    return who.model_copy(update=fields)


def _named(who: Identity, *written: str) -> Identity:
    return _but(who, names=tuple(PersonName(family=f, given=g) for f, _, g in (w.partition("^") for w in written)))


def _homophone(a: Identity, rng: random.Random) -> Pair:
    """Same birth date, a number that the header lacks or says without issuer; characters tell them apart."""
    groups = [("Takada^Yuki", "高田^雪"), ("Takada^Yuki", "高多^由紀"), ("Takada^Yuki", "高田^由紀")]
    one, other = rng.sample(groups, 2)
    return _named(a, *one), _named(as_dicom(a), *other)


def _voiced_kana(a: Identity, rng: random.Random) -> Pair:
    pairs = [("たかた^ゆき", "たかだ^ゆき"), ("タカタ^ユキ", "ﾀｶﾀﾞ^ﾕｷ"), ("はやし^かな", "はやし^がな")]
    one, other = rng.choice(pairs)
    return _named(a, one), _named(as_dicom(a), other)


def _generation(a: Identity, rng: random.Random) -> Pair:
    one, other = rng.sample(["Jr.", "Sr", "III", "II"], 2)
    name = a.names[0]
    film = _but(as_dicom(a), names=(PersonName(family=name.family, given=name.given, suffix=other),))
    return _named(a, f"{name.family}^{name.given} {one}"), film


def _one_word(a: Identity, rng: random.Random) -> Pair:
    """One of them has a name of one word; it is not a word of the other's."""
    return _named(a, "Suharto^"), as_dicom(a)


def _other_number(a: Identity, rng: random.Random) -> Pair:
    """The header's own number is another's; ours stands among its other numbers."""
    number = a.ids[0]
    stray = PatientId(value=_digits_swapped(number.value, rng), issuer=number.issuer)
    ids = (stray, number) if rng.random() < 0.5 else (number, stray)
    return a, _but(as_dicom(a), ids=ids)


def _written_otherwise(a: Identity, rng: random.Random) -> Pair:
    """Nobody knows whether a number in other digits, or with something invisible in it, is the same number."""
    number = a.ids[0]
    full = str.maketrans("0123456789", "０１２３４５６７８９")
    arabic = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    forms = [number.value.translate(full), number.value.translate(arabic), number.value + "\u200b",
             number.value[:4] + "\u00ad" + number.value[4:], number.value[:4] + " " + number.value[4:],
             number.value.lstrip("0") + "0", "0" + number.value]  # fmt: skip
    return a, _but(as_dicom(a), ids=(PatientId(value=rng.choice(forms), issuer=number.issuer),))


def _other_case(a: Identity, rng: random.Random) -> Pair:
    """Some systems tell a12 from A12."""
    one, other = (PatientId(value=f"{letter}{a.ids[0].value}", issuer="MEADOW") for letter in "aA")
    return _but(a, ids=(one,)), _but(as_dicom(a), ids=(other,))


def _no_number(a: Identity, rng: random.Random) -> Pair:
    """Both have no number yet, said alike; namesakes of one day."""
    said = rng.choice(["unknown", "00000000", "0", "PENDING", "N/A", "-", "99999999", "none", "１１１１１", "?"])
    ids = (PatientId(value=said, issuer="MEADOW"),)
    return _but(a, ids=ids), _but(as_dicom(a), ids=ids)


def _no_issuer(a: Identity, rng: random.Random) -> Pair:
    """The same number of nobody knows which hospital; namesakes of one day."""
    one, other = (rng.choice([" ", "", "unknown", "None", "N/A", "-", "?", "UNKNOWN "]) for _ in range(2))
    number = a.ids[0].value
    film = _but(as_dicom(a), ids=(PatientId(value=number, issuer=other),))
    return _but(a, ids=(PatientId(value=number, issuer=one),)), film


def _no_date(a: Identity, rng: random.Random) -> Pair:
    """A date that systems write for none, and no name to speak of; two unknown people given one number."""
    born = rng.choice([date(1900, 1, 1), date(1, 1, 1), date(1753, 1, 1), date(1970, 1, 1), date(9999, 12, 31)])
    a = _but(_named(a, rng.choice(["UNKNOWN^TRAUMA 7", "Unbekannt^", "Baby^Boy", "?^?"])), birth_date=born)
    return a, as_dicom(a)


def _leap_day(a: Identity, rng: random.Random) -> Pair:
    one, other = rng.sample([date(2020, 2, 28), date(2020, 2, 29), date(2020, 3, 1)], 2)
    return _but(a, birth_date=one), _but(as_dicom(a), birth_date=other)


def _merged_meanwhile(a: Identity, rng: random.Random) -> Pair:
    """The order's screen said one number; now the same system says another and that ours was merged into it."""
    other = PatientId(value=_digits_swapped(a.ids[0].value, rng), issuer="MEADOW")
    return a, _but(a, source="screen:ehr.result", ids=(other,), merged_ids=a.ids)


def _renamed_meanwhile(a: Identity, rng: random.Random) -> Pair:
    return a, _but(_named(a, "Someone^Else"), source="screen:ehr.result", aliases=a.names)


def _alias_of_another(a: Identity, rng: random.Random) -> Pair:
    """An earlier name of ours is another's name; the film is the other's."""
    b = person(rng)
    other = PatientId(value=_digits_swapped(a.ids[0].value, rng), issuer="MEADOW")
    return _but(a, aliases=b.names), _but(as_dicom(a), names=b.names, ids=(other,))


def _merge_of_another(a: Identity, rng: random.Random) -> Pair:
    """What was merged into ours has our number of another hospital; the film is of somebody here."""
    value = _digits_swapped(a.ids[0].value, rng)
    b = _but(as_dicom(a), ids=(PatientId(value=value, issuer="MEADOW"),))
    return _but(a, merged_ids=(PatientId(value=value, issuer="HARBOUR"),)), b


def _newborn_twins(a: Identity, rng: random.Random) -> Pair:
    """Born on one day, named alike, the number typed off by one."""
    one = _named(a, "Smith^Baby Girl A")
    other = PatientId(value=_digits_swapped(a.ids[0].value, rng), issuer=rng.choice(["MEADOW", None]))
    return one, _but(_named(as_dicom(a), "Smith^Baby Girl B"), ids=(other,))


def _confusable(a: Identity, rng: random.Random) -> Pair:
    """Letters of another alphabet that look the same, and nothing else but the number."""
    one, other = rng.choice([("Capa^Op", "Сара^Ор"), ("Anna^Li", "Аnna^Li"), ("Toni^Kay", "Τoni^Kay")])
    return _but(_named(a, one), birth_date=None), _named(as_dicom(a), other)


def _copied_twice(a: Identity, rng: random.Random) -> Pair:
    """Two screens of one system."""
    return a, _but(a, source="screen:ehr.result")


MORE: dict[str, Callable[[Identity, random.Random], Pair]] = {
    "homophone": _homophone, "voiced kana": _voiced_kana, "generation": _generation, "one-word name": _one_word,
    "other number of the header": _other_number, "number in other digits": _written_otherwise,
    "number in other case": _other_case, "no number": _no_number, "issuer that is none": _no_issuer,
    "no date": _no_date, "leap day": _leap_day, "merged meanwhile": _merged_meanwhile,
    "renamed meanwhile": _renamed_meanwhile, "alias of another": _alias_of_another,
    "merge of another": _merge_of_another, "newborn twins": _newborn_twins, "confusable letters": _confusable,
    "copied twice": _copied_twice,
}  # fmt: skip


def strangers(rng: random.Random) -> tuple[str, Identity, Identity]:
    """(kind, a, b): two different persons whose records are alike, or one of whom nobody can say that it is the same.

    b is what the film says, or what the same system's screen says a moment later.
    """
    a = person(rng)
    b = as_dicom(a)
    number, name = a.ids[0], a.names[0]
    other_id: tuple[PatientId, ...] = (PatientId(value=_digits_swapped(number.value, rng), issuer=number.issuer),)
    kind = rng.choice(KINDS)
    twin = PersonName(family=name.family, given=rng.choice([g for g in GIVEN if g != name.given]))
    born = a.birth_date or date(2020, 1, 1)
    if kind in MORE:
        return kind, *MORE[kind](a, rng)
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
            ids: tuple[PatientId, ...] = (PatientId(value=number.value, issuer="HARBOUR"),)
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


SAME = [
    "equal", "capitals", "no accents", "middle name left out", "no birth date", "ideographic group", "apostrophe lost",
    "hyphen lost", "decomposed", "generation left out", "name parted otherwise", "issuer in other case",
    "other hospital's number too", "earlier name", "merged number", "blanks around", "placeholder date", "no name",
]  # fmt: skip


def same_said_twice(rng: random.Random) -> tuple[str, Identity, Identity]:
    """(kind, a, b): one person, written as systems write."""
    a = person(rng)
    b = as_dicom(a)
    name, number = a.names[0], a.ids[0]
    kind = rng.choice(SAME)
    match kind:
        case "capitals":
            b = _but(b, names=(PersonName(family=name.family.upper(), given=name.given.upper()),))
        case "no accents":
            plain = str.maketrans("áéíóúñüØŁë", "aeiounuOLe")
            b = _but(b, names=(PersonName(family=name.family.translate(plain), given=name.given.translate(plain)),))
        case "middle name left out":
            b = _but(b, names=(PersonName(family=name.family, given=name.given.split()[0]),))
        case "no birth date":
            b = _but(b, birth_date=None)
        case "ideographic group":
            b = _but(b, names=(name, PersonName(family="王", given="小明")))
        case "apostrophe lost":
            b = _but(b, names=(PersonName(family=name.family.replace("'", ""), given=name.given),))
        case "hyphen lost":
            a, b = _named(a, "D'Angelo-Müller^Ana"), _named(b, "DANGELO MULLER^ANA")
        case "decomposed":
            forms = (unicodedata.normalize("NFD", part) for part in (name.family, name.given))
            b = _but(b, names=(PersonName(family=next(forms), given=next(forms)),))
        case "generation left out":
            a = _named(a, f"{name.family}^{name.given} Jr.")
        case "name parted otherwise":
            a, b = _named(a, "Mac Leod^Xiao Ming"), _named(b, "MacLeod^XiaoMing")
        case "issuer in other case":
            b = _but(b, ids=(PatientId(value=number.value, issuer=" Meadow "),))
        case "other hospital's number too":
            b = _but(b, ids=(number, PatientId(value="77-123", issuer="HARBOUR")))
        case "earlier name":
            a, b = _but(a, aliases=(PersonName(family="Vega", given=name.given),)), _named(b, f"Vega^{name.given}")
        case "merged number":
            old = PatientId(value=_digits_swapped(number.value, rng), issuer="MEADOW")
            a, b = _but(a, merged_ids=(old,)), _but(b, ids=(old,))
        case "blanks around":
            b = _but(b, ids=(PatientId(value=f" {number.value} ", issuer="MEADOW"),))
        case "placeholder date":
            b = _but(b, birth_date=date(1900, 1, 1))
        case "no name":
            b = _but(b, names=())
    return kind, a, b


def pairs(seed: int, n: int) -> Iterator[tuple[str, Identity, Identity]]:
    """n pairs of strangers, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(n):
        yield strangers(rng)
