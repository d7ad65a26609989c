"""A press that may have happened, in a record that does not show what it should have left: a person looks, always."""

from __future__ import annotations

from typing import Literal

import pytest

from robot_library.errors import DriverLost, NeedsPerson, OrderChanged, ReportExists
from robot_library.interfaces import Protection, ScreenSession
from tests.engine.conftest import Bench
from tests.engine.world import TinyDriver, TinyGuard


class Strict(TinyGuard):
    """As the demo hospital's map: where a report stands nothing is typed, nor into a cancelled order."""

    async def before_write(
        self, effect: Literal["write", "commit"], protection: Protection, session: ScreenSession
    ) -> list[str]:
        assert session.view is not None
        shown = await (await session.open("result", session.view.where, fresh=True)).read(["report", "held"])
        if shown["held"] == "cancelled":
            raise OrderChanged("the order is cancelled.")
        if shown["report"]:
            raise ReportExists("a report is there already.")
        return await super().before_write(effect, protection, session)


@pytest.mark.parametrize(
    "made", ["report = upper(report)", "report = substr(report, 1, 3)", "report = '', held = 'cancelled'"]
)
async def test_what_the_ehr_made_of_an_interrupted_save_is_not_taken_for_somebody_elses(
    bench: Bench, made: str
) -> None:
    """The EHR turns the text into capitals, cuts it, or the order is cancelled: the proof is not there, and what is
    there may be ours. `already_reported` would say that a person has written it."""
    driver = TinyDriver(bench.record)

    def cut_off() -> None:
        bench.record.run(f"UPDATE orders SET {made} WHERE order_id = 'O1'")
        raise DriverLost("the browser is gone.")

    driver.after_press = cut_off
    with pytest.raises(DriverLost):
        await bench.go(bench.assembly(driver=driver, guard=Strict()))
    with pytest.raises(NeedsPerson, match="interrupted"):
        await bench.go(bench.assembly(guard=Strict()))
    assert len(bench.record.saves()) == 1


async def test_what_was_there_before_anything_was_pressed_is_somebody_elses(bench: Bench) -> None:
    bench.record.run("UPDATE orders SET report = 'Effusion.' WHERE order_id = 'O1'")
    with pytest.raises(ReportExists):
        await bench.go(bench.assembly(guard=Strict()))
    assert bench.record.saves() == []
