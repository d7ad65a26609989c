"""Runs a page as a reader would: in order, in a project of its own, files and changes made as they stand there."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence, Set
from pathlib import Path

from robot_library.cli.main import run_cli
from tests.docs.blocks import Block

NEED_NOTHING = {
    "check", "fmt", "init", "actions", "schema", "runs", "line", "stop", "go-on", "keep",
    "bots list", "bots show", "bots next", "bots stage", "bots enable", "queue list", "skills list", "skills show",
    "people list", "people add", "alerts list", "audit key", "reports list",
}  # fmt: skip
"""Commands that a project and a home are enough for."""
NAMELESS = {"BOT", "NAME", "ITEM"}
"""Words that stand for something of the reader's."""
_ID = re.compile("[0-9a-f]{4}")
"""The first letters of an item or an alert of the reader's."""
WHOLE = ("workflow: ", "system: ", "bot: ", "case: ", "<!DOCTYPE")


def carried_out(page: Sequence[Block], also: Set[str] = frozenset()) -> int:
    """Follow a page from the working folder on; returns how many commands were run. AssertionError where one of them
    ends otherwise than the page says."""
    done = 0
    for block in page:
        if block.unchecked:
            continue
        if block.language == "diff":
            _change(block)
        elif block.title and block.text.startswith(WHOLE) and "/" in block.title:
            Path(block.title).parent.mkdir(parents=True, exist_ok=True)
            Path(block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            done += sum(_run(words, block, also) for words in block.commands())
    return done


def _run(words: list[str], block: Block, also: Set[str]) -> int:
    if words[0] == "cd" and Path(words[1]).is_dir():
        os.chdir(words[1])
    elif words[0] == "cp":
        shutil.copyfile(words[1], words[2])
    named = " ".join(words[1:3]) if " ".join(words[1:3]) in NEED_NOTHING else " ".join(words[1:2])
    theirs = [word for word in words if ("/" in word and not Path(word).exists()) or _ID.fullmatch(word)]
    lacks = theirs or NAMELESS & set(words)
    if words[0] != "wetread" or named not in NEED_NOTHING | also or lacks:
        return 0
    code = run_cli(words[1:])
    assert code == block.exit_code, f"{block}: `{' '.join(words)}` ended with {code}"
    return 1


def _change(block: Block) -> None:
    """Take the lines with `-` out and put those with `+` in; lines without either say where."""
    path = Path(block.title)
    lines = block.text.rstrip("\n").split("\n")
    old = "".join(line[1:] + "\n" for line in lines if not line.startswith("+"))
    new = "".join(line[1:] + "\n" for line in lines if not line.startswith("-"))
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{block}: {path} does not have these lines once:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")
