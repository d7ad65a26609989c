"""A worklist as CSV: priority and due time beside the inputs, and no half of a file."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from robot_library.model.bot import BotSpec
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import new_key
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.intake import Intake, NotAnItem
from robot_library.unattended.worklist import due_at, read_worklist
from tests.engine.steps import workflow


def intake(folder: Path, **inputs: str) -> Intake:
    spec, key = BotSpec(bot="tiny", about="", workflow="tiny", apps={}), new_key()
    flow = workflow([("noop", {})], **(inputs or {"order": ""}))
    return Intake(None, spec, flow, folder, FileBlobs(folder, key), SealedJson(key))  # type: ignore[arg-type]


def test_priority_and_due_are_the_queues(tmp_path: Path) -> None:
    data = b"order,priority,due\nA1,stat,2031-01-01T08:00+00:00\nA2,,4 h\nA3,7,\n"
    first, second, third = read_worklist(data, "order", intake(tmp_path))
    assert (first.key, first.priority, first.due) == ("A1", 1, datetime(2031, 1, 1, 8, tzinfo=UTC).timestamp())
    assert second.due is not None
    assert 14_300 < second.due - time.time() <= 14_400
    assert (third.priority, third.due, third.inputs) == (7, None, {"order": "A3"})


def test_an_input_called_due_is_the_workflows(tmp_path: Path) -> None:
    (row,) = read_worklist("order;due\nA1;Müller\n".encode(), "order", intake(tmp_path, order="", due=""), ";")
    assert (row.due, row.inputs) == (None, {"order": "A1", "due": "Müller"})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"ward\n7\n", "the header has no column 'order'"),
        (b"order\nA1\nA1\n", "row 3 has no key, or one that stands above already"),
        (b"order, order\nA1,A2\n", "the header has the column 'order' twice"),
        (b"order,due\nA1,soon\n", "row 2: the due time is not understood"),
        (b"order,ward\nA1\n", "row 2 has another number of columns"),
        ("order\nMü\n".encode("latin-1"), "not UTF-8"),
        (b'order\n"A1\n', "a quote is not closed"),
    ],
)
def test_what_does_not_fit_is_said_with_its_row_and_without_its_value(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(NotAnItem, match=said):
        read_worklist(data, "order", intake(tmp_path))


def test_a_due_time_is_a_moment_or_a_time_from_now() -> None:
    assert due_at("") is None
    assert due_at("2031-01-01T08:00+00:00") == datetime(2031, 1, 1, 8, tzinfo=UTC).timestamp()
