"""A skill just begun, its calibration and thresholds still TODO: calibration is what fills them in, so it is asked
through a copy with provisional numbers. Its own skill.yaml keeps the TODO until real ones can be written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from robot_library.errors import AuthoringError
from robot_library.parsing.nodes import parse_yaml, read_text
from robot_library.skills.evaluation.calibrate import rewritten
from robot_library.skills.manifest import MANIFEST
from robot_library.skills.placed import Path_, texts

_FITTED = ("calibration", "operating_points")
_NUMBERS: dict[str | int, float] = {
    "slope": 1, "intercept": 0, "prevalence": 0.5, "n": 1, "threshold": 0.5, "sensitivity": 0, "specificity": 0,
    0: 0, 1: 1,
}  # fmt: skip
"""What the copy says meanwhile; 0 and 1: the ends of an interval."""


@contextmanager
def begun(folders: Sequence[Path], name: str) -> Iterator[list[Path]]:
    """Folders to look for the skill in while it is calibrated: a temporary copy first, if all that is TODO in it is
    what calibration writes. Otherwise the folders as they are; loading the skill then says what is left."""
    home = next((folder / name for folder in folders if (folder / name / MANIFEST).is_file()), None)
    text = _provisional(home / MANIFEST) if home is not None else None
    if home is None or text is None:
        yield list(folders)
        return
    with tempfile.TemporaryDirectory() as place:
        copy = Path(shutil.copytree(home, Path(place) / name))
        (copy / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
        yield [Path(place), *folders]


def _provisional(file: Path) -> str | None:
    """The manifest with numbers for what calibration writes; None if nothing of it, or anything else too, is TODO."""
    text = read_text(file, str(file))
    values: dict[Path_, float | str] = {}
    try:
        for path, node in texts(parse_yaml(text, str(file))).items():
            if node.value.startswith("TODO"):
                if path[:2] != ("outputs", 0) or len(path) < 4 or path[2] not in _FITTED or path[-1] not in _NUMBERS:
                    return None
                values[path] = _NUMBERS[path[-1]]
        return rewritten(text, values, str(file)) if values else None
    except AuthoringError:
        return None
