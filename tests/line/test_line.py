"""What may run now: stopped lines, hours, paces, sessions, stages, and the door before a sign-in."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.database.store import Store
from robot_library.engine.fleet.lease import clock
from robot_library.engine.line import door, seats
from robot_library.engine.line.line import Line
from robot_library.engine.ports import Assembly
from robot_library.errors import LineHeld
from robot_library.interfaces import Credential
from robot_library.model.bot import App
from robot_library.model.site import Site
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record


@pytest.fixture
def bot(tmp_path: Path) -> Assembly:
    made = assembly(tmp_path, Record(tmp_path / "record.sqlite"))
    apps = {"ehr": App(map="tiny", url="http://tiny", credential="ehr-bot")}
    return Assembly(**{**vars(made), "bot": made.bot.model_copy(update={"apps": apps})})


def as_stage(bot: Assembly, **spec: Any) -> Assembly:
    return Assembly(**{**vars(bot), "bot": bot.bot.model_copy(update=spec)})


def worker(store: Store, name: str = "w1", **limits: Any) -> Line:
    site = Site.model_validate({"systems": {"tiny": limits}} if limits else {})
    return Line(store, SealedJson(KEY), site, name)


async def refusal(one: Line, bot: Assembly, unit: str = "i.0") -> LineHeld:
    with pytest.raises(LineHeld) as caught:
        await one.admit(bot, unit)
    return caught.value


@pytest.mark.parametrize("scope", ["all", "bot:tiny", "system:tiny", "credential:ehr-bot"])
async def test_every_line_a_bot_needs_can_be_stopped(store: Store, bot: Assembly, scope: str) -> None:
    one = worker(store)
    await one.permit(bot)
    await one.switches.stop(scope, "dr.chen", "look first")
    held = await refusal(one, bot)
    assert (held.code, held.scope) == ("Stopped", scope)
    with pytest.raises(LineHeld):
        await one.permit(bot)
    await one.switches.go_on(scope, "dr.chen")
    assert (await one.admit(bot, "i.0")).stage == "live"


async def test_other_lines_do_not_hold_it(store: Store, bot: Assembly) -> None:
    one = worker(store)
    for scope in ("bot:other", "system:other", "credential:other"):
        await one.switches.stop(scope, "x", "y")
    await one.admit(bot, "i.0")


async def test_a_disabled_bot_is_held(store: Store, bot: Assembly) -> None:
    one = worker(store)
    await one.states.disable("tiny", "dr.chen")
    assert (await refusal(one, bot)).code == "Disabled"


async def test_a_closed_system_holds_with_a_time_and_says_so(store: Store, bot: Assembly) -> None:
    year = time.strftime("%Y")
    one = worker(store, maintenance=[{"begins": f"{year}-01-01 00:00", "ends": f"{int(year) + 1}-12-31 00:00"}])
    held = await refusal(one, bot)
    assert held.code == "Closed"
    assert held.until > time.time()
    assert held.reason.startswith("tiny is under maintenance until")


async def test_a_pace_is_kept_by_all_workers_together(store: Store, bot: Assembly) -> None:
    one, two = worker(store, "w1", rate={"items": 2}), worker(store, "w2", rate={"items": 2})
    for line, unit in ((one, "a.0"), (two, "b.0"), (one, "a.0")):
        await line.admit(bot, unit)
        await line.leave(bot)
    held = await refusal(two, bot, "c.0")
    assert held.code == "Slow"
    assert time.time() + 3500 < held.until < time.time() + 3700


async def test_a_seat_is_taken_for_the_go_and_given_back_when_idle(
    store: Store, bot: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    async def leave(seat: str) -> None:
        closed.append(seat)

    one, two = worker(store, "w1", sessions=1), worker(store, "w2", sessions=1)
    one.seats._leave = leave
    await one.admit(bot, "a.0")
    held = await refusal(two, bot, "b.0")
    assert (held.code, held.reason) == ("NoSeat", "every session of tiny is taken (1)")
    await one.leave(bot)
    monkeypatch.setattr(seats, "SEAT_IDLE", 0.0)
    await one.seats.renew()
    assert closed == ["tiny|ehr-bot"]
    await two.admit(bot, "b.0")


async def test_a_worker_that_lost_its_seat_types_no_more(
    store: Store, bot: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = worker(store, "w1", sessions=1), worker(store, "w2", sessions=1)
    monkeypatch.setattr("robot_library.engine.line.admission.SEAT_LASTS", -1.0)  # it was frozen for longer than that
    await one.admit(bot, "a.0")
    await two.admit(bot, "b.0")
    await one.permit(bot)
    await one.seats.renew()
    with pytest.raises(LineHeld, match="the session of tiny has passed to another worker"):
        await one.permit(bot)


async def test_a_worker_that_wakes_types_nothing_before_it_knows_that_its_seat_is_still_its_own(
    store: Store, bot: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next step may be due before its keeper has asked: the account may be in use elsewhere since."""
    one, slept = worker(store, "w1", sessions=1), 0.0
    monkeypatch.setattr(seats, "clock", lambda: clock() + slept)
    await one.admit(bot, "a.0")
    slept = seats.SEAT_LASTS - 1
    await one.permit(bot)
    slept += 2
    with pytest.raises(LineHeld, match="has passed to another worker"):
        await one.permit(bot)
    await one.seats.renew()
    await one.permit(bot)


def both(bot: Assembly, name: str, ehr: str, pacs: str) -> Assembly:
    """A bot that signs in to two systems."""
    apps = {role: App(map="tiny", url="http://tiny", credential=used) for role, used in (("ehr", ehr), ("pacs", pacs))}
    return replace(bot, bot=bot.bot.model_copy(update={"bot": name, "apps": apps}))


async def let_in(line: Line, bot: Assembly, unit: str) -> bool:
    """False where another worker is at work with one of its credentials."""
    try:
        await line.admit(bot, unit)
    except LineHeld as held:
        return held.code != "InUse"
    return True


async def test_a_credential_is_used_by_one_go_at_a_time_whichever_of_a_bots_it_is(
    tmp_path: Path, store: Store, bot: Assembly
) -> None:
    """Four workers, bots that share credentials crosswise and in a ring: never two goes with one, and none waits for
    ever."""
    bots = [both(bot, "a", "x", "shared"), both(bot, "b", "shared", "y"), both(bot, "c", "y", "x")]
    other = Store(f"sqlite:///{tmp_path / 'engine.sqlite'}")
    lines = [worker(where, f"w{number}") for number, where in enumerate((store, other, store, other))]
    using: dict[str, str] = {}
    done: list[str] = []

    async def work(line: Line, name: str, one: Assembly) -> None:
        for go in range(4):
            while not await let_in(line, one, f"{name}.{go}"):  # noqa: ASYNC110 – what is waited for is a database's
                await asyncio.sleep(0)
            names = one.credential_names()
            assert not [used for used in names if used in using], "two goes with one credential at once"
            using.update(dict.fromkeys(names, name))
            await asyncio.sleep(0.002)
            await line.permit(one)
            for used in names:
                del using[used]
            await line.leave(one)
            done.append(name)

    async with asyncio.timeout(120):
        await asyncio.gather(*(work(line, f"w{n}", bots[n % 3]) for n, line in enumerate(lines)))
    assert sorted(done) == sorted(["w0", "w1", "w2", "w3"] * 4)
    assert await lines[0].admission.seats() == []
    other.close()


async def test_a_credential_of_a_worker_that_is_gone_is_free_at_once_and_one_that_was_frozen_types_no_more(
    store: Store, bot: Assembly
) -> None:
    one, two = worker(store, "w1"), worker(store, "w2")
    await one.admit(bot, "a.0")
    assert (await refusal(two, bot)).code == "InUse"
    one.admission.drop_credentials("w1")  # its work was handed out, because its lease was gone
    await two.admit(bot, "b.0")
    await one.seats.renew()
    with pytest.raises(LineHeld, match="credential ehr-bot has passed to another worker"):
        await one.permit(bot)
    await one.leave(bot)
    assert (await refusal(one, bot)).code == "InUse", "what it gives back is its own, not the other's"


async def test_a_limited_bot_begins_so_many_items_a_day(store: Store, bot: Assembly) -> None:
    limited = as_stage(bot, mode="limited", items_a_day=2)
    one, two = worker(store, "w1"), worker(store, "w2")
    assert (await one.admit(limited, "a.0")).stage == "limited"
    await one.leave(limited)
    assert (await two.admit(limited, "b.0")).stage == "limited"
    await two.leave(limited)
    held = await refusal(one, limited, "c.0")
    assert held.reason == "bot tiny has done its 2 items of today"
    assert held.until - time.time() <= 86400


async def test_the_stricter_stage_of_file_and_people_holds(store: Store, bot: Assembly) -> None:
    one = worker(store)
    await one.states.set_stage("tiny", "shadow", "dr.chen", "first nights")
    assert (await one.admit(bot, "a.0")).stage == "shadow"
    await one.states.set_stage("tiny", "live", "dr.chen", "it may")
    assert (await one.admit(as_stage(bot, mode="shadow"), "a.0")).stage == "shadow"


async def test_who_waits_goes_on_within_two_seconds_and_the_most_urgent_first(store: Store, bot: Assembly) -> None:
    one, went = worker(store), []
    await one.switches.stop("bot:tiny", "dr.chen", "look first")
    await one.held(bot, await refusal(one, bot))

    async def item(rank: int) -> None:
        await one.turn(bot, rank)
        went.append(rank)

    waiting = [asyncio.create_task(item(rank)) for rank in (10, 1, 10)]
    try:
        await asyncio.sleep(1.2)
        assert went == []
        await one.switches.go_on("bot:tiny", "dr.chen")
        await asyncio.wait_for(asyncio.gather(*waiting), 120)
        assert went[0] == 1
        await asyncio.wait_for(one.turn(bot, 5), 120)
    finally:
        await one.stop()


# ---- the door before a sign-in ----


def the_door(one: Line, bot: Assembly) -> Any:
    found = one.credential(bot, "ehr-bot", Credential("bot", "secret"))
    assert found.door is not None
    return found.door


async def test_a_refused_credential_is_tried_once_by_all_workers_and_after_a_restart(
    store: Store, bot: Assembly
) -> None:
    one, two = worker(store, "w1"), worker(store, "w2")
    first = the_door(one, bot)
    await first.before()
    with pytest.raises(LineHeld, match="SignInRefused"):
        await first.after("refused")
    for again in (one, two, worker(store, "w1")):
        with pytest.raises(LineHeld):
            await the_door(again, bot).before()
    (switch,) = await one.switches.list()
    assert (switch.scope, switch.who, switch.code) == ("credential:ehr-bot", "wetread", "SignInRefused")
    await one.switches.go_on("credential:ehr-bot", "dr.chen")
    await the_door(two, bot).before()


@pytest.mark.parametrize(("end", "code"), [("expired", "PasswordExpired"), ("second_factor", "SecondFactorAsked")])
async def test_what_a_person_must_mend_stops_the_credentials_line(
    store: Store, bot: Assembly, end: Any, code: str
) -> None:
    one = worker(store)
    with pytest.raises(LineHeld):
        await the_door(one, bot).after(end)
    assert [switch.code for switch in await one.switches.list()] == [code]


async def test_full_licences_are_waited_for_longer_each_time_and_stop_nothing(store: Store, bot: Assembly) -> None:
    one = worker(store)
    for wait in (30, 60, 120, 240, 480, 600, 600):
        asked = time.time()
        with pytest.raises(LineHeld) as caught:
            await the_door(one, bot).after("full")
        assert caught.value.until - time.time() <= wait <= caught.value.until - asked + 0.001
    assert await one.switches.list() == []
    await the_door(one, bot).after("in")
    with pytest.raises(LineHeld) as caught:
        await the_door(one, bot).after("elsewhere")
    assert caught.value.until - time.time() < 31


async def test_tries_that_a_crash_cut_short_are_counted_before_they_lock_the_account(
    store: Store, bot: Assembly
) -> None:
    for life in range(door.UNKNOWN):
        await the_door(worker(store, "w1"), bot).before()  # and then the process dies
        assert life < door.UNKNOWN
    with pytest.raises(LineHeld, match="SignInFailed"):
        await the_door(worker(store, "w1"), bot).before()


async def test_one_worker_at_a_time_tries(store: Store, bot: Assembly) -> None:
    one, two = the_door(worker(store, "w1"), bot), the_door(worker(store, "w2"), bot)
    await one.before()
    trying = asyncio.create_task(two.before())
    await asyncio.sleep(0.1)
    assert not trying.done()
    await one.after("in")
    await asyncio.wait_for(trying, 120)


async def test_a_code_is_used_once_by_all_workers(store: Store, bot: Assembly) -> None:
    one, two = the_door(worker(store, "w1"), bot), the_door(worker(store, "w2"), bot)
    steps = await asyncio.gather(*(each.code_step(1) for each in (one, two, one)))
    assert len(set(steps)) == 3


async def test_a_password_that_will_expire_is_remembered(store: Store, bot: Assembly) -> None:
    one = worker(store)
    await the_door(one, bot).expires(3)
    (warned,) = await one.sign_ins.warnings()
    assert warned.credential == "ehr-bot"
    assert 2.9 < (warned.expires - time.time()) / 86400 < 3.1
    await the_door(one, bot).after("in")  # without a warning: it is a new one
    assert await one.sign_ins.warnings() == []
