"""`wetread screens look`: what a locator matches, on recorded screens and on the live demo hospital."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from robot_library.cli.main import run_cli
from robot_library.safeguards.audit.verify import records
from tests.authoring.conftest import Opened
from tests.authoring.test_looking_up import FILES

NAME = "Quispe, Yanira"
PAGE = (
    "<h1>The order</h1><p data-testid=status>new</p><p data-testid=room>1</p><p data-testid=room>2</p>"
    f"<p data-testid=gone style='display:none'>x</p><label>Bed: <input></label><p title=who>{NAME}</p>"
)


def test_each_way_says_what_it_matches_on_a_recorded_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in {**FILES, "recorded/ward/order-1.html": PAGE}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    rest = ["--where", "order=X1", "--project", str(tmp_path), "--screens", str(tmp_path / "recorded")]
    picture = tmp_path / "look.png"

    def said(code: int, *words: str) -> list[tuple[int, list[str]]]:
        assert run_cli(["screens", "look", "ward", *words, *rest, "--picture", str(picture), "--json"]) == code
        out = capsys.readouterr().out
        assert NAME not in out
        return [(one["count"], one["things"]) for one in json.loads(out)["ways"]]

    assert said(1, "order.room") == [(2, ['p "•••"', 'p "•••"'])]
    shot = cv2.imdecode(np.frombuffer(picture.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert shot is not None
    red = (shot == (27, 2, 208)).all(axis=2)
    assert np.count_nonzero(np.diff(red[:, 6].astype(int)) == 1) == 2, "the two rooms are outlined"
    assert said(1, "order.ward") == [(0, []), (0, [])]
    assert said(0, "order", '{text: "The order"}') == [(1, ['h1 "The order"'])]
    assert said(0, "order", "{title: who}") == [(1, ['p "•••"'])]
    assert said(0, "order", "{test_id: gone, visible: false}") == [(1, ['p "•••" [not visible]'])]
    assert picture.read_bytes()[:4] == b"\x89PNG"
    for wrong in (["other.note2"], ["third"], ["order"], ["order", "{lable: x}"]):
        assert run_cli(["screens", "look", "ward", *wrong, *rest]) == 2
        capsys.readouterr()


@pytest.mark.browser
def test_what_is_live_is_looked_at_signed_in_and_named_to_nobody(
    project: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    with project(session_requests=()) as folder:
        maps = sorted(path.stem for path in (folder / "workflows" / "screens").glob("*.yaml"))
        ehr = next(one for one in maps if one != "demo-pacs")
        what = ["order", '{role: link, name: "Open result form"}', "--where", "order=REQ005626"]
        assert run_cli(["screens", "look", ehr, *what, "--home", str(folder / "own"), "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert [one["count"] for one in said["ways"]] == [1]
        (told,) = records(folder / "own" / "audit")
        assert (told.event["kind"], told.event["system"], told.event["outcome"]) == ("sign_in", ehr, "begun")
        assert told.event["person"], "the EHR knows only the bot's account"
