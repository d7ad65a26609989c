"""The guard's small rules, without a screen: what proves nothing, what a word of state is, what is no date."""

from __future__ import annotations

from datetime import date

import pytest

from robot_library.model.person import PatientId
from robot_library.model.screen import StateRule
from robot_library.safeguards.guard import _date, _used, holds
from robot_library.safeguards.identity import agree, is_number
from tests.safeguards.test_identity import ANA, FILM, changed

NAME, NUMBER, BORN = "Núñez, Ana", "00123456", date(2022, 3, 4)


@pytest.mark.parametrize(
    "value",
    ["00123456", " 00123456 ", "123456", "0123456", "００１２３４５６", "00-12-34-56", "00 123 456", "MRN 123456",
     "MEADOW^00123456", "mrn:00123456/ana", "MRN123456", "00.123.456"],
)  # fmt: skip
def test_a_number_by_which_a_record_was_found_proves_nothing_however_it_was_written(value: str) -> None:
    assert "patient_id" in _used({"key": value}, NUMBER, NAME, BORN)


@pytest.mark.parametrize(
    "value",
    ["Núñez, Ana", "NUNEZ^ANA", "nunez", "Ana", "Ana Núñez", "núñez*", "%nunez%", "nunezana", "Nu\u0301n\u0303ez"],
)  # fmt: skip
def test_nor_does_a_name_or_a_part_of_it(value: str) -> None:
    assert "name" in _used({"key": value}, NUMBER, NAME, BORN)


@pytest.mark.parametrize(
    "value", ["2022-03-04", "20220304", "04.03.2022", "3/4/2022", "4.3.2022", "03/04/2022", "2022-3-4"]
)
def test_nor_does_a_birth_date_in_any_order(value: str) -> None:
    assert "birth_date" in _used({"key": value}, NUMBER, NAME, BORN)


def test_characters_are_found_without_the_blank_between_them() -> None:
    assert "name" in _used({"key": "王小明"}, NUMBER, "王, 小明", BORN)
    assert "name" in _used({"key": "王"}, NUMBER, "王, 小明", BORN)


@pytest.mark.parametrize("value", ["REQ000123", "ACC1234567", "1.2.840.10008.1.2", "Chest X-ray", "requested", "", "2"])
def test_keys_of_orders_and_studies_are_nobodys_identifiers(value: str) -> None:
    assert _used({"key": value}, NUMBER, NAME, BORN) == frozenset()


def rule(**how: object) -> StateRule:
    return StateRule.model_validate({"target": "state", "reason": "No", **how})


@pytest.mark.parametrize(
    "shown", ["Cancelled", " cancelled\n", "CANCELLED", "Can\u00adcelled", "\u200bCancelled", "Ｃancelled"]
)
def test_nothing_invisible_makes_another_word_of_a_state(shown: str) -> None:
    assert not holds(rule(is_not=["Cancelled"]), shown)
    assert holds(rule(**{"is": ["Cancelled"]}), shown)


@pytest.mark.parametrize("shown", ["", " ", "\u00a0", "\u200b", "\ufeff \n"])
def test_empty_is_what_a_person_sees_as_empty(shown: str) -> None:
    assert holds(rule(empty=True), shown)
    assert not holds(rule(empty=False), shown)
    assert not holds(rule(**{"is": ["Requested"]}), shown)


@pytest.mark.parametrize(
    "shown", ["Not requested", "Requested?", "Requested, cancelled", "Requeste", "requested requested"]
)
def test_a_word_of_state_is_matched_whole(shown: str) -> None:
    assert not holds(rule(**{"is": ["Requested"]}), shown)


@pytest.mark.parametrize(
    "shown", ["03/04/2021", "21-03-04", "04.03.21", "2021-02-29", "2021-13-01", "4 March 2021", "unknown", "0"]
)
def test_what_is_no_certain_date_is_none(shown: str) -> None:
    assert _date(shown) is None


@pytest.mark.parametrize(
    "value", ["", " ", "-", "unknown", "PENDING", "0", "000000", "9999", "11111", "N/A", "?", "\u200b"]
)
def test_what_stands_where_a_number_should_is_none(value: str) -> None:
    assert not is_number(value)


@pytest.mark.parametrize("value", ["00123456", "7", "77", "A-12", "TRAUMA7", "10000"])
def test_numbers_are_numbers(value: str) -> None:
    assert is_number(value)


def test_a_chain_of_merges_counts_link_by_link() -> None:
    """Ours holds the one before it; that that one held a third is not in our record, so the third is a stranger's."""
    before, third = PatientId(value="00777001", issuer="MEADOW"), PatientId(value="00777002", issuer="MEADOW")
    merged = changed(ANA, merged_ids=(before,))
    assert agree([merged, changed(FILM, ids=(before,))])
    assert agree([changed(ANA, merged_ids=(before, third)), changed(FILM, ids=(third,))])
    for ids in ((third,), (before, third), (ANA.ids[0], third)):
        with pytest.raises(Exception, match="differ in patient number"):
            agree([merged, changed(FILM, ids=ids)])
