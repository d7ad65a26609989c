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
    from robot_library.parsing.library import Library

    library = Library.find(project)
    folders = [folder / "skills" for folder in library.folders]
    if recalibrate:
        return _recalibrated(folders, name, file, split, provider, quiet=quiet, plain=plain)
    match _task(folders, name):
        case "classification":
            return _films(folders, name, file, split, provider, quiet=quiet, plain=plain)
        case "segmentation":
            return _volumes(folders, name, file, split, provider, quiet=quiet)
        case other:
            raise _cannot(name, other, "be measured with")


def _cannot(name: str, task: str, what: str) -> Exception:
    from robot_library.errors import SetupError

    return SetupError(f"{name} is a {task} skill, which cannot {what} labels.", cure="See its train/ folder.")


def _task(folders: list[Path], name: str) -> str:
    from robot_library.errors import UnknownName
    from robot_library.skills.manifest import MANIFEST, load_manifest

    found = next((folder / name for folder in folders if (folder / name / MANIFEST).is_file()), None)
    if found is None:
        raise UnknownName(f"there is no skill {name!r}.", cure="`wetread skills list` shows those there are.")
    return load_manifest(found).task


def _films(
    folders: list[Path], name: str, file: Path, split: str | None, provider: str | None, *, quiet: bool, plain: bool
) -> tuple[Measured, Path]:
    from robot_library.cli.progress import counted
    from robot_library.skills.evaluation.ask import Asker
    from robot_library.skills.evaluation.evaluate import evaluate_skill
    from robot_library.skills.evaluation.labels import read_labels

    asker = Asker(folders, name, provider)  # type: ignore[arg-type]
    table = read_labels(file, asker.skill.manifest.outputs[0].label)
    with counted(name, quiet=quiet) as progress:
        return evaluate_skill(asker, table, split, progress, plain=plain), asker.skill.folder


def _recalibrated(
    folders: list[Path], name: str, file: Path, split: str | None, provider: str | None, *, quiet: bool, plain: bool
) -> tuple[Measured, Path]:
    from robot_library.cli.progress import counted
    from robot_library.skills.evaluation.ask import Asker
    from robot_library.skills.evaluation.begun import begun
    from robot_library.skills.evaluation.calibrate import recalibrated
    from robot_library.skills.evaluation.evaluate import chosen_rows, evaluate_skill
    from robot_library.skills.evaluation.labels import read_labels

    with begun(folders, name) as looked_in, counted(name, quiet=quiet) as progress:
        if (task := _task(looked_in, name)) != "classification":
            raise _cannot(name, task, "be recalibrated from")
        asker = Asker(looked_in, name, provider)  # type: ignore[arg-type]
        table = read_labels(file, asker.skill.manifest.outputs[0].label)
        asker = recalibrated(asker, table, chosen_rows(table, split), folders, progress, plain=plain)
        return evaluate_skill(asker, table, split, progress, plain=plain), asker.skill.folder


def _volumes(
    folders: list[Path], name: str, file: Path, split: str | None, provider: str | None, *, quiet: bool
) -> tuple[Measured, Path]:
    from robot_library.cli.progress import counted
    from robot_library.skills.evaluation.evaluate import evaluate_volumes
    from robot_library.skills.evaluation.labels import read_labels
    from robot_library.skills.evaluation.volumes import VolumeAsker

    asker = VolumeAsker(folders, name, provider)  # type: ignore[arg-type]
    table = read_labels(file, asker.label, channels=asker.channels)
    with counted(name, quiet=quiet) as progress:
        return evaluate_volumes(asker, table, split, progress), asker.skill.folder
