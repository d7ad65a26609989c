"""The words of pages: found by name, filled, and never missing in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.web.words import Words


def test_words_of_several_rooms_are_one_language(tmp_path: Path) -> None:
    for room, text in (
        ("shell", '[a]\nb = "Hello {name}"\nc = "100 %"\n'),
        ("pages", '[a]\nc = "ours"\n[a.d]\ne = "deep"\n'),
    ):
        (tmp_path / room).mkdir()
        (tmp_path / room / "fr.toml").write_text(text, encoding="utf-8")
    words = Words([tmp_path / "shell", tmp_path / "pages"], "fr")
    assert words("a.b", name="Ann") == "Hello Ann"
    assert words("a.c") == "ours"
    assert words("a.d.e") == "deep"
    assert words.names() == ["a.b", "a.c", "a.d.e"]
    assert "a.x" not in words
    with pytest.raises(KeyError):
        words("a.x")
    with pytest.raises(FileNotFoundError):
        Words([tmp_path / "shell"], "de")
