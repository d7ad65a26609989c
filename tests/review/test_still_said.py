"""A number that a person takes out of the text goes out in code no more."""

from __future__ import annotations

import pytest

from robot_library.attended.signing.report import _still_said
from robot_library.model.finding import Finding, Measurement
from robot_library.model.release import Reported

BEFORE = "Volume: 42.1 ml\nLargest diameter: 55.0 mm\nPosition: left, anterior"
FOUND = Reported(
    label="tumour", decision="positive", by="person", who="Dr A",
    finding=Finding(
        skill="s", skill_version="1.0.0", model_sha256="ab" * 32, provider="CPU", label="tumour", score=0.9,
        decision="positive", operating_point="measurable", image_uid="1.1",
        measurements=(
            Measurement(name="tumour.volume", value=42.123, unit="mL"),
            Measurement(name="tumour.diameter", value=55.0, unit="mm"),
            Measurement(name="tumour.centre_x", value=12.0, unit="mm"),
            Measurement(name="tumour.position", value=40, unit="mm", text="left, anterior"),
        ),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        (BEFORE, BEFORE, set()),
        (BEFORE, BEFORE + "\nPlease compare.", set()),
        (BEFORE, BEFORE.replace("42.1", "30"), {"volume"}),
        (BEFORE, BEFORE.replace("42.1", "142.1"), {"volume"}),
        (BEFORE, BEFORE.replace("left", "right"), {"position"}),
        (BEFORE, "No tumour.", {"volume", "diameter", "position"}),
        ("", "Seen.", set()),
    ],
)
def test_what_the_text_says_no_more(before: str, after: str, gone: set[str]) -> None:
    """What never stood in it (centre_x) is nobody's correction."""
    kept = {one.name.partition(".")[2] for one in _still_said(FOUND, before, after).measured}
    assert kept == {"volume", "diameter", "centre_x", "position"} - gone
