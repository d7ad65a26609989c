"""What tools write into authors' files is what the loader takes: also what nobody sees on a page."""

from __future__ import annotations

import pytest

from robot_library.authoring.one_line import one_line
from robot_library.authoring.recorder.laying import laid, read

TEXTS = [
    "Befund\u00adstatus", "\u200eName\u200f:", "\u202e=order", "a 'b' \"c\" \\ \u2066d", "zwj\u200d stays", "plain",
    "no", "00123456", "2021-03-09", "Müller\u00a0A", "# x", "=a", "{a}",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_label_comes_back_as_it_was(text: str) -> None:
    """A recorder that met a soft hyphen in a label would else have written a map that is refused."""
    value = {"find": [{"label": text}], text: "key"}
    line = one_line(value)
    assert "\n" not in line
    assert not set("\u00ad\u200e\u200f\u202e\u2066") & set(line)
    assert read(line, "x.yaml") == value
    assert read("\n".join(laid({"targets": value})) + "\n", "x.yaml") == {"targets": value}
