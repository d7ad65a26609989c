"""`wetread skills evaluate` on a segmentation: masks of phantoms against an expert's, in the series' own grid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from robot_library.cli.main import run_cli
from tests.imaging.dicoms import written
from tests.imaging.slabs import slab
from tests.skills.evaluation.films import table
from tests.skills.volume_skills import BODY, LESION, threshold_model, write_skill

SHAPE, SPACING = (30, 26, 8), (1.0, 2.0, 5.0)

FIGURE = "dice"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_skill(tmp_path / "skills", threshold_model(["n", 1, "h", "w"]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def case(
    place: Path, name: str, lesion: NDArray[np.bool_], expert: NDArray[np.bool_], *, gap: bool = False
) -> dict[str, str]:
    """One series with a bright lesion, files in an order that is not theirs, and the expert's masks beside it."""
    voxels = np.full(SHAPE, BODY, np.int64)
    voxels[:2] = 0  # air: without any contrast it would be refused
    voxels[lesion] = LESION
    slices = slab(voxels, spacing=SPACING)
    (place / name / "t1").mkdir(parents=True)
    (place / name / "mask").mkdir()
    for k, one in enumerate(slices):
        stem = f"{(k * 5) % 8:02}"
        if not (gap and k == 3):
            (place / name / "t1" / f"{stem}.dcm").write_bytes(written(one))
        if expert[:, :, k].any():
            cv2.imwrite(str(place / name / "mask" / f"{stem}.png"), np.uint8(255) * expert[:, :, k].T.astype(np.uint8))
    return {"file:t1": f"{name}/t1", "mask": f"{name}/mask", "patient": name, "sex": "F"}


def block(i: slice, j: slice, k: slice) -> NDArray[np.bool_]:
    made = np.zeros(SHAPE, bool)
    made[i, j, k] = True
    return made


HERE = block(slice(4, 12), slice(3, 9), slice(2, 5))
HALF = block(slice(4, 12), slice(3, 9), slice(2, 8))
NOTHING = np.zeros(SHAPE, bool)


def said(capsys: pytest.CaptureFixture[str], place: Path, rows: list[dict[str, str]], *more: str, code: int = 0) -> Any:
    data = table(place / "labels.csv", rows)
    assert (
        run_cli(["skills", "evaluate", "threshold", "--project", str(place), "--data", str(data), *more, "--json"])
        == code
    )
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    if not code:
        assert list(lines[-1]) == ["n", FIGURE, "ci95", "operating_points", "subgroups", "report"]
    return {key: value for line in lines[-2:] for key, value in line.items()}


def test_dice_is_measured_in_the_grid_of_the_series(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        case(place, "same", HERE, HERE),
        case(place, "half", HERE, HALF),
        case(place, "missed", NOTHING, HERE),
        case(place, "alarm", HERE, NOTHING),
        case(place, "gap", HERE, HERE, gap=True),
    ]
    found = said(capsys, place, rows, "--out", "out")
    assert (found["n"], found["refused"]) == (4, {"series": 1})
    assert found["dice"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert found["ci95"][0] < 0.5
    kept = json.loads((place / "out" / "figures.json").read_text(encoding="utf-8"))["overlap"]
    assert [pair["dice"] for pair in kept["cases"]] == [1, pytest.approx(2 / 3), 0, None]
    ml = int(HERE.sum()) * np.prod(SPACING) / 1000
    assert [pair["found"] for pair in kept["cases"]] == pytest.approx([ml, ml, 0, ml])
    assert (kept["missed"], kept["empty"], kept["false_alarms"]) == (1, 1, 1)
    assert "<svg" in (place / "out" / "report.html").read_text(encoding="utf-8")


def test_an_update_makes_its_card(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [case(place, name, HERE, HERE) | {"split": "eval"} for name in "abc"]
    said(capsys, place, rows, "--update", "--dataset", "Phantoms")
    card = (place / "skills" / "threshold" / "card.md").read_text(encoding="utf-8")
    assert "| Dice, mean over patients | 1.000 [0.439, 1.000] |" in card
    assert "Measured on Phantoms, eval" in card
    assert "looked at 1 time;" in card
    log = (place / "skills" / "threshold" / "eval_log.csv").read_text(encoding="utf-8")
    assert log.startswith("utc,model_sha256,n,dice,")


def test_masks_that_fit_no_slice_are_the_tables_mistake(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = case(place, "a", HERE, HERE)
    (place / "a" / "mask" / "other.png").write_bytes(b"x")
    assert "named like no slice" in said(capsys, place, [row], code=2)["message"]
    (place / "a" / "mask" / "other.png").unlink()
    cv2.imwrite(str(place / "a" / "mask" / "00.png"), np.zeros((5, 5), np.uint8))
    assert "no picture of its slice's size" in said(capsys, place, [row], code=2)["message"]
    assert "'file:t1' is missing" in said(capsys, place, [{"file": "a", "mask": "a/mask"}], code=2)["message"]
    assert "cannot be recalibrated" in said(capsys, place, [row], "--recalibrate", code=3)["message"]


def test_acceptance_of_a_segmentation(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = table(place / "labels.csv", [case(place, f"c{n}", HERE, HERE) for n in range(6)])
    criteria = place / "criteria.yaml"
    text = "acceptance: threshold\nabout: x\nagreed_by: y\nsegmented_cases: {n_min: 5}\ndice_min: 0.5\n"
    text += "abstention_max: 0.5\n"
    criteria.write_text(text, encoding="utf-8")
    arguments = ["acceptance", "threshold", "--project", str(place), "--data", str(data), "--criteria", str(criteria)]
    assert run_cli(arguments) == 0
    assert "GO" in capsys.readouterr().out
    criteria.write_text(text.replace("n_min: 5", "n_min: 50"), encoding="utf-8")
    assert run_cli([*arguments, "--out", "again"]) == 1
    assert "too few" in capsys.readouterr().out
