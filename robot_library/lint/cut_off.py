"""Text that ends at a '#', where YAML begins a comment: `label: Order #1` is the label "Order"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from robot_library.lint.subject import note
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.parsing.layout import read_layout
from robot_library.parsing.nodes import read_text

_PERHAPS = re.compile(r"[^\s#:,{\[-] #(?:\w|[ \t]*$)", re.MULTILINE)
_JOINED = re.compile(r"#(?:\w|$)")


def cut_off(path: Path, file: str) -> Iterator[Diagnostic]:
    """Every unquoted text with a comment behind it that looks like more of the text: one blank, '#', and no blank. The
    file is known to be YAML."""
    text = read_text(path, file)
    if _PERHAPS.search(text) is None:  # laying a file out is dear, and nearly none has such a place
        return
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    root, comments = read_layout(plain)
    ends = {node.end for node in root.inside() if node.kind == "scalar" and not node.style and node.end > node.start}
    for comment in comments:
        if _JOINED.match(comment.text) and comment.start - 1 in ends:
            place = Place(file=file, line=comment.line + 1, column=comment.column + 1)
            hint = "If this belongs to the text, put the text in quotes; if not, put a blank behind '#'."
            yield note(place, "WR012", "a comment begins here, and the text before it ends", hint, "warning")
