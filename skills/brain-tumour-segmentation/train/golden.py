"""Write the golden cases: a synthetic head in the right and in a wrong order, and what this model says of each.

    python golden.py

Run after export.py, on a machine where the skill is known to be right. A golden case proves that another machine
computes the same; it proves nothing about patients, because no patient is in it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np

from robot_library.hospital.heads import SEQUENCES, Head, make_head
from robot_library.model.skill import Expect
from robot_library.skills.golden import answer, as_scan
from robot_library.skills.host import Skill

SKILL = Path(__file__).resolve().parent.parent
HEAD = "\ngolden:\n"
ORDERS = {"head": (0, 1, 2), "head-other-order": (1, 0, 2)}
SIDE = 128


def write(name: str, head: Head, order: tuple[int, ...]) -> str:
    """golden/<name>.npz, voxel axes to the left, to the back, upwards; the file's path from the skill's folder.

    Half the side and 8 bits, so that the file stays small.
    """
    file = f"golden/{name}.npz"
    (SKILL / "golden").mkdir(exist_ok=True)
    small = [
        [cv2.resize(plane, (SIDE, SIDE), interpolation=cv2.INTER_AREA) // 16 for plane in head.stored[sequence]]
        for sequence in SEQUENCES
    ]
    channels = np.array(small, np.float32).transpose(0, 3, 2, 1)[list(order)]
    affine = np.diag([-2 * head.spacing, -2 * head.spacing, head.between, 1.0])
    np.savez_compressed(SKILL / file, channels=channels, affine=affine)
    return file


def line(file: str, expect: Expect) -> str:
    """One case as YAML."""
    sha256 = hashlib.sha256((SKILL / file).read_bytes()).hexdigest()
    if expect.score is None:
        told = f"{{abstains: {expect.abstains}}}"
    else:
        told = f"{{score: {expect.score:.5f}, decision: {expect.decision}}}"
    return f"  - {{file: {file}, sha256: {sha256}, expect: {told}, atol: 0.001}}\n"


def main() -> None:
    skill = Skill(SKILL)
    head = make_head(1, lesion_ml=30, slices=16)
    files = [write(name, head, order) for name, order in ORDERS.items()]
    cases = "".join(line(file, answer(skill, as_scan((SKILL / file).read_bytes()))) for file in files)
    manifest = SKILL / "skill.yaml"
    before = manifest.read_text(encoding="utf-8").split(HEAD)[0].rstrip("\n")
    manifest.write_text(before + "\n" + HEAD + cases, encoding="utf-8")
    print(cases)


if __name__ == "__main__":
    main()
