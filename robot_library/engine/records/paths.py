"""Run-time paths of steps, and the journal keys made from them.

"9.steps.2" is written so in the file; "4[3].steps.1" is the third pass of a loop; "7>3" is step 3 of the
workflow that step 7 calls.
"""

from __future__ import annotations

from collections.abc import Iterable

GO = "go:"
"""Before the journal key of a go's result."""
OUTAGE = "outage:"
"""Before a number: a system went down while this item was at work on it."""
READ, VALUE, ANSWER, INTENT, DONE, END = "#read", "#value", "#answer", "#intent", "#done", "#end"
ASKED = "#asked"
"""What the person is shown whom a step asks."""
BEGUN, ONCE = "#begun", "#once"
"""Before and after what happens at most once for an item, without a proof on a screen."""
BEGAN_WITH = "began-with"
"""In a life that is over since its item was sent back: the fingerprint of what the bot was made of in it."""
SHADOW = "#shadow"
"""What a step of a shadow would have typed or pressed."""


def case_id(item: str, generation: int, number: int = 0) -> str:
    """One turn of an item's life, which sees to the go of this number; opaque, like the item's own id."""
    return f"{item}.{generation}+{number}" if number else f"{item}.{generation}"


def go_id(item: str, generation: int, number: int) -> str:
    """One go at an item."""
    return f"{item}.{generation}.{number}"


def is_at_or_under(path: str, ancestor: str) -> bool:
    """Whether a path is this step's, or of a step inside it."""
    return path == ancestor or (path.startswith(ancestor) and path[len(ancestor)] in ".[>")


def child(prefix: str, written: str) -> str:
    """The path of a step written at `written`, in a list of steps whose paths begin with `prefix`."""
    local = written.rsplit(".", 1)[-1]
    return f"{prefix}.{local}" if prefix and not prefix.endswith(">") else f"{prefix}{local}"


def nested(path: str, segment: str) -> str:
    """The prefix of the steps of one pass of the block at `path`."""
    return f"{path}{segment}" if segment.startswith("[") else f"{path}.{segment}"


def within(path: str, prefix: str) -> bool:
    """Whether a path belongs to a list of steps with this prefix, or to one inside it."""
    return path.startswith(prefix) and (not prefix or prefix.endswith(">") or path[len(prefix)] == ".")


def marked(keys: Iterable[str], mark: str) -> list[str]:
    """The paths of all keys that carry this mark, sorted."""
    return sorted(key.removesuffix(mark) for key in keys if key.endswith(mark))
