"""A skill measured on a table, with a bar: what `evaluate` and `acceptance` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robot_library.skills.evaluation.evaluate import Measured


def measured(
    name: str, file: Path, split: str | None, project: Path | None, provider: str | None, *, quiet: bool, plain: bool,
    recalibrate: bool = False,
) -> tuple[Measured, Path]:  # fmt: skip
    """What was measured, and the skill's folder. Raises AuthoringError (the table), SetupError (the skill)."""
    from robot_library.cli.progress import counted
    from robot_library.errors import SetupError
    from robot_library.parsing.library import Library
    from robot_library.skills.evaluation.ask import Asker
    from robot_library.skills.evaluation.calibrate import recalibrated
    from robot_library.skills.evaluation.evaluate import chosen_rows, evaluate_skill
    from robot_library.skills.evaluation.labels import read_labels

    folders = [folder / "skills" for folder in Library.find(project).folders]
    asker = Asker(folders, name, provider)  # type: ignore[arg-type]
    manifest = asker.skill.manifest
    if manifest.task != "classification":
        raise SetupError(
            f"{name} is a {manifest.task} skill; labels measure a classification.",
            cure="Its train/ folder says how it was measured.",
        )
    table = read_labels(file, manifest.outputs[0].label)
    with counted(name, quiet=quiet) as progress:
        if recalibrate:
            asker = recalibrated(asker, table, chosen_rows(table, split), folders, progress, plain=plain)
        return evaluate_skill(asker, table, split, progress, plain=plain), asker.skill.folder
