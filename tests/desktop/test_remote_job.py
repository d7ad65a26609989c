"""A whole job through VNC, pixels only, by the real engine: the example bot of examples/remote-window. What came of it
is asked of the EHR's own books."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_library.bot import assemble
from robot_library.engine.engine import Engine
from robot_library.interfaces import Credential
from robot_library.lint import check
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault
from tests.desktop.conftest import PYTHON
from tests.desktop.sessions import Sessions
from tests.desktop.test_program import HERE, Books

EXAMPLE = HERE.parents[1] / "examples" / "remote-window"
KEY = SiteKey(bytes(range(32)))
ORDER = {
    "patient": "Muster, Anna", "mrn": "00418077", "born": "1961-04-09", "procedure": "Chest PA", "state": "Open",
    "report": "", "saves": 0,
}  # fmt: skip
NAMESAKE = {**ORDER, "mrn": "00418071"}
RESULT = "no pneumothorax; 41 mm."


def program(folder: Path, books: Books) -> Path:
    """The ward's program on these books, as one command."""
    command = folder / "client"
    command.write_text(f'#!/bin/sh\nexec {PYTHON} "{HERE / "ward_program.py"}" "{books.path}"\n', encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return command


def system(folder: Path, orders: dict[str, dict[str, object]]) -> tuple[Books, Path]:
    """A system with these orders, and the program that shows them."""
    folder.mkdir()
    books = Books(folder / "books.json")
    books.write(orders)
    return books, program(folder, books)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example, with patience for a machine of any speed."""
    folder = tmp_path / "project"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".wetread"))
    for screens in (folder / "workflows" / "screens").glob("*.yaml"):
        text = screens.read_text(encoding="utf-8")
        screens.write_text(re.sub(r"patience: \d+ s", "patience: 300 s", text), encoding="utf-8")
    return folder


@pytest.fixture
def ehr(tmp_path: Path) -> Iterator[tuple[Books, Sessions]]:
    books, command = system(tmp_path / "ehr", {"REQ0041": ORDER, "REQ0042": NAMESAKE})
    sessions = Sessions([str(command)])
    yield books, sessions
    sessions.close()


def test_the_example_is_free_of_mistakes() -> None:
    assert [str(one) for one in check([EXAMPLE], Library(EXAMPLE, bundled()))] == []


async def test_a_result_is_carried_into_an_ehr_of_which_only_pixels_come(
    ehr: tuple[Books, Sessions], project: Path, tmp_path: Path
) -> None:
    """Order and patient read from the picture, the draft typed, saved once, read back in a second session; of the
    namesake, whose number ends otherwise, nothing is typed."""
    books, sessions = ehr
    done = {**ORDER, "state": "Final", "report": RESULT}
    _, lab = system(tmp_path / "lab", {"REQ0041": done, "REQ0042": done})
    vault = Vault({name: Credential("bot", "ward-secret-7") for name in ("lab-bot", "ward-bot")})
    values = {"LAB_CLIENT": str(lab), "EHR_HOST": sessions.address}
    home = tmp_path / "home"
    home.mkdir()
    assembly = assemble("carry-result", Library(project, bundled()), home, KEY, vault=vault, values=values)
    engine = Engine(home, SealedJson(KEY), KEY.fingerprint)
    engine.add_bot(assembly)
    try:
        async with engine:
            for order in ("REQ0041", "REQ0042"):
                await engine.submit("carry-result", {"order": order}, order)
            await engine.run_until_idle()
            became = {
                view.item.payload["order"]: (view.outcome, view.reason) for view in await engine.items("carry-result")
            }
    finally:
        await assembly.driver.close()
    assert {order: outcome for order, (outcome, _) in became.items()} == {"REQ0041": "typed", "REQ0042": "refused"}, (
        became
    )
    saved = books.order("REQ0041")
    assert (saved["report"], saved["saves"]) == (f"DRAFT, not verified: {RESULT}", 1)
    assert books.order("REQ0042") == NAMESAKE
    assert books.signed_in() == ["bot", "bot"], "one sign-in for each of the two sessions"
    assert sessions.opened == 2
