"""Write the golden cases into skill.yaml: synthetic films by seed, and what this model says about them.

    python golden.py

Run after export.py, on a machine where the skill is known to be right. A golden case proves that another machine
computes the same; it proves nothing about children, because no child is in it.
"""

from __future__ import annotations

from pathlib import Path

from robot_library.hospital.films import make_film
from robot_library.hospital.films.film import Kind
from robot_library.model.skill import Expect
from robot_library.skills.golden import answer, shown
from robot_library.skills.host import Skill

SKILL = Path(__file__).resolve().parent.parent
HEAD = "\ngolden:\n"
KINDS: tuple[Kind, ...] = ("normal", "pneumonia")
CASES = [(seed, kind) for kind in KINDS for seed in (1, 2, 3)]


def line(seed: int, kind: Kind, expect: Expect) -> str:
    """One case as YAML."""
    if expect.score is None:
        told = f"{{abstains: {expect.abstains}}}"
    else:
        told = f"{{score: {expect.score:.5f}, decision: {expect.decision}}}"
    return f"  - {{film: {{seed: {seed}, kind: {kind}}}, expect: {told}, atol: 0.001}}\n"


def main() -> None:
    skill = Skill(SKILL)
    cases = "".join(line(seed, kind, answer(skill, shown(make_film(seed, kind)))) for seed, kind in CASES)
    file = SKILL / "skill.yaml"
    before = file.read_text(encoding="utf-8").split(HEAD)[0].rstrip("\n")
    file.write_text(before + "\n" + HEAD + cases, encoding="utf-8")
    print(cases)


if __name__ == "__main__":
    main()
