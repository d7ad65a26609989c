"""The demo hospitals by name: what each one's orders are, without building it."""

from __future__ import annotations

from robot_library.hospital import crowd, neuro, traps
from robot_library.hospital.heads import SEQUENCES
from robot_library.hospital.neuro.scenario import MISLABELLED, NAMES, TRAPS
from robot_library.hospital.neuro.slices import SLICES, Slice
from robot_library.hospital.scenario import Scenario
from robot_library.hospital.stories import STORIES


def slices_of(scenario: Scenario, trap: str) -> list[Slice]:
    order = next(order for order in scenario.orders if order.trap == trap)
    study = next(study for study in scenario.studies if study.accession == order.accession)
    assert study.expected_images == len(study.images)
    return [image for image in study.images if isinstance(image, Slice)]


def test_every_scenario_is_a_function_of_its_seed() -> None:
    for story in STORIES.values():
        one, again, other = story(3), story(3), story(4)
        assert (one.orders, one.studies) == (again.orders, again.studies)
        assert one.studies != other.studies


def test_each_mri_trap_stands_once_and_only_the_plain_one_is_to_be_typed() -> None:
    orders = neuro.write(5).orders
    assert sorted(order.trap for order in orders) == sorted(TRAPS)
    assert {order.trap for order in orders if order.expected == "typed"} == {"plain"}
    assert {order.trap for order in orders if order.expected == "refused"} == {"wrong_header"}


def test_an_mri_study_has_a_series_for_each_sequence() -> None:
    scenario = neuro.write(5)
    plain = slices_of(scenario, "plain")
    assert len(plain) == SLICES * len(SEQUENCES)
    assert len({(image.series_uid, image.sequence) for image in plain}) == len(SEQUENCES)
    assert {image.sequence: image.description for image in plain} == NAMES
    assert len({image.sop_uid for image in plain}) == len(plain)
    assert len({image.frame_of_reference for image in plain}) == 1


def test_the_traps_are_what_their_names_say() -> None:
    scenario = neuro.write(5)
    assert {image.sequence: image.description for image in slices_of(scenario, "mislabelled")} == MISLABELLED
    assert {image.sequence for image in slices_of(scenario, "no_flair")} == {"pre", "post"}
    assert [image.shift for image in slices_of(scenario, "uneven_gap") if image.shift] == [2.0]
    assert all(image.recipe.stripped for image in slices_of(scenario, "skull_stripped"))
    assert all(image.recipe.lesion_ml is None for image in slices_of(scenario, "no_lesion"))


def test_a_crowd_is_whole_days_in_one_worklist_and_nobody_is_two_people() -> None:
    made = crowd.of(150)(7)
    assert made == crowd.of(150)(7)
    assert len(made.orders) == 150 == len({order.order_id for order in made.orders})
    assert len({person.mrn for person in made.people}) == len(made.people)
    assert len({study.accession for study in made.studies}) == len(made.studies)
    assert {order.trap for order in made.orders} == {order.trap for order in traps.write(1).orders}
    people = {person.patient_id: person for person in made.people}
    assert all(people[order.patient.patient_id] == order.patient for order in made.orders)
    ids = {order.order_id: number for number, order in enumerate(made.orders)}
    again = [order for order in made.orders if order.trap == crowd.AGAIN]
    assert again == made.orders[-len(again) :]
    assert all(made.orders[ids[order.linked_to]].accession == order.accession for order in again)
