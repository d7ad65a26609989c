"""Ways to break the promises through the engine, each tried: a wrong patient, a second save, a number without the
right to it, a write past the guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from robot_library.engine.database import tables
from robot_library.engine.ports import Event
from robot_library.errors import (
    ApplicationException,
    AuthoringError,
    DriverLost,
    ItemError,
    NeedsPerson,
    PatientMismatch,
)
from robot_library.interfaces import Action, Context, Proof, Protection, Steps
from robot_library.model.bot import App
from robot_library.model.finding import Accepted
from tests.engine.conftest import Bench
from tests.engine.steps import ACTIONS, PREREAD, Fill, Save, workflow
from tests.engine.world import MAP, TinyDriver, TinyGuard, TinySkills, person

Written = list[tuple[Any, ...]]
HEAD: Written = PREREAD[:3]


def protect(*inside: tuple[Any, ...], patient: str = "=order.patient") -> tuple[Any, ...]:
    return ("protect", {"patient": patient, "steps": list(inside)})


OPEN = ("open", {"order": "=item.order"})
FILL = ("fill", {"text": "hello"})
SAVE = ("save", {"once_per": "=item.order", "order": "=item.order", "text": "hello"})


async def stopped(bench: Bench, written: Written, error: type[Exception], match: str, **more: Any) -> None:
    with pytest.raises(error, match=match):
        await bench.go(bench.assembly(written, **more))
    assert bench.record.saves() == []


# ---- promise 1: never the wrong patient ----


async def test_typing_outside_protect_is_refused(bench: Bench) -> None:
    await stopped(bench, [*HEAD, OPEN, FILL], AuthoringError, "inside `protect`")


async def test_saving_outside_protect_is_refused(bench: Bench) -> None:
    await stopped(bench, [*HEAD, OPEN, SAVE], AuthoringError, "inside `protect`")


async def test_another_patient_on_the_live_screen_stops_before_typing(bench: Bench) -> None:
    await stopped(bench, [*HEAD, protect(("open", {"order": "O2"}), FILL, SAVE)], PatientMismatch, "different")


async def test_the_guard_passes_anew_for_each_write_and_commit(bench: Bench) -> None:
    guard = TinyGuard()
    await bench.go(bench.assembly([*HEAD, protect(OPEN, FILL, FILL, SAVE)], guard=guard))
    assert guard.passed == ["write", "write", "commit"]


async def test_a_protection_that_expects_nobody_is_refused(bench: Bench) -> None:
    class Loose(Action):
        key = "loose"
        effect = "block"
        steps: Steps

        async def run(self, ctx: Context) -> None:
            with ctx.protecting(Protection("ehr", "result", ())):
                await ctx.run_steps(self.steps, segment="steps")

    written: Written = [*HEAD, ("loose", {"steps": [OPEN, FILL, SAVE]})]
    await stopped(bench, written, AuthoringError, "nothing about whose", actions={**ACTIONS, "loose": Loose})


class Sneak(Action):
    """A plug-in's action that types or presses although its effect says it reads."""

    key = "sneak"
    effect = "read"
    how: str

    async def run(self, ctx: Context) -> None:
        session = await ctx.session("ehr")
        view = session.view
        assert view is not None
        match self.how:
            case "fill":
                await view.fill("report", "hello")
            case "press":
                await view.press_commit("save")
            case "upload":
                await view.upload("picture", "x.png", b"")
            case "protect":
                with ctx.protecting(Protection("ehr", "result", (person("P1"),))):
                    pass
            case "commit":
                await ctx.commit_once("O1", {}, _found, lambda: view.press_commit("save"))
            case "answer":
                await ctx.answer()
            case "bind":
                ctx.bind_session("ehr", "other")


async def _found(_: Mapping[str, Any]) -> Proof:
    return "found"


@pytest.mark.parametrize("how", ["fill", "press", "upload", "protect", "commit", "answer", "bind"])
async def test_an_action_cannot_do_more_than_its_effect_says(bench: Bench, how: str) -> None:
    written: Written = [*HEAD, protect(OPEN, ("sneak", {"how": how}))]
    await stopped(bench, written, AuthoringError, "guard|effect|commit|block", actions={**ACTIONS, "sneak": Sneak})


class Wanderer(Fill):
    """Moves to another record between the guard and the typing."""

    key = "wanderer"
    how: str

    async def run(self, ctx: Context) -> None:
        session = await ctx.session("ehr")
        view = session.view
        assert view is not None
        if self.how == "open":
            view = await session.open("result", {"order": "O2"})
        elif self.how == "fresh":
            view = await session.open("result", {"order": "O2"}, fresh=True)
        elif self.how == "click":
            await view.click("order-O2")
        elif self.how == "click elsewhere":
            await view.click("help")
        elif self.how == "drift":
            view.real.where["order"] = "O2"  # type: ignore[attr-defined]
        elif self.how == "follow":
            view = await session.follow(view, "next", "result")
        elif self.how == "swap":
            session.view = await session.open("result", {"order": "O2"}, fresh=True)
            view = session.view
        await view.fill("report", self.text)


@pytest.mark.parametrize("how", ["open", "fresh", "click", "click elsewhere", "drift", "follow", "swap"])
async def test_the_gate_shuts_when_the_view_moves_after_the_guard(bench: Bench, how: str) -> None:
    written: Written = [*HEAD, protect(OPEN, ("wanderer", {"how": how, "text": "hello"}), SAVE)]
    await stopped(bench, written, AuthoringError, "without the guard", actions={**ACTIONS, "wanderer": Wanderer})


class PressesTwice(Save):
    """Presses outside commit_once, after it."""

    key = "twice"

    async def run(self, ctx: Context) -> None:
        await super().run(ctx)
        view = (await ctx.session("ehr")).view
        assert view is not None
        await view.press_commit("save")


async def test_a_press_after_commit_once_is_refused(bench: Bench) -> None:
    written: Written = [*HEAD, protect(OPEN, FILL, ("twice", SAVE[1]))]
    with pytest.raises(AuthoringError, match="without the guard"):
        await bench.go(bench.assembly(written, actions={**ACTIONS, "twice": PressesTwice}))
    assert bench.record.saves("O1") == ["hello"]


class Hasty(Save):
    """Presses twice in one press."""

    key = "hasty"

    async def run(self, ctx: Context) -> None:
        view = (await ctx.session("ehr")).view
        assert view is not None

        async def press() -> None:
            await view.press_commit("save")
            await view.press_commit("save")

        proof = {"order": self.order, "text": self.text}
        await ctx.commit_once(self.once_per, proof, lambda wanted: Save.prove(ctx, wanted), press)


async def test_the_gate_opens_for_one_press(bench: Bench) -> None:
    written: Written = [*HEAD, protect(OPEN, FILL, ("hasty", SAVE[1]))]
    with pytest.raises(AuthoringError, match="without the guard"):
        await bench.go(bench.assembly(written, actions={**ACTIONS, "hasty": Hasty}))
    assert bench.record.saves("O1") == ["hello"]


async def test_a_role_nobody_signed_in_to_opens_no_session(bench: Bench) -> None:
    await stopped(bench, [OPEN], AuthoringError, "before any step signs in")


# ---- promise 3: never twice ----


@pytest.mark.parametrize(
    "block",
    [
        lambda inside: ("retry", {"steps": [inside]}),
        lambda inside: ("when", {"condition": True, "steps": [inside]}),
        lambda inside: ("for_each", {"name": "x", "members": ["a"], "steps": [inside]}),
        lambda inside: ("when", {"condition": True, "steps": [("retry", {"steps": [inside]})]}),
    ],
)
async def test_a_commit_in_a_block_that_may_repeat_it_is_refused(bench: Bench, block: Any) -> None:
    await stopped(bench, [*HEAD, block(protect(OPEN, FILL, SAVE))], AuthoringError, "run it again, or not at all")


async def test_a_commit_inside_a_block_inside_protect_is_refused(bench: Bench) -> None:
    inside = ("when", {"condition": True, "steps": [SAVE]})
    await stopped(bench, [*HEAD, protect(OPEN, FILL, inside)], AuthoringError, "run it again, or not at all")


async def test_protection_within_protection_is_refused(bench: Bench) -> None:
    await stopped(bench, [*HEAD, protect(OPEN, protect(OPEN, FILL, SAVE))], AuthoringError, "another protection")


async def test_two_workers_at_one_item_do_not_both_press(bench: Bench) -> None:
    """A worker that was thought dead still runs: whoever writes the intent first presses, the other lets go."""

    def other_worker(event: Event) -> None:
        if event.moment == "before_intent":
            intent = {"dispatch": "other", "action": "save", "proof": {}, "names": {}, "doubtful": []}
            with bench.store.durable.begin() as connection:
                connection.execute(tables.journal.insert().values(bench.journal().row(f"{event.path}#intent", intent)))

    bench.listener = other_worker
    await stopped(bench, [*HEAD, protect(OPEN, FILL, SAVE)], ApplicationException, "another worker")


async def test_a_press_refused_by_the_system_leaves_the_reason(bench: Bench) -> None:
    from robot_library.errors import OrderHeld

    driver = TinyDriver(bench.record)

    def refuse() -> None:
        raise OrderHeld("somebody else is editing.")

    driver.before_press = refuse
    await stopped(bench, [*HEAD, protect(OPEN, FILL, SAVE)], OrderHeld, "editing", driver=driver)


async def test_a_press_whose_connection_broke_is_proven_not_pressed_again(bench: Bench) -> None:
    from robot_library.errors import DriverLost

    driver = TinyDriver(bench.record)

    def broken() -> None:
        driver.after_press = lambda: None
        raise DriverLost("gone right after the server had it.")

    driver.after_press = broken
    assembly = bench.assembly([*HEAD, protect(OPEN, FILL, SAVE)], driver=driver)
    with pytest.raises(DriverLost):
        await bench.go(assembly)
    await bench.go(assembly)
    assert bench.record.saves("O1") == ["hello"]


@pytest.mark.parametrize(("name", "key"), [("tiny-desktop", "O1"), ("tiny", " O1\xa0")])
async def test_two_maps_of_one_system_take_an_order_once_between_them(bench: Bench, name: str, key: str) -> None:
    """A bot in the browser, another in the program of the same EHR; a hook that sends blanks: the order is the same."""
    driver = TinyDriver(bench.record)

    def lost() -> None:
        raise DriverLost("the browser is gone.")

    driver.before_press = lost
    with pytest.raises(DriverLost):
        await bench.go(bench.assembly(driver=driver))
    second = bench.assembly([*HEAD, protect(OPEN, FILL, ("save", {**SAVE[1], "once_per": key}))])
    apps = {"ehr": App(map=name, url="http://tiny")}
    second = replace(second, bot=second.bot.model_copy(update={"apps": apps}), maps={name: MAP})
    with pytest.raises(NeedsPerson, match="another item has taken"):
        await bench.go(second, item="i2")
    assert bench.record.saves() == []


# ---- promise 5: no number without the right to it ----

READ: Written = [*HEAD, ("run_skill", {}, "reading")]


@pytest.mark.parametrize(
    "writes",
    [
        [protect(OPEN, ("fill", {"text": "=text(reading.score)"}), SAVE)],
        [protect(OPEN, ("fill", {"text": "=reading.label"}), SAVE)],
        [("compute", {"value": "=reading.decision"}, "said"), protect(OPEN, ("fill", {"text": "=said"}), SAVE)],
        [
            ("compute", {"value": ["a", "=reading.decision"]}, "said"),
            ("compute", {"value": "=first(said)"}, "word"),
            protect(OPEN, ("fill", {"text": "=word"}), SAVE),
        ],
        [protect(OPEN, ("when", {"condition": "=reading.score > 0.1", "steps": [FILL]}), SAVE)],
        [
            protect(
                OPEN,
                ("when", {"condition": "=reading.score > 0.1", "steps": [("compute", {"value": "x"}, "y")]}),
                ("for_each", {"name": "n", "members": ["=reading.label"], "steps": [("fill", {"text": "=n"})]}),
                SAVE,
            )
        ],
        [protect(OPEN, FILL, ("save", {**SAVE[1], "text": "=reading.label"}))],
        [("protect", {"patient": "=reading.label", "steps": [OPEN, FILL, SAVE]})],
    ],
)
async def test_nothing_of_an_unaccepted_reading_reaches_a_write(bench: Bench, writes: Written) -> None:
    with pytest.raises((AuthoringError, PatientMismatch)) as caught:
        await bench.go(bench.assembly([*READ, *writes]))
    assert bench.record.saves() == []
    if isinstance(caught.value, AuthoringError):
        assert "nobody has accepted" in str(caught.value)


async def test_doubt_survives_the_end_of_a_part(bench: Bench) -> None:
    written: Written = [
        *READ,
        ("compute", {"value": "=reading.decision"}, "said"),
        ("accept", {"finding": "=reading"}, "accepted"),
        protect(OPEN, ("fill", {"text": "=said"}), SAVE),
    ]
    await stopped(bench, written, AuthoringError, "nobody has accepted")


async def test_doubt_survives_a_crash_after_a_commit(bench: Bench) -> None:
    """What stood before a finished commit is given back from the intent, doubt included."""
    from tests.engine.test_dispatch import Killed, kill_at

    written: Written = [
        *READ,
        ("compute", {"value": "=reading.decision"}, "said"),
        protect(OPEN, FILL, SAVE),
        protect(("open", {"order": "O2"}), ("fill", {"text": "=said"}), SAVE, patient="P2"),
    ]
    assembly = bench.assembly(written)
    kill_at(bench, "proven")
    with pytest.raises(Killed):
        await bench.go(assembly)
    with pytest.raises(AuthoringError, match="nobody has accepted"):
        await bench.go(assembly)
    assert bench.record.saves() == ["O1"]


async def test_a_reading_handed_to_a_called_workflow_stays_doubtful(bench: Bench) -> None:
    inner = workflow(
        [protect(OPEN, ("fill", {"text": "=item.said"}), SAVE, patient="P1")], name="inner", order="", said=""
    )
    written: Written = [
        *READ,
        ("call", {"workflow": "inner", "inputs": {"order": "=item.order", "said": "=reading.label"}}),
    ]
    await stopped(bench, written, AuthoringError, "nobody has accepted", workflows={"inner": inner})


class Forge(Action):
    """Makes up an accepted finding."""

    key = "forge"
    effect = "compute"

    async def run(self, ctx: Context) -> Any:
        finding = await TinySkills().run("x", None)
        return Accepted(finding=finding, by="person", who="Dr Nobody", decision="positive")  # type: ignore[arg-type]


async def test_a_made_up_acceptance_is_refused_wherever_it_is_used(bench: Bench) -> None:
    written: Written = [*HEAD, ("forge", {}, "accepted"), ("compute", {"value": "=accepted"}, "x")]
    await stopped(bench, written, NeedsPerson, "seal", actions={**ACTIONS, "forge": Forge})


async def test_waiting_inside_a_block_is_refused(bench: Bench) -> None:
    written: Written = [*READ, ("when", {"condition": True, "steps": [("accept", {"finding": "=reading"}, "a")]})]
    await stopped(bench, written, AuthoringError, "top-level", skills=TinySkills("uncertain"))


# ---- plug-ins that misbehave ----


async def test_a_failure_inside_a_listener_is_not_the_items(bench: Bench) -> None:
    """The engine shields items from listeners; a bare dispatch lets them through, as the crash tests need."""
    written: Written = [*HEAD, ("boom", {})]
    with pytest.raises(ApplicationException) as caught:
        await bench.go(bench.assembly(written))
    assert isinstance(caught.value, ItemError)
    assert caught.value.place.startswith("tiny.yaml")
