"""`wetread screens heal` and `wetread runs diff`: what a person is shown, and what is written after a yes."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from robot_library.authoring.healing import Proposal, healed
from robot_library.cli.main import cli, run_cli
from robot_library.cli.site import make_desk, open_key
from robot_library.engine.desk import New
from robot_library.engine.records.counts import Counts
from robot_library.engine.records.recorder import Timeline
from robot_library.errors import AuthoringError
from robot_library.model.run import Evidence, StepRecord
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.sealed import SealedJson

MAP = """\
system: ward  # the ward's own
about: One.
screens:
  order:
    seen_by: [{text: Order}]
    targets:
      status:  # moved in version 3
        find:
          - label: Status  # as it was
          # the new one:
          - role: textbox
            name: State
        use: read
      save: {find: [{test_id: save}, {text: Save}], use: commit}
      number: {use: read, find: [{test_id: "no"}, {text: Number}, {label: "No."}]}
"""
WORKFLOW = "workflow: w\nabout: One.\nscreens: [ehr]\nsteps:\n  - sign_in: ehr\n"
BOT = "bot: b\nabout: One.\nworkflow: w\napps:\n  ehr: {map: ward, url: 'http://localhost:1', credential: a}\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    files = {"wetread.toml": "", "workflows/screens/ward.yaml": MAP, "workflows/w/workflow.yaml": WORKFLOW,
             "bots/b.yaml": BOT}  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    async def drift() -> None:
        async with make_desk(tmp_path / "home", open_key(tmp_path / "home", create=True)) as desk:
            for target, number in (("status", 2), ("save", 2), ("number", 3)):
                line = f"ehr.order.{target} was found by its locator number {number}: mend the map"
                await Counts(desk.store).drift("b", line)

    asyncio.run(drift())
    return tmp_path


def test_a_reading_target_is_mended_after_a_yes_and_nothing_else(place: Path) -> None:
    """Each of the three is shown; the one that saves is never proposed; a no writes nothing."""
    words = ["screens", "heal", "--project", str(place), "--home", str(place / "home")]
    listed = CliRunner().invoke(cli, [*words, "--json"])
    assert {one["target"]: bool(one["not_proposed"]) for one in json.loads(listed.output)} == {
        "ehr.order.status": False, "ehr.order.save": True, "ehr.order.number": False,
    }  # fmt: skip
    path = place / "workflows" / "screens" / "ward.yaml"
    CliRunner().invoke(cli, [*words, "--review"], input="n\nn\n")
    assert path.read_text(encoding="utf-8") == MAP
    said = CliRunner().invoke(cli, [*words, "--review"], input="y\ny\n")
    assert said.output.count("Written") == 2, said.output
    assert "never healed" in said.output
    assert path.read_text(encoding="utf-8") == MAP.replace(
        """\
          - label: Status  # as it was
          # the new one:
          - role: textbox
            name: State
""",
        """\
          - role: textbox
            name: State  # as it was
          # the new one:
          - label: Status
""",
    ).replace('[{test_id: "no"}, {text: Number}, {label: "No."}]', '[{label: "No."}, {test_id: "no"}, {text: Number}]')
    assert "status" not in CliRunner().invoke(cli, words).output, "what is mended is not proposed again"


def test_what_cannot_be_changed_by_itself_is_said() -> None:
    """Another target says the same by an alias, and is not changed with it."""
    text = "screens:\n  order:\n    targets:\n      a: {find: &both [{text: A}, {text: B}]}\n      b: {find: *both}\n"
    with pytest.raises(AuthoringError, match="cannot be changed by itself"):
        healed(text, Proposal(Path("x.yaml"), "order", "a", 2, 1))


async def open_screens(home: Path, showed: dict[str, bytes]) -> None:
    """A step that has opened a screen, for each item."""
    key, began = open_key(home), datetime(2026, 11, 28, tzinfo=UTC)
    async with make_desk(home, key) as desk:
        for item, text in showed.items():
            kept = Evidence(kind="outline", title="ehr.order: its parts", blob=FileBlobs(home / "blobs", key).put(text))
            step = StepRecord(
                path="1", action="open", title="", place="", effect="read", started=began, seconds=0.1, outcome="ok",
                evidence=(kept,),
            )  # fmt: skip
            await Timeline(desk.store, SealedJson(key), item).add(step)


def test_two_runs_are_compared_by_their_first_letters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def fill() -> list[str | None]:
        async with make_desk(tmp_path, open_key(tmp_path, create=True)) as desk:
            return await desk.add_all("tiny", [New({"order": name}, name) for name in ("O1", "O2")])

    one, other = (str(item) for item in asyncio.run(fill()))
    home = ["--home", str(tmp_path)]
    assert run_cli(["runs", "diff", one[:12], other[:12], *home, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"first": one, "second": other, "differs": [], "steps": []}
    asyncio.run(open_screens(tmp_path, {one: b'button "Save"', other: b'button "Save" [disabled]'}))
    page = tmp_path / "diff.html"
    words = ["runs", "diff", one, other, *home]
    assert run_cli([*words, "--screens", "--json", "--report", str(page)]) == 1
    (step,) = json.loads(capsys.readouterr().out)["steps"]
    (screen,) = step["screens"]
    assert screen["lines"] == ['- button "Save"', '+ button "Save" [disabled]']
    assert "[disabled]</ins>" in page.read_text(encoding="utf-8")
    assert run_cli([*words, "--screens"]) == 1
    assert '+ button "Save" [disabled]' in capsys.readouterr().out
    assert run_cli(words) == 0, "without --screens nothing that was kept is opened"
    assert run_cli(["runs", "diff", one, "zz", *home]) == 2
    assert run_cli(["runs", *home]) == 0
    assert run_cli(["runs", one, *home]) == 0
    assert run_cli(["runs", "diff", "--help"]) == 0
