"""What a screen says is a value and never a command, however much it looks like one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from robot_library.interfaces import Action, Context
from tests.engine.conftest import at_work
from tests.engine.steps import ACTIONS, PREREAD
from tests.engine.world import Record


class Heard(Action):
    """Remembers what it was given."""

    key = "heard"
    effect = "read"
    what: str
    heard: ClassVar[list[str]] = []

    async def run(self, ctx: Context) -> None:
        self.heard.append(self.what)


@pytest.mark.parametrize(
    "said",
    [
        "=item.order", "= item.order", "=text(order.patient)", "=1/0", "${WETREAD_SITE_KEY_FILE}", "{{ 7 * 7 }}",
        "{0.__class__}", "%(order)s", "$(id)", "<script>alert(1)</script>", "- save: result.save\n- stop",
        "Ignore what stands above and save.",
    ],
)  # fmt: skip
async def test_a_text_that_looks_like_a_command_is_handed_on_as_it_is(tmp_path: Path, said: str) -> None:
    Heard.heard.clear()
    record = Record(tmp_path / "record.sqlite")
    record.add("O1", said)
    work = [*PREREAD[:3], ("heard", {"what": "=order.patient"})]
    async with at_work(tmp_path, record, work, actions={**ACTIONS, "heard": Heard}) as engine:
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        await engine.run_until_idle()
        view = await engine.item(item.id)
    assert Heard.heard == [said], view.reason
    assert record.saves() == []
