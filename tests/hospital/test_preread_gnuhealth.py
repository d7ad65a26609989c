"""The same workflow on GNU Health and Orthanc. What came of it is asked of the EHR and the PACS, not of the bot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from robot_library.engine.ports import Event
from tests.hospital.bot import BOT, Done, bot_at, killed_when_saved, outcomes
from tests.hospital.lab import ehr, lifecycle, oracle
from tests.hospital.lab.cases import CASES
from tests.hospital.lab.site import Lab

pytestmark = [pytest.mark.hospital, pytest.mark.browser, pytest.mark.slow]

ROBOT = "rpabot"
BANNER = "AI DRAFT, NOT VERIFIED"
BY_A_PERSON = "Typed by a person meanwhile."


def rows_by_key(lab: Lab) -> dict[str, dict[str, str]]:
    """The lab's expectations by case key."""
    return {row["key"]: row for row in lifecycle.expected(lab)}


def the_drafts_are_right(lab: Lab) -> None:
    """Each order that should be typed holds one draft, saved once by the robot, about its own patient's film; no
    other order was touched by the robot."""
    results, films = oracle.results(lab), oracle.objects(lab)
    for row in lifecycle.expected(lab):
        result = results[row["order"]]
        typed = row["expected"] == "typed"
        assert result.writes_by(ROBOT) == typed, row["key"]
        assert (BANNER in result.text) == typed, row["key"]
        assert len(result.attachments) == typed, row["key"]
        named = {uid for uid in films if uid in result.text}
        assert len(named) == typed, row["key"]
        for uid in named:
            assert films[uid] == (row["study"], row["puid"]), row["key"]
    assert all(w.user != ROBOT or w.fields == ("comment",) for r in results.values() for w in r.writes)


def nothing_of_a_patient_is_in_clear(home: Path) -> None:
    """Neither number nor name nor birth date of anybody stands in what the bot keeps."""
    kept = b"\n".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())
    assert len(kept) > 100_000
    for person in {case.person for case in CASES}:
        for text in (person.puid, person.family, f"{person.born:%Y%m%d}", person.born.isoformat()):
            assert text.encode() not in kept


async def test_every_order_becomes_what_it_should(lab: Lab, tmp_path: Path) -> None:
    """A whole day, with its troubles: the bot is killed the moment the first report is saved, and started again; over
    another's typed text the server ends the robot's session. Neither costs or doubles anything."""
    rows = rows_by_key(lab)
    first, signed_out = rows["pneumonia"], rows["two_views"]
    before = oracle.results(lab)
    stored = oracle.studies(lab)
    killed_when_saved(lab, tmp_path / "home", first)
    saved = oracle.result(lab, first["order"])
    ended: list[int] = []
    async with bot_at(lab, tmp_path / "home") as engine:
        collected = await engine.collect(BOT)
        assert {item.payload["order"] for item in collected} == set(before) - {first["order"]}
        over = next(item.id for item in collected if item.payload["order"] == signed_out["order"])

        def watch(event: Event) -> None:
            if not ended and event.item == over and typed(event):
                ended.append(ehr.end_sessions(lab, ROBOT))

        await engine.run_until_idle(watch)
        became = await outcomes(engine)
    assert ended, "nothing was typed for the order over which the session was to end"
    assert ended[0] > 0
    wrong = {
        row["key"]: became[row["order"]]
        for row in lifecycle.expected(lab)
        if became[row["order"]].outcome != row["expected"]
    }
    assert wrong == {}
    the_drafts_are_right(lab)
    assert oracle.result(lab, first["order"]).text == saved.text
    assert oracle.studies(lab) == stored

    async with bot_at(lab, tmp_path / "home") as engine:  # a night later nothing is done twice
        assert await engine.collect(BOT) == []
        await engine.run_until_idle()
    the_drafts_are_right(lab)
    nothing_of_a_patient_is_in_clear(tmp_path / "home")


async def run_one(lab: Lab, home: Path, key: str, moment: Callable[[Event], bool], act: Callable[[str], None]) -> Done:
    """One order; `act` does something to it at the first `moment`, which must come."""
    order = rows_by_key(lab)[key]["order"]
    acted: list[str] = []

    def watch(event: Event) -> None:
        if not acted and moment(event):
            acted.append(event.moment)
            act(order)

    async with bot_at(lab, home) as engine:
        assert await engine.submit(BOT, {"order": order}, order) is not None
        await engine.run_until_idle(watch)
        became = (await outcomes(engine))[order]
    assert acted, "the moment never came"
    return became


def typed(event: Event) -> bool:
    """The report stands in the box and is not saved."""
    return event.moment == "step_done" and event.title.startswith("type into")


def about_to_press(event: Event) -> bool:
    """The guard has passed; nothing is asked any more before the press."""
    return event.moment == "intent"


def read_by_the_skill(event: Event) -> bool:
    """The order was looked at long ago; nothing is typed yet."""
    return event.moment == "step_done" and event.title.startswith("run skill")


@pytest.mark.parametrize(
    ("moment", "outcome"), [(typed, "already_reported"), (about_to_press, "needs_person")], ids=["typed", "pressing"]
)
async def test_a_person_who_saves_first_is_not_overwritten(
    lab: Lab, tmp_path: Path, moment: Callable[[Event], bool], outcome: str
) -> None:
    person = oracle.Person(lab)
    became = await run_one(lab, tmp_path / "home", "normal", moment, lambda order: person.report(order, BY_A_PERSON))
    assert became.outcome == outcome
    result = oracle.result(lab, rows_by_key(lab)["normal"]["order"])
    assert result.text == BY_A_PERSON
    assert (result.writes_by(ROBOT), result.writes_by("radiologist")) == (0, 1)
    assert result.attachments == {}


async def test_an_order_cancelled_at_the_last_moment_is_left_alone(lab: Lab, tmp_path: Path) -> None:
    became = await run_one(lab, tmp_path / "home", "normal", read_by_the_skill, oracle.Person(lab).cancel)
    assert became.outcome == "refused"
    result = oracle.result(lab, rows_by_key(lab)["normal"]["order"])
    assert (result.text, result.writes_by(ROBOT)) == ("", 0)


def end_session_of(lab: Lab) -> Callable[[str], None]:
    """What a time-out on the server does to the robot, whatever it is at."""

    def end(_: str) -> None:
        assert ehr.end_sessions(lab, ROBOT) > 0

    return end


async def test_a_session_that_dies_under_the_press_is_never_guessed_about(lab: Lab, tmp_path: Path) -> None:
    """Whether the password box shows before the press is known to be over is chance: the part starts anew and saves
    once, or a person gets the order, and then nothing is saved."""
    became = await run_one(lab, tmp_path / "home", "normal", about_to_press, end_session_of(lab))
    result = oracle.result(lab, rows_by_key(lab)["normal"]["order"])
    saved = {"typed": 1, "needs_person": 0}[became.outcome]
    assert (result.writes_by(ROBOT), BANNER in result.text, len(result.attachments)) == (saved, saved == 1, saved)
