"""Stop the line and let it go on; what people decide about bots; every decision is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.engine.database.store import Store
from robot_library.engine.line.switches import BotStates, Switches, in_words, stricter
from robot_library.errors import SetupError
from robot_library.safeguards.sealed import SealedJson
from tests.engine.conftest import KEY

WHY = "the form shows Mrs Example twice"


async def test_the_first_reason_stays_until_a_person_lets_it_go_on(store: Store) -> None:
    switches = Switches(store, SealedJson(KEY))
    assert await switches.stop("bot:tiny", "wetread", WHY, code="TargetNotFound")
    assert not await switches.stop("bot:tiny", "dr.chen", "me too")
    (one,) = await switches.list()
    assert (one.scope, one.who, one.why, one.code) == ("bot:tiny", "wetread", WHY, "TargetNotFound")
    assert await switches.scopes() == {"bot:tiny"}
    assert await switches.go_on("bot:tiny", "dr.chen", "map mended")
    assert not await switches.go_on("bot:tiny", "dr.chen")
    assert [(one.what, one.who) for one in await switches.decisions.all()] == [
        ("go_on", "dr.chen"),
        ("stop", "wetread"),
    ]


async def test_who_and_why_stand_nowhere_in_clear(store: Store, tmp_path: Path) -> None:
    switches, states = Switches(store, SealedJson(KEY)), BotStates(store, SealedJson(KEY))
    await switches.stop("all", "dr.chen", WHY)
    await states.disable("tiny", "dr.chen", WHY)
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Example" not in kept
    assert b"dr.chen" not in kept


@pytest.mark.parametrize("scope", ["everything", "bot:", "bots:tiny", "", "system: ehr"])
async def test_a_scope_is_spelt_right_or_refused(store: Store, scope: str) -> None:
    with pytest.raises(SetupError, match="there is no line"):
        await Switches(store, SealedJson(KEY)).stop(scope, "x", "y")


async def test_bots_are_enabled_unless_somebody_said_no(store: Store) -> None:
    states = BotStates(store, SealedJson(KEY))
    assert (await states.get("tiny")).enabled
    await states.disable("tiny", "dr.chen")
    await states.set_stage("tiny", "shadow", "dr.chen", "first nights")
    assert [(one.enabled, one.stage) for one in await states.all()] == [(False, "shadow")]
    await states.enable("tiny", "dr.chen")
    assert (await states.get("tiny")).enabled
    with pytest.raises(SetupError, match="no stage"):
        await states.set_stage("tiny", "lively", "x", "y")  # type: ignore[arg-type]


async def test_triggers_set_a_bot_going_only_since_a_person_has_enabled_it(store: Store) -> None:
    states = BotStates(store, SealedJson(KEY))
    await states.set_stage("tiny", "live", "dr.chen", "accepted")
    assert (await states.get("tiny")).since is None
    await states.enable("tiny", "dr.chen")
    since = (await states.get("tiny")).since
    assert since is not None
    await states.set_stage("tiny", "shadow", "dr.chen", "again")
    await states.enable("tiny", "dr.lee")
    assert (await states.get("tiny")).since == since
    await states.disable("tiny", "dr.chen")
    assert (await states.get("tiny")).since is None


def test_the_stricter_stage_wins() -> None:
    assert stricter("live", "shadow") == "shadow"
    assert stricter("limited", None) == "limited"
    assert stricter(None, None) == "live"
    assert [in_words(scope) for scope in ("all", "bot:a", "system:ehr", "credential:c")] == [
        "everything", "bot a", "ehr", "credential c",
    ]  # fmt: skip
