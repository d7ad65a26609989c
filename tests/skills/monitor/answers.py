"""Observations in numbers, as a ward would make them."""

from __future__ import annotations

from typing import Any

import numpy as np

from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.skills.monitor.records import Observation

SHA = "a" * 64
SEALER = SealedJson(SiteKey(b"k" * 32))


def observed(number: int, score: float | None = 0.5, **changes: Any) -> Observation:
    """One answer; without a score an abstention."""
    given: dict[str, Any] = {
        "day": "2026-11-20",
        "image": f"i{number}",
        "study": f"s{number}",
        "skill": "x",
        "version": "1.0.0",
        "model_sha256": SHA,
        "role": "champion",
        "score": score,
        "decision": "" if score is None else "positive" if score >= 0.7 else "negative" if score < 0.3 else "uncertain",
        "code": "flat" if score is None else "",
        "fields": {"station": "A"},
        "pixels": {"mean": 0.5},
        "blob": "",
    }
    return Observation(**(given | changes))


def ward(n: int, seed: int = 0, *, shift: float = 0.0, refused: float = 0.05, station: str = "A") -> list[Observation]:
    """n answers with scores around 0.4 + shift, some abstentions, two stations."""
    rng = np.random.default_rng(seed)
    scores = np.clip(rng.normal(0.4 + shift, 0.2, n), 0, 1)
    gone = rng.random(n) < refused
    return [
        observed(
            seed * 100_000 + number,
            None if gone[number] else float(scores[number]),
            fields={"station": station if rng.random() < 0.7 else "B"},
            pixels={"mean": float(rng.normal(0.5, 0.1))},
        )
        for number in range(n)
    ]
