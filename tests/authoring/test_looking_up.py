"""`wetread run --dry-run --screens`: every look-up of a workflow on recorded screens, in one browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from robot_library.cli.main import run_cli

FILES = {
    "wetread.toml": "",
    "bots/b.yaml": "bot: b\nabout: One.\nworkflow: w\napps:\n  ehr: {map: ward, url: 'http://localhost:1'}\n",
    "workflows/w/workflow.yaml": """\
workflow: w
about: One.
screens: [ehr]
item:
  order: {type: text}
steps:
  - sign_in: ehr
  - open: {screen: ehr.order, where: {order: =item.order}}
  - read: {screen: ehr.order, fields: [status, ward, bed, room], as: order}
  - check: {that: =order.status != order.ward, otherwise: It is the same.}
  - open: ehr.other
  - read: {screen: ehr.other, fields: [note], as: other}
  - check: {that: =other.note != order.bed, otherwise: It is the same.}
""",
    "workflows/screens/ward.yaml": """\
system: ward
about: One.
screens:
  order:
    seen_by: [{text: The order}]
    reach: [{goto: "/orders/{order}"}]
    targets:
      status: {find: [{test_id: status}], phi: false}
      ward: {find: [{test_id: gone}, {test_id: ward}], phi: false}
      bed: {find: [{label: "Bed:"}], phi: false}
      room: {find: [{test_id: room}], phi: false}
  other:
    seen_by: [{text: Another}]
    reach: [{goto: /other}]
    targets:
      note: {find: [{test_id: note}], phi: false}
""",
    "recorded/ward/order-1.json": json.dumps({"system": "ward", "screen": "order", "where": {"order": "X1"}}),
    "recorded/ward/order-1.html": "<h1>The order</h1><p data-testid=status>new</p><p data-testid=ward>7</p>"
    "<p data-testid=room>1</p><p data-testid=room>2</p><label>Bed no: <input></label>",
}


def test_every_look_up_is_tried_on_what_was_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    words = ["run", "b", "--project", str(tmp_path), "--screens", str(tmp_path / "recorded")]
    code = run_cli([*words, "--dry-run", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert "targets" in said, said
    assert {one["address"]: (one["found"], one["way"]) for one in said["targets"]} == {
        "ehr.order.status": ("first", 1), "ehr.order.ward": ("healed", 2), "ehr.order.bed": ("missing", 0),
        "ehr.order.room": ("ambiguous", 1), "ehr.other.note": ("not_recorded", 0),
    }  # fmt: skip
    assert [one["near"] for one in said["targets"] if one["near"]] == ["Nearest there: 'Bed no:'."]
    assert (code, said["bad"]) == (1, 2)
    assert run_cli(words) == 2, "recorded screens are for dry runs"


def test_check_says_the_same_with_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    words = ["check", "--project", str(tmp_path), "--screens", str(tmp_path / "recorded"), "--json"]
    assert run_cli(words) == 2
    said = [one for one in json.loads(capsys.readouterr().out)["diagnostics"] if one["code"] == "WR124"]
    assert [(Path(one["file"]).name, one["line"], one["message"].split("'")[1]) for one in said] == [
        ("workflow.yaml", 9, "ehr.order.bed"), ("workflow.yaml", 9, "ehr.order.room"),
    ]  # fmt: skip
    assert said[0]["hint"] == "Nearest there: 'Bed no:'."
    (tmp_path / "empty").mkdir()
    assert run_cli([*words[:3], "--screens", str(tmp_path / "empty")]) == 3
    assert "No screens were recorded" in capsys.readouterr().err
