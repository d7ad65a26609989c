"""What people, systems and files have said, for a terminal or a log that is read in one: shown, never obeyed."""

from __future__ import annotations

import re

_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys instead of showing it: clear, colour, title, another order of letters; and bytes of a file's
name that are no text, which nothing can print."""
_INSTEAD = "\ufffd"


def plain(text: str) -> str:
    """The text with a mark for every such character; its lines stay."""
    return _COMMANDS.sub(_INSTEAD, text.replace("\r\n", "\n"))


def on_one_line(text: str) -> str:
    """The same in one line: nobody else's looks like one of ours."""
    return plain(" ".join(text.splitlines()))
