"""Measure the skill's map on calibration films of `train`, write ../explanation.json and the figures in skill.yaml.

    python explain.py [--films 300] [--pictures FOLDER]

Films: positives that the skill calls positive, of patients whom the network never saw; `eval` is not read. Figure:
the share of the positive evidence inside the lung fields (robot_library/skills/explanation/lungs.py) against their
share of the area and against the maps of other films (what a map gets by lying in the middle of every film); chance is
the larger of the two. Interval by patient. Beside it: how alike the map stays when the model's weights are shuffled. A
map that is not better than chance is hidden. Run after export.py.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import films
import numpy as np
from evaluate import as_film
from numpy.typing import NDArray

from robot_library.model.skill import Localised
from robot_library.skills import measure
from robot_library.skills.explanation.draw import overlay
from robot_library.skills.explanation.lungs import lung_fields
from robot_library.skills.explanation.occlusion import occlusion
from robot_library.skills.explanation.pointing import boxes_mask, chance, energy_inside, hit
from robot_library.skills.explanation.sanity import alike, shuffled
from robot_library.skills.host import Skill
from robot_library.skills.manifest import model_bytes
from robot_library.skills.session import Session

SKILL = Path(__file__).resolve().parent.parent
SEEDS, SANITY_FILMS, OCCLUDED = (0, 1, 2), 40, 12
WHAT = "share of the positive evidence inside the lung fields"

Floats = NDArray[np.float32]


def chosen(skill: Skill, most: int) -> tuple[list[Floats], list[str]]:
    """Calibration films with pneumonia that the skill calls positive, at most this many, with their patients."""
    data, rng = films.calibration(), np.random.default_rng(0)
    kept: list[Floats] = []
    patients: list[str] = []
    for index in rng.permutation(np.flatnonzero(data.labels == 1)):
        film = as_film(data.pixels[index])
        reading = skill.read(film)
        if reading.code is None and skill.conclude(reading, film).decision == "positive":
            kept.append(film)
            patients.append(data.patients[index])
        if len(kept) == most:
            break
    return kept, patients


def own(session: Session, skill: Skill, film: Floats) -> Floats:
    return np.asarray(session.infer(skill.prepare(film))["evidence"][0, 0], np.float32)


def occluded(skill: Skill, film: Floats) -> Floats:
    def ask(tensors: Sequence[Floats]) -> list[float]:
        return [float(found["logit"][0]) for found in skill.session.infer_many(tensors)]

    return occlusion(skill.prepare(film), ask, 60).values


def located(maps: list[Floats], masks: list[NDArray[np.bool_]], patients: list[str]) -> measure.Estimate:
    """Mean share inside, interval by patient; a map without positive evidence has found nothing: 0."""
    shares = np.nan_to_num(np.array([energy_inside(one, mask) for one, mask in zip(maps, masks, strict=True)]))
    everything = np.ones(len(shares), np.bool_)
    return measure.by_patient(lambda _, some: float(some.mean()), everything, shares, patients)


def adults(skill: Skill) -> dict[str, Any]:
    """Boxes on films of adults, whom this skill refuses: an internal figure, no evidence of its quality."""
    folder = films.data_folder().parent / "cxr_nih"
    table: dict[str, list[tuple[float, float, float, float]]] = {}
    for line in (folder / "boxes_1024px.csv").read_text(encoding="utf-8").splitlines()[1:]:
        name, finding, *numbers = line.split(",")[:6]
        if finding in ("Lung Opacity", "Pneumonia"):
            x, y, width, height = (float(value) for value in numbers)
            table.setdefault(name, []).append((x, y, width, height))
    hits, shares, by_chance = [], [], []
    for name, boxes in sorted(table.items()):
        grey = cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            continue
        mask, found = boxes_mask(boxes, 1024, 256, 256), own(skill.session, skill, as_film(np.asarray(grey, np.uint8)))
        hits.append(hit(found, mask))
        shares.append(energy_inside(found, mask))
        by_chance.append(chance(mask))
    names = {"pointing_game": hits, "energy_in_box": np.nan_to_num(shares), "chance": by_chance}
    return {"n": len(hits)} | {key: round(float(np.mean(values)), 4) for key, values in names.items()}


def sanity(skill: Skill, kept: list[Floats]) -> float:
    """How alike own maps stay when the weights are shuffled: mean absolute rank correlation."""
    model = model_bytes(SKILL, skill.manifest)
    others = [Session(shuffled(model, seed), skill.manifest, {"evidence"}) for seed in SEEDS]
    some = kept[:SANITY_FILMS]
    return float(np.mean([alike(own(skill.session, skill, f), own(other, skill, f)) for other in others for f in some]))


def rounded(estimate: measure.Estimate) -> list[float]:
    return [round(value, 4) for value in (estimate.value, estimate.low, estimate.high)]


def write(found: Localised) -> None:
    """The figures into skill.yaml, behind the line that names the map's output."""
    file, head = SKILL / "skill.yaml", "      output: evidence\n"
    before, after = file.read_text(encoding="utf-8").split(head)
    rest = after[after.index("    calibration:") :]
    block = [
        "      measured:   # by train/explain.py",
        f"        what: {found.what}",
        *(f"        {key}: {getattr(found, key)}" for key in ("score", "chance")),
        f"        ci95: [{found.ci95[0]}, {found.ci95[1]}]",
        *(f"        {key}: {getattr(found, key)}" for key in ("n", "randomised")),
        f"      shown: {str(found.better_than_chance).lower()}",
    ]
    file.write_text(before + head + "\n".join(block) + "\n" + rest, encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=300)
    parser.add_argument("--pictures", type=Path, help="folder for some pictures to look at; not part of the project")
    args = parser.parse_args()
    skill = Skill(SKILL)
    kept, patients = chosen(skill, args.films)
    masks = [lung_fields(film) for film in kept]
    maps = [own(skill.session, skill, film) for film in kept]
    score, area = located(maps, masks, patients), float(np.mean([chance(mask) for mask in masks]))
    other = located(maps[1:] + maps[:1], masks, patients)
    slow = [occluded(skill, film) for film in kept[:OCCLUDED]]
    localised = Localised(
        what=WHAT,
        score=round(score.value, 4),
        chance=round(max(area, other.value), 4),
        ci95=(round(score.low, 4), round(score.high, 4)),
        n=len(kept),
        randomised=round(sanity(skill, kept), 4),
    )
    record = {
        "model_sha256": skill.manifest.model.sha256,
        "films": "pneumonia, called positive, of the calibration patients of train",
        "patients": len(set(patients)),
        "own_map": localised.model_dump(mode="json"),
        "lung_fields_share_of_area": round(area, 4),
        "own_map_of_another_film": rounded(other),
        "pointing_game_in_lung_fields": round(float(np.mean([hit(a, b) for a, b in zip(maps, masks, strict=True)])), 4),
        "occlusion": {"n": len(slow), "score": rounded(located(slow, masks[: len(slow)], patients[: len(slow)]))},
        "occlusion_like_own_map": round(float(np.mean([_agree(a, b) for a, b in zip(maps, slow, strict=False)])), 4),
        "adults_no_evidence_of_quality": adults(skill),
    }
    (SKILL / "explanation.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8", newline="\n")
    write(localised)
    print(json.dumps(record, indent=1))
    if args.pictures:
        for number, (film, mask, one, occ) in enumerate(zip(kept, masks, maps, slow, strict=False)):
            if number < 8:
                _picture(args.pictures / f"{number}.png", film, mask, one, occ)


def _agree(own_map: Floats, other: Floats) -> float:
    small = cv2.resize(other, own_map.shape[::-1], interpolation=cv2.INTER_AREA)
    return alike(own_map, np.asarray(small, np.float32))


def _picture(file: Path, film: Floats, mask: NDArray[np.bool_], one: Floats, occ: Floats) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    (file.parent / f"{file.stem}-own.png").write_bytes(overlay(film, one, 1.776, "pneumonia"))
    (file.parent / f"{file.stem}-occlusion.png").write_bytes(overlay(film, occ * 10, 1.776, "pneumonia", "occlusion"))
    lungs = np.repeat((film * 255).astype(np.uint8)[..., None], 3, axis=2)
    lungs[mask] = (0.7 * lungs[mask] + 0.3 * np.array([255, 120, 0])).astype(np.uint8)
    cv2.imwrite(str(file), lungs)


if __name__ == "__main__":
    main()
