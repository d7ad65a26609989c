"""The only look at `brain_lgg`: measure the skill as shipped, log the look, write evaluation.json and card.md.

    python evaluate.py

The model file through ONNX Runtime, threshold and gate limit from skill.yaml, on 12 patients that no step of the
making saw. Then the gate alone, on what wrong.py makes of these patients and on volumes from elsewhere (others.py).
Every run appends a line to eval_log.csv. Change nothing of the model because of what is seen here.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import card
import cv2
import figures
import gate
import numpy as np
import others
import slices
import wrong
from slices import EVAL, Stored, Volume

from robot_library.model.skill import SkillManifest
from robot_library.skills.manifest import load_manifest, model_bytes
from robot_library.skills.session import Session, scalar

SKILL = Path(__file__).resolve().parent.parent
LOG = Path(__file__).parent / "eval_log.csv"
PUBLISHED = {"mean": 0.836, "source": "Buda 2019, another split and training set"}
STRIPPED_PATIENT = "TCGA_DU_7294"


class Model:
    """model.onnx with the manifest's threshold and gate."""

    def __init__(self, manifest: SkillManifest) -> None:
        segmentation, strange = manifest.segmentation, manifest.gates.ood
        if segmentation is None or strange is None:
            raise SystemExit("the manifest has no segmentation or no gate")
        self.session = Session(model_bytes(SKILL, manifest), manifest, {segmentation.output, strange.output})
        self.gate = _gate_alone(SKILL / manifest.model.file, strange.output)
        self.level = float(np.log(segmentation.threshold / (1 - segmentation.threshold)))
        self.most = strange.max

    def __call__(self, stored: Stored) -> tuple[Any, float]:
        """Mask (n, 256, 256) and distance."""
        given = self.session.infer(slices.prepare(stored))
        return given["logits"][:, 0] >= self.level, scalar(given, "distance")

    def refuses(self, stored: Stored) -> bool:
        """Whether the gate turns this volume away; a distance that is no number counts as a refusal."""
        (distance,) = self.gate.run(None, {"volume": slices.prepare(stored)})
        return not float(distance[0]) <= self.most


def _gate_alone(model: Path, output: str) -> Any:
    """The part of the graph that leads to the distance: a tenth of the time where no mask is asked for."""
    import onnx
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "gate.onnx"
        onnx.utils.extract_model(str(model), str(part), ["volume"], [output])
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(part.read_bytes(), options, providers=["CPUExecutionProvider"])


def row(model: Model, volume: Volume) -> dict[str, Any]:
    """One patient's figures, without the patient's id."""
    mask, distance = model(volume.stored)
    ml = figures.nominal_voxel_ml(volume.stored)
    return {
        "slices": len(volume.stored),
        "sequence_missing": volume.missing,
        "dice": round(figures.dice(mask, volume.mask), 4),
        "true_voxels": int(volume.mask.sum()),
        "found_voxels": int(mask.sum()),
        "true_ml": round(float(volume.mask.sum() * ml), 1),
        "distance": round(distance, 3),
        "refused": not distance <= model.most,
    }


def share(model: Model, volumes: Iterable[Stored]) -> dict[str, Any]:
    """How many of these volumes are refused."""
    refused = [model.refuses(stored) for stored in volumes]
    return {"n": len(refused), "refused": round(float(np.mean(refused)), 4)}


def spoilt(volumes: list[Volume], name: str) -> Iterable[Stored]:
    """Every volume made wrong in one way."""
    for place, volume in enumerate(volumes):
        other = volumes[(place + 5) % len(volumes)]
        rng = np.random.default_rng([777, place, len(name)])
        made = wrong.KINDS[name](volume.stored.astype(np.float32), other.stored.astype(np.float32), rng)
        yield np.clip(np.rint(made), 0, 255).astype(np.uint8)


def stripped_without_gate(model: Model) -> dict[str, Any]:
    """What the gate keeps away: the skull-stripped patient's Dice against the fusion of five published algorithms."""
    stored = others.bet(("t1", "fla", "t1c"), 1, True)
    mask, distance = model(stored)
    learnt = distance - copy_part(stored)
    path = slices.data_folder() / "brain_nifti/TCGA-DU-7294/fusion__mav.nii.gz"
    labels, voxel_ml = others.nifti(path)
    truth = np.pad(labels.transpose(2, 1, 0) > 0, ((0, 0), (8, 8), (8, 8)))
    dice = round(figures.dice(mask, truth), 4)
    return {
        "dice_if_it_answered": dice,
        "distance": round(distance, 3),
        "learnt_part": round(learnt, 3),
        "consensus_ml": round(float(truth.sum() * voxel_ml), 1),
    }


def copy_part(stored: Stored) -> float:
    """What the rule against one sequence sent twice adds to a volume's distance (gate.py)."""
    import torch

    apart = float(gate.nearest(torch.from_numpy(slices.prepare(stored))))
    return float(gate.COPY_COUNTS * np.sqrt(max(0.0, 1 - apart / gate.COPY_BELOW)))


def evaluate() -> dict[str, Any]:
    """All figures of the card."""
    manifest = load_manifest(SKILL)
    model, volumes = Model(manifest), slices.read_split(EVAL)
    rows = [row(model, volume) for volume in volumes]
    whole = [volume for volume in volumes if not volume.missing]
    refusals = {name: share(model, spoilt(whole, name)) for name in wrong.KINDS}
    refusals |= {name: share(model, make()) for name, make in others.OTHERS.items()}
    total = sum(part["n"] for part in refusals.values())
    stripped = next(
        row for row, volume in zip(rows, volumes, strict=True) if volume.patient.startswith(STRIPPED_PATIENT)
    )
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "model_sha256": manifest.model.sha256,
        "dataset": "TCGA-LGG slices with outlines of Buda et al.",
        "split": "12 patients (split brain_lgg)",
        "all": figures.summary(rows),
        "accepted": figures.summary([row for row in rows if not row["refused"]]),
        "published": PUBLISHED,
        "right": {"n": len(whole), "refused": sum(r["refused"] for r in rows if not r["sequence_missing"])},
        "missing": {"n": len(rows) - len(whole), "refused": sum(r["refused"] for r in rows if r["sequence_missing"])},
        "wrong": {"n": total, "refused": round(sum(p["n"] * p["refused"] for p in refusals.values()) / total, 4)},
        "refusals": refusals,
        "skull_stripped_patient": stripped_without_gate(model) | {"expert_nominal_ml": stripped["true_ml"]},
        "rows": rows,
        "looked": looks() + 1,
    }


def looks() -> int:
    """How many lines the log holds."""
    return max(0, len(LOG.read_text(encoding="utf-8").splitlines()) - 1) if LOG.is_file() else 0


def log(found: dict[str, Any]) -> None:
    """Append this look."""
    new = not LOG.is_file()
    with LOG.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if new:
            writer.writerow(
                ["utc", "model_sha256", "what", "n", "dice_mean", "low", "high", "right_refused", "wrong_refused"]
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        dice, right = found["all"]["dice_mean"], found["right"]
        numbers = [f"{dice[key]:.4f}" for key in ("value", "low", "high")]
        refused = [f"{right['refused']} of {right['n']}", f"{found['wrong']['refused']:.4f}"]
        writer.writerow([now, found["model_sha256"], "evaluate.py", dice["n"], *numbers, *refused])


def main() -> None:
    cv2.setNumThreads(1)
    found = evaluate()
    log(found)
    (SKILL / "evaluation.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(card.write(SKILL))


if __name__ == "__main__":
    main()
