"""drift.json: how scores, refusals, headers and pixels were distributed when the skill was known to be right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from robot_library.errors import SetupError
from robot_library.model.base import Frozen
from robot_library.skills.monitor.embedding import Cloud, cloud
from robot_library.skills.monitor.records import Observation, today

FILE = "drift.json"
BINS = 10
VALUES = 12
"""Values of a header field that are told apart; all rarer ones are one."""
OTHER = "(other)"
DRIFT = "drift"
"""Code of an answer that was withheld because of drift: it says nothing about the skill."""


class Spread(Frozen):
    """Shares of one quantity: of numbers between `edges` (outer bins open), or of `values`."""

    n: int
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    shares: tuple[float, ...]

    def counts(self, found: Sequence[float] | Sequence[str]) -> list[int]:
        """How many of what was found lie in each bin, or have each value."""
        if self.values:
            known = set(self.values)
            told = Counter(str(value) if str(value) in known else OTHER for value in found)
            return [told[value] for value in self.values]
        places = np.searchsorted(np.asarray(self.edges), np.asarray(found, np.float64), "right")
        return [int(count) for count in np.bincount(places, minlength=len(self.edges) + 1)]


class Reference(Frozen):
    """A window of answers to compare with. after: the store's row up to which it was made; 0 if made elsewhere."""

    skill: str
    version: str
    model_sha256: str
    day: str
    n: int
    after: int = 0
    spreads: dict[str, Spread]
    features: Cloud | None = None
    """None: the skill gives none, or the window was too small."""


def reference(observed: Sequence[Observation], after: int = 0) -> Reference:
    """The distributions of a window. Raises SetupError when it is empty."""
    kept = [one for one in observed if one.code != DRIFT]
    if not kept:
        raise SetupError("there are no answers to make a reference from.", cure="Let the skill run for some weeks.")
    spreads = {name: spread(values) for name, values in quantities(kept).items()}
    return Reference(
        skill=kept[0].skill,
        version=kept[0].version,
        model_sha256=kept[0].model_sha256,
        day=today(),
        n=len(kept),
        after=after,
        spreads={name: one for name, one in spreads.items() if one is not None},
        features=cloud([one.features for one in kept if one.features]),
    )


def quantities(observed: Sequence[Observation]) -> dict[str, list[float] | list[str]]:
    """Every watched quantity of a window by name. Pixels and scores are of what has them."""
    scores = [one.score for one in observed if one.score is not None]
    found: dict[str, list[float] | list[str]] = {
        "score": scores,
        "answered": ["no" if one.code else "yes" for one in observed],
    }
    for name in sorted({key for one in observed for key in one.fields}):
        found[f"header {name}"] = [one.fields.get(name, "absent") for one in observed]
    for name in sorted({key for one in observed for key in one.pixels}):
        found[f"pixels {name}"] = [one.pixels[name] for one in observed if name in one.pixels]
    found["unlike training"] = [one.unlike for one in observed if one.unlike is not None]
    return found


def spread(values: Sequence[float] | Sequence[str]) -> Spread | None:
    """Deciles of numbers, shares of texts; None without any."""
    if not values:
        return None
    if isinstance(values[0], str):
        common = [value for value, _ in Counter(map(str, values)).most_common(VALUES)]
        names = (*common, OTHER)
        empty = Spread(n=len(values), values=names, shares=(0.0,) * len(names))
    else:
        inner = np.quantile(np.asarray(values, np.float64), np.arange(1, BINS) / BINS)
        edges_, often = np.unique(inner, return_counts=True)
        # A value that many share (black background, one matrix size) gets a bin of its own: above it is not like it.
        edges_ = np.union1d(edges_, np.nextafter(edges_[often > 1], np.inf))
        edges = tuple(float(edge) for edge in edges_)
        empty = Spread(n=len(values), edges=edges, shares=(0.0,) * (len(edges) + 1))
    return empty.model_copy(update={"shares": tuple(count / len(values) for count in empty.counts(values))})


def load_reference(*files: Path) -> Reference | None:
    """The first of these files that is there, or None. Raises SetupError: unreadable."""
    for file in files:
        if file.is_file():
            try:
                return Reference.model_validate(json.loads(file.read_text(encoding="utf-8")))
            except (ValueError, RecursionError):
                raise SetupError(f"{file} is no drift reference", cure="Make it again with --baseline.") from None
    return None


def save_reference(file: Path, made: Reference) -> None:
    """Write it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(made.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8", newline="\n")
