"""What a remote clipboard says is put together from pieces: an answer to an earlier question is not taken for it."""

from __future__ import annotations

from robot_library.drivers.desktop.remote_field import _Came, _letters


def heard(first: str, *answers: str) -> str | None:
    """What counts as the field's text after these answers."""
    came = _Came(first)
    return next((text for text in answers if came.more(text) and came.whole(text)), None)


def test_a_whole_is_the_first_letter_and_the_rest() -> None:
    assert heard("A", "I DRAFT\nNo effusion", "AI DRAFT\nNo effusion") == "AI DRAFT\nNo effusion"
    assert heard("漢", "字", "字", "漢字") == "漢字"


def test_a_late_answer_of_another_field_is_not_taken() -> None:
    earlier = "Another report"  # it begins with the same letter, and is told once more when this field is asked
    assert heard("A", earlier) is None
    assert heard("A", earlier, "I DRAFT", earlier) is None
    assert heard("A", earlier, "I DRAFT", earlier, "AI DRAFT") == "AI DRAFT"
    assert heard("l", "l", "l") is None, "one letter cannot be told"


def test_letters_beyond_latin_come_back_as_they_are() -> None:
    assert _letters("\\u6f22\\u5b57 d\\u2019A\r\n\\U0001f600") == "漢字 d’A\n\U0001f600"
