"""What a screen shows, and what nobody sees of it."""

from __future__ import annotations

import re

import pytest

from robot_library.drivers.shown import holding, visible_text


@pytest.mark.parametrize("hidden", ["\u00ad", "\u061c", "\u180e", "\u200b", "\u200e", "\u2066", "\ufeff"])
def test_what_nobody_sees_makes_no_other_key(hidden: str) -> None:
    assert visible_text(f"A-{hidden}17") == "A-17"


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("Order {order}", "Order A-1, chest"), ("{order}", "(A-1)."), ("{order}", "Order: A-1;"),
        ("{order}", "A-1. Chest"), ("No{order}/", "No. is NoA-1/CT"), ("Order  {order} of", "see Order A-1 of today"),
    ],
)  # fmt: skip
def test_a_key_is_found_among_words(text: str, there: str) -> None:
    assert re.search(holding(text, {"order": "A-1"}), there)


@pytest.mark.parametrize("other", ["A-10", "A-1/2", "A-1.2", "B/A-1", "A-1-2", "ÄA-1", "A-1ö", "7.A-1", "A-1:2", "a-1"])
def test_and_not_in_a_longer_one(other: str) -> None:
    assert not re.search(holding("{order}", {"order": "A-1"}), f"Order {other} today")
