"""Golden cases: synthetic films by seed, and two made worse, kept as files; written at the end of ../skill.yaml."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
from degrade import FAULTS

from robot_library.hospital.films import make_film
from robot_library.skills.golden import shown
from robot_library.skills.host import Skill

SKILL = Path(__file__).resolve().parent.parent
SEEDS = ((1, "normal"), (2, "pneumonia"), (3, "normal"))
SPOILED = ("noise", "blur")


def case(skill: Skill, film: np.ndarray[tuple[int, int], np.dtype[np.float32]], given: str) -> str:
    """One line of the manifest."""
    reading = skill.read(film)
    said = skill.conclude(reading, film)
    return f"  - {{{given}, expect: {{score: {reading.score:.5f}, decision: {said.decision}}}, atol: 0.002}}"


def main() -> None:
    skill = Skill(SKILL)
    lines = []
    for seed, kind in SEEDS:
        film = shown(make_film(seed, kind))  # type: ignore[arg-type]
        lines.append(case(skill, film, f"film: {{seed: {seed}, kind: {kind}}}"))
    (SKILL / "golden").mkdir(exist_ok=True)
    for fault in SPOILED:
        film = cv2.resize(shown(make_film(9, "normal")), (224, 192), interpolation=cv2.INTER_AREA)
        film = FAULTS[fault](film.astype(np.float32), 0.8, np.random.default_rng(3))
        file = SKILL / "golden" / f"{fault}.npy"
        np.save(file, film)
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        lines.append(case(skill, film, f"file: golden/{fault}.npy, sha256: {sha256}"))
    manifest = SKILL / "skill.yaml"
    text = manifest.read_text(encoding="utf-8").partition("\ngolden:\n")[0].rstrip("\n")
    manifest.write_text(text + "\n\ngolden:\n" + "\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
