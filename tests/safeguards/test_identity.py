"""Promise 1: never the wrong patient. The rule is fuzzed both ways; each clause has its own case."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache

import pytest

from robot_library.errors import BusinessException, PatientMismatch, TooFewIdentifiers
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.safeguards.identity import agree
from tests.evidence import upper_bound
from tests.safeguards.people import KINDS, as_dicom, pairs, person, same_said_twice

ANA = Identity(
    source="screen:ehr.order",
    system="ehr",
    ids=(PatientId(value="00123456", issuer="MEADOW"),),
    names=(PersonName(family="Núñez", given="Ana"),),
    birth_date=date(2022, 3, 4),
)
FILM = as_dicom(ANA)


def changed(who: Identity, **fields: object) -> Identity:
    return who.model_copy(update=fields)


def accepts(n: int, seed: int) -> Counter[str]:
    """Kinds of strangers that were taken for one person; must be empty."""
    wrong: Counter[str] = Counter()
    for kind, a, b in pairs(seed, n):
        try:
            agree([a, b])
        except BusinessException:
            continue
        wrong[kind] += 1
    return wrong


@cache
def met_by_kind() -> dict[str, list[tuple[Identity, Identity]]]:
    met: dict[str, list[tuple[Identity, Identity]]] = {}
    for kind, a, b in pairs(11, 4_000):
        met.setdefault(kind, []).append((a, b))
    return met


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_strangers_is_tried(kind: str) -> None:
    """Each kind alone, so that none hides behind the number of the others."""
    met = met_by_kind()[kind]
    assert len(met) > 50
    for a, b in met:
        for one, other in ((a, b), (b, a)):
            with pytest.raises((PatientMismatch, TooFewIdentifiers)):
                agree([one, other])


def test_ten_thousand_strangers_and_not_one_false_accept() -> None:
    assert accepts(10_000, seed=20261120) == Counter()


@pytest.mark.evidence
def test_a_million_strangers(record_property: Callable[[str, object], None]) -> None:
    wrong = accepts(1_000_000, seed=7)
    record_property("pairs of strangers", 1_000_000)
    record_property("taken for one person", sum(wrong.values()))
    record_property("95 % upper bound per 100,000, if none", 100_000 * upper_bound(1_000_000))
    assert wrong == Counter()


def test_false_stops_are_rare_and_counted(record_property: Callable[[str, object], None]) -> None:
    rng = random.Random(5)
    stops: Counter[str] = Counter()
    for _ in range(2_000):
        kind, a, b = same_said_twice(rng)
        try:
            agree([a, b])
        except BusinessException:
            stops[kind] += 1
    record_property("false_stop_rate", sum(stops.values()) / 2_000)
    record_property("false_stops", dict(stops))
    assert not stops, f"same person, stopped: {stops}"


def test_two_identifiers_agree() -> None:
    said = agree([ANA, FILM])
    assert said == "birth date, name, patient number agree between screen:ehr.order and dicom"
    assert "Ana" not in said
    assert "00123456" not in said


@pytest.mark.parametrize(
    "film",
    [
        changed(FILM, ids=(PatientId(value="00123465", issuer="MEADOW"),)),
        changed(FILM, ids=(PatientId(value="123456", issuer="MEADOW"),)),
        changed(FILM, ids=(PatientId(value="00123465", issuer=None),)),
        changed(FILM, names=(PersonName(family="Ana", given="Núñez"),)),
        changed(FILM, names=(PersonName(family="Núñez", given="Anabel"),)),
        changed(FILM, names=(PersonName(family="Nuñe", given="Ana"),)),
        changed(FILM, birth_date=date(2022, 4, 3)),
    ],
)
def test_any_difference_stops(film: Identity) -> None:
    with pytest.raises(PatientMismatch) as stop:
        agree([ANA, film])
    assert "Ana" not in str(stop.value)
    assert "0012" not in str(stop.value)


@pytest.mark.parametrize(
    "film",
    [
        changed(FILM, ids=(), birth_date=None),
        changed(FILM, names=(), birth_date=None),
        changed(FILM, ids=(PatientId(value="00123456", issuer=None),), birth_date=None),
        changed(FILM, ids=(PatientId(value="00123456", issuer="HARBOUR"),), birth_date=None),
        changed(FILM, names=(PersonName(family="", given="Ana"),), ids=()),
        changed(FILM, names=(PersonName(family="王", given="小明"),), ids=()),
    ],
)
def test_one_identifier_is_too_few(film: Identity) -> None:
    with pytest.raises(TooFewIdentifiers):
        agree([ANA, film])


def test_what_was_looked_up_by_proves_nothing() -> None:
    film = changed(FILM, birth_date=None)
    agree([ANA, film])
    with pytest.raises(TooFewIdentifiers) as stop:
        agree([ANA, changed(film, looked_up_by=frozenset({"patient_id"}))])
    assert "looked up by its patient number, which proves nothing" in str(stop.value)


def test_the_same_source_twice_proves_nothing() -> None:
    with pytest.raises(TooFewIdentifiers):
        agree([ANA, changed(ANA, source="screen:ehr.result")])


def test_before_a_write_only_agreement_with_the_live_screen_counts() -> None:
    live = changed(ANA, source="screen:ehr.result", ids=(), names=(), birth_date=None)
    with pytest.raises(TooFewIdentifiers):
        agree([live, ANA, FILM], about=live)


def test_a_difference_between_any_two_stops_a_write() -> None:
    with pytest.raises(PatientMismatch):
        agree([ANA, ANA, changed(FILM, birth_date=date(2020, 1, 1))], about=ANA)


def test_a_merged_number_matches_only_by_the_record_of_the_merge() -> None:
    old = changed(FILM, ids=(PatientId(value="77", issuer="MEADOW"),))
    with pytest.raises(PatientMismatch):
        agree([ANA, old])
    agree([changed(ANA, merged_ids=(PatientId(value="77", issuer="MEADOW"),)), old])


def test_an_earlier_name_matches_only_by_the_record_of_the_alias() -> None:
    maiden = changed(FILM, names=(PersonName(family="Vega", given="Ana"),))
    with pytest.raises(PatientMismatch):
        agree([ANA, maiden])
    agree([changed(ANA, aliases=(PersonName(family="Vega", given="Ana"),)), maiden])


def test_unknown_patients_go_to_a_person() -> None:
    trauma = changed(ANA, names=(PersonName(family="UNKNOWN", given="TRAUMA 7"),), birth_date=None)
    with pytest.raises(TooFewIdentifiers):
        agree([trauma, as_dicom(trauma)])


def test_placeholder_birth_dates_are_no_identifier() -> None:
    blank = changed(ANA, birth_date=date(1900, 1, 1), ids=())
    with pytest.raises(TooFewIdentifiers):
        agree([blank, as_dicom(blank)])


def test_the_fuzz_can_fail() -> None:
    """The strangers are near enough that a careless rule accepts some of them."""
    careless = sum(
        (a.names == b.names and a.birth_date == b.birth_date) or a.ids == b.ids for _, a, b in pairs(1, 2_000)
    )
    assert careless > 300
    assert agree([who := person(random.Random(1)), as_dicom(who)])
