"""An identifier read from pixels counts only where no letter could be another one that looks like it."""

from __future__ import annotations

import pytest

from robot_library.drivers.desktop.doubt import check_identifier
from robot_library.errors import NeedsPerson
from robot_library.model.screen import Locator, Target

PIXELS = (Locator.model_validate({"text": "x"}),)
PUID = r"^(\d{8}|[A-Z]{3}\d{3}[A-Z]{3})$"
"""Of workflows/screens/gnuhealth-desktop-remote.yaml: numbers of a hospital's own, or those that GNU Health makes."""


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"^\d{8}$", "00418075"),
        (r"^[A-C]\d{4}$", "A1234"),
        (r"^\d{4}-\d{2}-\d{2}$", "1961-04-09"),
        (PUID, "00550017"),
        (PUID, "ABC123XYZ"),
    ],
)
def test_a_pattern_that_leaves_no_choice_is_proof(pattern: str, value: str) -> None:
    check_identifier(Target(find=PIXELS, use="identity", type="mrn", pattern=pattern), "map:1", value)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (None, "00418O7"),
        (r"^\w+$", "00418O7"),
        (r"^[A-Z]\d{4}$", "O1234"),
        (None, "A4"),
        (None, "1961-04-09"),
        (r"^(\d{4}|[A-Z]{4})$", "0118"),
        (r"^([A-Z]{2}\d{2}|\d{4})$", "0142"),
        (r"^[a-zA-Z]\d{3}$", "s123"),
        (PUID, "OBC123XYZ"),
        (PUID, "ABC123XYU"),
    ],
)
def test_without_one_a_person_reads_it(pattern: str | None, value: str) -> None:
    with pytest.raises(NeedsPerson) as told:
        check_identifier(Target(find=PIXELS, use="identity", type="mrn", pattern=pattern), "map:1", value)
    assert value not in str(told.value)


def test_what_names_nobody_is_not_asked() -> None:
    check_identifier(Target(find=PIXELS, use="read"), "map:1", "0O1I")
    check_identifier(Target(find=PIXELS, use="identity"), "map:1", "Muñoz Pérez, Ana")
