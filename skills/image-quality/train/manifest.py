"""skill.yaml from skill.yaml.in and what was measured: words there, numbers nowhere."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent


def write_manifest(found: dict[str, Any]) -> None:
    """Fill in the names of the template; measures and points as YAML of their own. Golden cases are kept."""
    target = HERE.parent / "skill.yaml"
    words = Template((HERE / "skill.yaml.in").read_text(encoding="utf-8"))
    children, adults, synthetic = found["fitted"].values()
    text = words.substitute(
        sha256=found["sha256"],
        children=children[0],
        children_patients=children[1],
        adults=adults[0],
        adults_patients=adults[1],
        synthetic=synthetic[0],
        slope=found["slope"],
        intercept=found["intercept"],
        prevalence=found["prevalence"],
        n=found["n"],
        rule_out=flow(found["rule_out"]),
        rule_in=flow(found["rule_in"]),
        names=", ".join(one["name"] for one in found["measures"][:-1]),
        measures="\n".join(f"    - {flow(one)}" for one in found["measures"]),
    )
    target.write_text(text, encoding="utf-8", newline="\n")


def flow(value: Any) -> str:
    """One line of YAML."""
    return str(yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)).strip()
