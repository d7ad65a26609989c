"""What stands in the files of a command, as what the skill reads: images, stacks of series, texts, rows."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from robot_library.errors import SetupError, WetreadError

if TYPE_CHECKING:
    from robot_library.model.skill import SkillManifest
    from robot_library.model.study import Stack, Study
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.skills.inputs import Subject


class Given(NamedTuple):
    """One thing to read: the path it came from, its name there, and itself or why it is none."""

    path: Path
    name: str
    subject: Subject | WetreadError


def given(
    manifest: SkillManifest, paths: tuple[Path, ...], blobs: FileBlobs, channels: Mapping[str, str]
) -> list[Given]:
    """Everything in the paths, in order. channels: of a volume, channel → pattern of the series' description."""
    match manifest.input.kind:
        case "film":
            return [one for path in paths for one in _images(path, blobs)]
        case "volume":
            return _volumes(manifest, paths, blobs, channels)
        case "text":
            return [Given(path, path.name, _text(path)) for path in paths]
        case "table":
            return [one for path in paths for one in _table(manifest, path)]


def _images(path: Path, blobs: FileBlobs) -> list[Given]:
    """Each file of a folder by itself: one that is damaged keeps nobody from the others."""
    from robot_library.imaging.headers import read_image
    from robot_library.imaging.sources.files import files_of, read_path

    found: list[Given] = []
    for file in files_of(path) or [path]:
        try:
            received = read_path(file, blobs)
        except WetreadError as failure:
            found.append(Given(path, f"object {len(found) + 1}" if path.is_dir() else "", failure))
            continue
        for one in received:
            name = f"object {len(found) + 1}"
            try:
                found.append(Given(path, name, read_image(blobs.get(one.blob), one.blob, "file")))
            except WetreadError as failure:
                found.append(Given(path, name, failure))
    return found


def _volumes(
    manifest: SkillManifest, paths: tuple[Path, ...], blobs: FileBlobs, channels: Mapping[str, str]
) -> list[Given]:
    """A folder or zip is a study; files given one by one are one together."""
    wholes = [(path,) for path in paths if path.is_dir() or path.suffix.lower() == ".zip"]
    loose = tuple(path for path in paths if (path,) not in wholes)
    groups = [*wholes, *([loose] if loose else [])]
    return [one for group in groups for one in _study(manifest, group, blobs, channels)]


def _study(
    manifest: SkillManifest, group: tuple[Path, ...], blobs: FileBlobs, channels: Mapping[str, str]
) -> list[Given]:
    """The stack of a study; or each of its files that cannot be read: it may be a slice at the end, whose absence no
    gap would show."""
    from robot_library.imaging.sources.files import read_path
    from robot_library.imaging.study import assemble

    try:
        study = assemble([one for path in group for one in read_path(path, blobs)], blobs, "file")
    except WetreadError as failure:
        return [Given(group[0], "", failure)]
    if study.refused:
        return [Given(group[0], name, SetupError(why.partition(": ")[2] or why)) for name, why in study.refused]
    return [Given(group[0], group[0].name, _stack(manifest, study, channels))]


def _stack(manifest: SkillManifest, study: Study, channels: Mapping[str, str]) -> Stack | WetreadError:
    from robot_library.actions.series import chosen
    from robot_library.model.study import in_series

    series, names = in_series(study.images), [channel.name for channel in manifest.input.channels]
    there = ", ".join(sorted({one.description or "(without description)" for one in series})) or "none"
    patterns = dict(channels) or ({names[0]: "*"} if len(names) == 1 else {})
    if set(patterns) != set(names):
        raise click.UsageError(
            f"{manifest.skill} reads the channels {', '.join(names)}: say which series each one is, as in "
            f"{' '.join(f'--channel {name}=PATTERN' for name in names)}. Series here: {there}."
        )
    try:
        return chosen(study.study_uid, series, patterns)
    except WetreadError as failure:
        return SetupError(f"{failure.message} Series here: {there}.", cure="Use --channel NAME=PATTERN.")


def _text(path: Path) -> str | WetreadError:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        return SetupError(f"the file cannot be read as UTF-8 text ({type(failure).__name__}).")


def _table(manifest: SkillManifest, path: Path) -> list[Given]:
    """A CSV file with the skill's columns: each row is asked for itself; of a time series, all rows together."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [_row(manifest, row) for row in csv.DictReader(stream)]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as failure:
        return [Given(path, "", SetupError(f"the table cannot be read ({type(failure).__name__})."))]
    if len(manifest.input.shape) == 3:
        return [Given(path, path.name, rows)]
    return [Given(path, f"row {number}", row) for number, row in enumerate(rows, 1)]


def _row(manifest: SkillManifest, row: Mapping[str, str]) -> dict[str, float | None]:
    """The skill's columns; an empty cell is a missing value. Other columns are left alone."""
    cells = {column.name: (row.get(column.name) or "").strip() for column in manifest.input.columns}
    return {name: float(cell) if cell else None for name, cell in cells.items()}


def patterns(texts: tuple[str, ...]) -> dict[str, str]:
    """`--channel NAME=PATTERN` as a mapping."""
    pairs = [text.partition("=") for text in texts]
    if bad := [
        text for text, (name, sign, pattern) in zip(texts, pairs, strict=True) if not (name and sign and pattern)
    ]:
        raise click.UsageError(f"--channel {bad[0]!r}: write NAME=PATTERN, for instance --channel flair='*FLAIR*'.")
    return {name: pattern for name, _, pattern in pairs}
