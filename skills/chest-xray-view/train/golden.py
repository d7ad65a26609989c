"""Write the golden cases into skill.yaml: synthetic films by seed, and what this model says about them.

    python golden.py

Run after export.py. A golden case proves that another machine computes the same, and nothing about patients.
"""

from __future__ import annotations

from pathlib import Path

from robot_library.hospital.films import make_film
from robot_library.hospital.films.film import Kind
from robot_library.skills.golden import answer, shown
from robot_library.skills.host import Skill

SKILL = Path(__file__).resolve().parent.parent
HEAD = "\ngolden:\n"
KINDS: tuple[Kind, ...] = ("normal", "pneumonia")


def main() -> None:
    skill, file = Skill(SKILL), SKILL / "skill.yaml"
    lines = []
    for kind in KINDS:
        for seed in (1, 2):
            said = answer(skill, shown(make_film(seed, kind)))
            expect = f"{{score: {said.score:.5f}, decision: {said.decision}}}"
            lines.append(f"  - {{film: {{seed: {seed}, kind: {kind}}}, expect: {expect}, atol: 0.001}}\n")
    before = file.read_text(encoding="utf-8").split(HEAD)[0].rstrip("\n")
    file.write_text(before + "\n" + HEAD + "".join(lines), encoding="utf-8")
    print("".join(lines))


if __name__ == "__main__":
    main()
