"""The hospital of a seed: the same each time, different from the next, and no two people alike by accident."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from robot_library.hospital.people import fold
from robot_library.hospital.traps import write

TRAPS = {
    "plain": "typed",
    "same_name": "typed",
    "monochrome_pair": "typed",
    "shared_study": "typed",
    "shared_study_again": "needs_person",
    "wrong_accession": "refused",
    "wrong_header": "refused",
    "corrupt": "refused",
    "cancelled_meanwhile": "refused",
    "merged_meanwhile": "refused",
    "lateral": "needs_person",
    "adult": "needs_person",
    "half_received": "needs_person",
    "several_images": "needs_person",
    "locked_meanwhile": "needs_person",
    "unknown_patient": "needs_person",
    "already_reported": "already_reported",
    "signed_meanwhile": "already_reported",
}


def test_same_seed_same_hospital_other_seed_another() -> None:
    assert write(5) == write(5)
    assert {o.order_id for o in write(5).orders} != {o.order_id for o in write(6).orders}
    assert {p.display for p in write(5).people} != {p.display for p in write(6).people}


@pytest.mark.parametrize("seed", [1, 2, 3, 17, 400, 99999])
def test_every_trap_stands_there_with_its_outcome(seed: int) -> None:
    orders = write(seed).orders
    assert {o.trap: o.expected for o in orders} == TRAPS
    assert Counter(o.trap for o in orders) == Counter(TRAPS.keys()) + Counter(plain=8, same_name=1, monochrome_pair=1)


@pytest.mark.parametrize("seed", range(1, 120))
def test_numbers_are_nobody_elses(seed: int) -> None:
    made = write(seed)
    for values in (
        [p.mrn for p in made.people],
        [o.order_id for o in made.orders + made.archive],
        [s.study_uid for s in made.studies],
        [i.sop_uid for s in made.studies for i in s.images],
    ):
        assert len(values) == len(set(values))
    assert all(p.mrn.startswith("00") and len(p.mrn) == 8 for p in made.people)
    names = Counter(fold(p.display).casefold() for p in made.people)
    assert [n for n in names.values() if n > 1] == [2], "only the pair of namesakes shares a name"


@pytest.mark.parametrize("seed", range(1, 60))
def test_ages_fit_the_skill_except_where_they_must_not(seed: int) -> None:
    for order in write(seed).orders:
        if order.patient.birth_date is None:
            assert order.trap == "unknown_patient"
            continue
        years = (order.requested_at.date() - order.patient.birth_date) / timedelta(days=365.25)
        assert (years > 30) if order.trap == "adult" else (1 < years < 5)


@pytest.mark.parametrize("seed", range(1, 60))
def test_namesakes_differ_in_number_and_birth_date(seed: int) -> None:
    one, other = [o.patient for o in write(seed).orders if o.trap == "same_name"]
    assert one.display == other.display
    assert one.mrn != other.mrn
    assert sorted(one.mrn) == sorted(other.mrn), "two digits swapped, no more"
    assert one.birth_date != other.birth_date


@pytest.mark.parametrize("seed", range(1, 60))
def test_traps_are_what_they_say(seed: int) -> None:
    made = write(seed)
    by_trap = {o.trap: o for o in made.orders}
    study = {o.trap: next(s for s in made.studies if s.accession == o.accession) for o in made.orders}
    assert study["wrong_accession"].owner != by_trap["wrong_accession"].patient
    assert study["wrong_accession"].listed == study["wrong_accession"].owner
    assert study["wrong_header"].listed == by_trap["wrong_header"].patient
    assert study["wrong_header"].header == study["wrong_header"].owner != by_trap["wrong_header"].patient
    first, again = by_trap["shared_study"], by_trap["shared_study_again"]
    assert first.order_id < again.order_id == sorted([first.order_id, again.order_id])[1]
    assert (first.accession, first.patient) == (again.accession, again.patient)
    assert (first.linked_to, again.linked_to) == ("", first.order_id)
    assert [i.view for i in study["several_images"].images] == ["PA", "LL", "PA"]
    assert [i.view for i in study["lateral"].images] == ["LL"]
    half = study["half_received"]
    assert (len(half.images), half.expected_images) == (1, 2)
    assert all(s.owner == s.header == s.listed for t, s in study.items() if t != "wrong_header")
    merged = by_trap["merged_meanwhile"]
    assert merged.merge_into not in {o.patient.patient_id for o in made.orders}


def test_the_same_film_is_shown_both_ways() -> None:
    made = write(1)
    pair = [o for o in made.orders if o.trap == "monochrome_pair"]
    films = [s.images[0] for o in pair for s in made.studies if s.accession == o.accession]
    assert {f.photometric for f in films} == {"MONOCHROME1", "MONOCHROME2"}
    assert len({(f.seed, f.kind, f.bits, f.view, f.transfer_syntax) for f in films}) == 1
    assert pair[0].patient != pair[1].patient


def test_names_that_break_naive_programs_are_there() -> None:
    people = write(3).people
    shown = {p.display: p.dicom_name for p in people}
    assert shown["O'Brien, Siobhán"] == "O'BRIEN^SIOBHAN"
    assert shown["Núñez, Lucía"] == "NUNEZ^LUCIA"
    assert shown["王, 小明"] == "Wang^XiaoMing=王^小明"
    unknown = next(p for p in people if p.family == "UNKNOWN")
    assert unknown.birth_date is None
    assert unknown.given.startswith("TRAUMA ")
