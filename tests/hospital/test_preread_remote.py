"""The job through GNU Health's desktop client on another machine: a VNC viewer, pixels only. What came of it is asked
of the EHR over JSON-RPC."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_library.engine.ports import Event
from robot_library.parsing.library import Library, bundled
from tests.desktop.sessions import Sessions
from tests.hospital.bot import bot_at, outcomes
from tests.hospital.lab import desktop_client, lifecycle, oracle
from tests.hospital.lab.site import Lab
from tests.hospital.test_preread_desktop import BANNER, the_books_are_right

pytestmark = [pytest.mark.hospital, pytest.mark.evidence]  # minutes an order, more on a busy machine

BOT, MAP = "chest-xray-preread-remote", "gnuhealth-desktop-remote"
BECOMES = {"same_name_right": "typed", "same_name_wrong": "refused", "cancelled": "refused"}
"""Two patients of one name: the other's film lies under the second order."""


@pytest.fixture
def terminals(lab: Lab) -> Iterator[Sessions]:
    """The other machine: each viewer gets a session of its own with the client in it."""
    sessions = Sessions([str(desktop_client.program(lab))], (1440, 900), desktop_client.profile(lab))
    yield sessions
    sessions.close()


def patient_library(folder: Path) -> Library:
    """The map as it is bundled, with patience for a machine of any speed."""
    screens = folder / "workflows" / "screens"
    bundle = Library.find().path("screen", MAP)
    shutil.copytree(bundle.with_suffix(""), screens / MAP)
    text = bundle.read_text(encoding="utf-8")
    (screens / bundle.name).write_text(re.sub(r"patience: \d+ s", "patience: 300 s", text), encoding="utf-8")
    return Library(folder, bundled())


async def test_the_job_through_a_viewer(lab: Lab, terminals: Sessions, tmp_path: Path) -> None:
    """One order is typed, saved once and proven in a second session; of two others nothing is typed."""
    orders, before = lifecycle.orders(lab), oracle.results(lab)
    library = patient_library(tmp_path / "project")
    done: list[str] = []

    def watch(event: Event) -> None:
        if event.moment == "step_done":
            done.append(event.title)

    where = {"WETREAD_GNUHEALTH_SCREEN": terminals.address}
    async with bot_at(lab, tmp_path / "home", BOT, library=library, more=where) as engine:
        for key in BECOMES:
            await engine.submit(BOT, {"order": orders[key]}, orders[key])
        await engine.run_until_idle(watch)
        became = await outcomes(engine, BOT)
    assert {key: became[orders[key]].outcome for key in BECOMES} == BECOMES, (became, done)
    typed = orders["same_name_right"]
    saved = oracle.result(lab, typed)
    assert BANNER in saved.text
    assert terminals.opened >= 2, "the proof is read in a session of its own"
    the_books_are_right(oracle.results(lab), {**before, typed: saved}, typed)
