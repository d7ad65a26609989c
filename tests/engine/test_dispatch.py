"""One go at one item: order, scope, effects, and what a second go does after the first was cut short."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from robot_library.engine.ports import Event
from robot_library.errors import (
    ApplicationException,
    AuthoringError,
    DriverLost,
    NeedsPerson,
    OrderHeld,
    PatientMismatch,
    RunCancelled,
)
from robot_library.interfaces import WaitForPerson
from tests.engine.conftest import Bench
from tests.engine.steps import PREREAD, Compute
from tests.engine.world import TinyDriver, TinySkills, yes


class Killed(BaseException):
    """Stands for the end of the process: nothing after it may run."""


def kill_at(bench: Bench, moment: str, path: str = "") -> None:
    def listener(event: Event) -> None:
        bench.events.append(event)
        if event.moment == moment and (not path or event.path == path):
            bench.listener = bench.events.append
            raise Killed

    bench.listener = listener


async def test_the_main_job_types_once(bench: Bench) -> None:
    await bench.go(bench.assembly())
    assert bench.record.saves("O1") == ["negative"]
    assert [event.path for event in bench.events if event.moment == "part_done"] == ["1", "5"]
    steps = await bench.timeline().entries()
    assert [step.action for step in steps if step.outcome == "ok"][-1] == "protect"
    assert all(step.outcome in ("ok", "reused") for step in steps)


async def test_a_finished_item_is_not_touched_again(bench: Bench) -> None:
    await bench.go(bench.assembly())
    before = len(bench.events)
    await bench.go(bench.assembly())
    assert bench.record.saves("O1") == ["negative"]
    assert len(bench.events) == before


@pytest.mark.parametrize(
    ("moment", "path"),
    [
        ("step", "2"), ("step", "4"), ("compute_kept", "4"), ("part_done", "1"), ("step", "5"), ("step", "7.steps.2"),
        ("step_done", "7.steps.2"), ("before_intent", "7.steps.3"), ("intent", "7.steps.3"), ("pressed", "7.steps.3"),
        ("proven", "7.steps.3"), ("step_done", "7.steps.3"), ("step_done", "7"), ("part_done", "5"),
    ],
)  # fmt: skip
async def test_a_go_cut_short_anywhere_ends_in_one_save(bench: Bench, moment: str, path: str) -> None:
    skills = TinySkills()
    assembly = bench.assembly(skills=skills)
    kill_at(bench, moment, path)
    with pytest.raises(Killed):
        await bench.go(assembly)
    await bench.go(assembly)
    assert bench.record.saves("O1") == ["negative"]
    assert skills.calls == (1 if moment != "step" or path not in ("2", "4") else skills.calls)


async def test_a_save_that_was_pressed_is_proven_before_anything_is_typed(bench: Bench) -> None:
    kill_at(bench, "pressed")
    assembly = bench.assembly()
    with pytest.raises(Killed):
        await bench.go(assembly)
    bench.events.clear()
    await bench.go(assembly)
    paths = [event.path for event in bench.events if event.moment == "step"]
    assert "7.steps.2" not in paths
    assert bench.record.saves("O1") == ["negative"]
    assert "proven" in {step.outcome for step in await bench.timeline().entries()}


async def test_unknown_proof_is_never_pressed_again(bench: Bench) -> None:
    kill_at(bench, "pressed")
    driver = TinyDriver(bench.record)
    assembly = bench.assembly(driver=driver)
    with pytest.raises(Killed):
        await bench.go(assembly)
    driver.lost = 1
    with pytest.raises(ApplicationException, match="proof"):
        await bench.go(assembly)
    await bench.go(assembly)
    assert bench.record.saves("O1") == ["negative"]


async def test_a_persons_edit_after_our_save_does_not_lead_to_a_second_one(bench: Bench) -> None:
    kill_at(bench, "pressed")
    assembly = bench.assembly()
    with pytest.raises(Killed):
        await bench.go(assembly)
    bench.record.run("UPDATE orders SET report = 'edited', held = 'Dr B' WHERE order_id = 'O1'")
    with pytest.raises(OrderHeld):
        await bench.go(assembly)
    assert bench.record.saves("O1") == ["negative"]


async def test_what_is_there_before_the_first_press_is_not_taken_for_ours(bench: Bench) -> None:
    bench.record.run("UPDATE orders SET report = 'negative' WHERE order_id = 'O1'")
    with pytest.raises(NeedsPerson, match="never pressed"):
        await bench.go(bench.assembly())
    assert bench.record.saves() == []


async def test_two_items_for_one_order_commit_once(bench: Bench) -> None:
    assembly = bench.assembly()
    await bench.go(assembly, "i1")
    bench.record.run("UPDATE orders SET report = ''")
    with pytest.raises(NeedsPerson, match="another item"):
        await bench.go(assembly, "i2")
    assert bench.record.saves("O1") == ["negative"]


async def test_a_press_that_leaves_nothing_goes_to_a_person(bench: Bench) -> None:
    driver = TinyDriver(bench.record)
    driver.after_press = lambda: bench.record.run("UPDATE orders SET report = ''") and None
    with pytest.raises(NeedsPerson, match="does not show"):
        await bench.go(bench.assembly(driver=driver))


async def test_a_read_that_differs_after_a_crash_stops_the_item(bench: Bench) -> None:
    assembly = bench.assembly()
    kill_at(bench, "step", "4")
    with pytest.raises(Killed):
        await bench.go(assembly)
    bench.record.run("UPDATE orders SET patient = 'P9' WHERE order_id = 'O1'")
    with pytest.raises(NeedsPerson, match="before the interruption"):
        await bench.go(assembly)
    assert bench.record.saves() == []


async def test_the_patient_changing_under_the_bot_stops_it(bench: Bench) -> None:
    def swap(event: Event) -> None:
        if event.moment == "step" and event.path == "7.steps.3":
            bench.record.run("UPDATE orders SET patient = 'P9' WHERE order_id = 'O1'")

    bench.listener = swap
    with pytest.raises(PatientMismatch):
        await bench.go(bench.assembly())
    assert bench.record.saves() == []


async def test_a_refusal_after_the_press_has_worked_is_no_refusal(bench: Bench) -> None:
    """A browser whose answer is lost asks again by itself; the second asking is refused, the first has worked."""
    driver = TinyDriver(bench.record)

    def refused() -> None:
        raise OrderHeld("the report has changed since it was opened.")

    driver.after_press = refused
    await bench.go(bench.assembly(driver=driver))
    assert bench.record.saves("O1") == ["negative"]


async def test_an_uncertain_reading_waits_and_goes_on_with_the_answer(bench: Bench) -> None:
    assembly = bench.assembly(skills=TinySkills("uncertain"))
    with pytest.raises(WaitForPerson):
        await bench.go(assembly)
    assert bench.record.saves() == []
    await bench.journal().put_once("5#answer", yes())
    await bench.go(assembly)
    assert bench.record.saves("O1") == ["positive"]


async def test_a_rejecting_answer_leads_to_no_write(bench: Bench) -> None:
    assembly = bench.assembly(skills=TinySkills("uncertain"))
    await bench.journal().put_once("5#answer", yes().model_copy(update={"verdict": "reject"}))
    with pytest.raises(NeedsPerson):
        await bench.go(assembly)
    assert bench.record.saves() == []


async def test_a_computed_value_is_reused_only_for_the_same_inputs(bench: Bench) -> None:
    written: list[tuple[Any, ...]] = [
        ("sign_in", {}),
        (
            "retry",
            {"times": 1, "steps": [("open", {"order": "=item.order"}), ("compute", {"value": "=site.ward"}, "w")]},
        ),
    ]
    Compute.made = 0
    assembly = bench.assembly(written)
    kill_at(bench, "compute_kept")
    with pytest.raises(Killed):
        await bench.go(assembly)
    await bench.go(assembly)
    assert Compute.made == 1


async def test_a_computed_value_is_not_reused_for_other_inputs(bench: Bench) -> None:
    assembly = bench.assembly([("sign_in", {}), ("compute", {"value": "=site.ward"}, "w"), ("noop", {})])
    kill_at(bench, "compute_kept")
    with pytest.raises(Killed):
        await bench.go(assembly)
    moved = assembly.bot.model_copy(update={"site": {"ward": "8"}})
    with pytest.raises(NeedsPerson, match="has changed"):
        await bench.go(replace(assembly, bot=moved))


async def test_a_part_begins_on_an_empty_page(bench: Bench) -> None:
    driver = TinyDriver(bench.record)
    with pytest.raises(ApplicationException, match="AssertionError"):
        await bench.go(bench.assembly([*PREREAD, ("read", {"fields": ["patient"]}, "late")], driver=driver))
    assert bench.record.saves() == ["O1"]


async def test_reads_of_a_failed_try_bind_nothing(bench: Bench) -> None:
    """A retry block may see another screen in its second try; only what was decided on is fixed."""
    driver = TinyDriver(bench.record)
    inner = [("open", {"order": "=item.order"}), ("read", {"fields": ["patient"]}, "r"), ("noop", {})]
    assembly = bench.assembly([("sign_in", {}), ("retry", {"steps": inner})], driver=driver)
    kill_at(bench, "step", "2.try1.steps.3")
    with pytest.raises(Killed):
        await bench.go(assembly)
    bench.record.run("UPDATE orders SET patient = 'P9' WHERE order_id = 'O1'")
    await bench.go(assembly)


async def test_names_are_assigned_once_and_do_not_leak(bench: Bench) -> None:
    twice: list[tuple[Any, ...]] = [("compute", {"value": "a"}, "x"), ("compute", {"value": "b"}, "x")]
    with pytest.raises(AuthoringError, match="second time"):
        await bench.go(bench.assembly(twice))
    inner: list[tuple[Any, ...]] = [
        ("compute", {"value": "a"}, "x"),
        ("when", {"condition": True, "steps": [("compute", {"value": "b"}, "x")]}),
    ]
    with pytest.raises(AuthoringError, match="second time"):
        await bench.go(bench.assembly(inner), "i3")
    leak: list[tuple[Any, ...]] = [
        ("when", {"condition": True, "steps": [("compute", {"value": "a"}, "x")]}),
        ("compute", {"value": "=x"}, "y"),
    ]
    with pytest.raises(AuthoringError):
        await bench.go(bench.assembly(leak), "i2")


async def test_an_unplanned_exception_tells_only_its_class(bench: Bench) -> None:
    with pytest.raises(ApplicationException) as caught:
        await bench.go(bench.assembly([("boom", {"secret": "SENTINEL^PATIENT"})]))
    assert "SENTINEL" not in str(caught.value)
    assert "ValueError" in str(caught.value)
    (entry,) = await bench.timeline().entries()
    assert entry.outcome == "failed"
    assert "SENTINEL" not in entry.model_dump_json()


async def test_cancelling_passes_through_every_block(bench: Bench) -> None:
    driver = TinyDriver(bench.record)

    def cancel() -> None:
        raise RunCancelled

    driver.before_press = cancel
    with pytest.raises(RunCancelled):
        await bench.go(bench.assembly(driver=driver))
    driver.before_press = lambda: None
    await bench.go(bench.assembly(driver=driver))
    assert bench.record.saves("O1") == ["negative"]


async def test_sessions_are_kept_after_success_and_dropped_after_a_failure_of_the_world(bench: Bench) -> None:
    driver = TinyDriver(bench.record)
    dispatch = bench.dispatch(bench.assembly(driver=driver))
    await dispatch.run()
    assert [session.closed for session in driver.sessions] == [False]
    driver.lost = 1
    broken = bench.dispatch(bench.assembly(driver=driver), "i2", "O2")
    with pytest.raises(DriverLost):
        await broken.run()
    assert driver.sessions[-1].closed


async def test_a_called_workflow_with_two_commits_resumes_between_them(bench: Bench) -> None:
    from tests.engine.steps import workflow

    protect = PREREAD[6]
    second = (
        "protect",
        {
            "patient": "P2",
            "steps": [
                ("open", {"order": "O2"}),
                ("fill", {"text": "two"}),
                ("save", {"once_per": "O2", "order": "O2", "text": "two"}),
            ],
        },
    )
    called = workflow(
        [
            ("open", {"order": "=item.order"}),
            ("read", {"fields": ["patient"]}, "order"),
            ("compute", {"value": "one"}, "text"),
            protect,
            second,
        ],
        name="inner",
        outputs={"said": "=text"},
    )
    written: list[tuple[Any, ...]] = [
        ("sign_in", {}),
        ("call", {"workflow": "inner", "inputs": {"order": "=item.order"}}, "out"),
        ("compute", {"value": "=out.said"}, "last"),
    ]
    assembly = bench.assembly(written, workflows={"inner": called})
    kill_at(bench, "step", "2>5.steps.2")
    with pytest.raises(Killed):
        await bench.go(assembly)
    assert bench.record.saves() == ["O1"]
    await bench.go(assembly)
    assert bench.record.saves() == ["O1", "O2"]
