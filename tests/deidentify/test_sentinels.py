"""Nothing marked survives: in no attribute of the table at any depth, no private block, overlay, meta or preamble."""

from __future__ import annotations

import pytest

from robot_library.imaging.dataset import open_dataset
from robot_library.imaging.deidentify.objects import Deidentifier, patient_of
from robot_library.imaging.deidentify.profile import PROFILES, profile_of
from robot_library.imaging.deidentify.pseudonyms import Pseudonyms
from robot_library.imaging.deidentify.table import rows
from tests.deidentify.sentinels import marked, survivors


@pytest.mark.parametrize("nested", [False, True], ids=["top", "nested"])
def test_the_marks_are_there_before(nested: bool) -> None:
    data, marks = marked(nested=nested)
    assert len(marks.places) > 500
    assert len(survivors(data, marks)) == len(marks.places)


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize("nested", [False, True], ids=["top", "nested"])
def test_none_survives(nested: bool, profile: str) -> None:
    data, marks = marked(nested=nested)
    output, proof = Deidentifier(profile_of(profile), _odd(data)).object(data)
    assert [place for place in survivors(output, marks) if not _kept(place, profile)] == []
    assert proof.lines
    assert not [mark for mark in marks.places if mark in repr(proof)], "the proof names no value"


@pytest.mark.parametrize("option", ["clean-descriptors", "clean-structured", "clean-graphics", "shift-dates"])
def test_options_that_clean_leave_none_either(option: str) -> None:
    data, marks = marked(nested=False)
    output, _ = Deidentifier(profile_of("basic", (option,)), _odd(data)).object(data)
    assert survivors(output, marks) == []


def _kept(place: str, profile: str) -> bool:
    """Whether an option says of an attribute that it stays."""
    row = rows().get(place.split()[1] if len(place.split()) > 1 else "")
    return row is not None and profile_of(profile).act(row)[0] == "keep"


def _odd(data: bytes) -> Pseudonyms:
    """Shifts by an odd number of days; all marked days are an even number apart, so that none becomes another."""
    patient = patient_of(open_dataset(data))
    keys = (Pseudonyms(bytes([number]) * 32) for number in range(256))
    return next(key for key in keys if key.days(patient) % 2)
