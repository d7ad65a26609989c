"""labels.csv → rows: which file, what is true of it, whose it is, which groups it belongs to.

    file,label,patient,sex,age,view,source,split,group:ward
    a/1.dcm,1,p-017,F,4,AP,portable,eval,emergency

`file` and `mask` are paths from the table's own folder. `label` is 1/0, positive/negative, yes/no, or the finding's
name (or normal). A table of scores has `score` in the place of `file`; an empty score is an abstention, its reason
in `code`. A table of volumes has a folder for each series (`file:pre`, `file:flair`) and one of masks (`mask`).
Messages say line and column and never repeat what stands in a cell: a cell can hold a patient's name.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from robot_library.model.diagnostic import Place
from robot_library.parsing.problems import Problems, single

KNOWN = ("file", "label", "mask", "score", "code", "patient", "sex", "age", "view", "source", "split")
GROUPED = ("sex", "age", "view", "source")
OWN, SERIES = "group:", "file:"
CALIBRATION = "calibration"
UNKNOWN = "unknown"
AGES = ((1, "under 1"), (6, "1 to 5"), (18, "6 to 17"), (40, "18 to 39"), (65, "40 to 64"), (math.inf, "65 and older"))
"""Upper end (not included) and name of each age band, in years."""
_POSITIVE = {"1", "1.0", "positive", "pos", "yes", "true"}
_NEGATIVE = {"0", "0.0", "negative", "neg", "no", "false", "normal", "no finding"}
_AGE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*([DWMY]?)", re.ASCII)
_YEARS = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0, "": 1.0}


@dataclass(frozen=True)
class Row:
    """One case. `score` is None where a table of scores says that nothing was answered, NaN where files are asked."""

    line: int
    patient: str
    split: str = ""
    file: Path | None = None
    positive: bool = False
    mask: Path | None = None
    series: Mapping[str, Path] = field(default_factory=dict)
    """Folder of each channel of a volume."""
    score: float | None = math.nan
    code: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A labels file as read. `ignored` are columns that mean nothing here."""

    file: Path
    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    data: bytes

    @property
    def by_patient(self) -> bool:
        """Whether cases say whose they are; without that each counts as a patient of its own."""
        return "patient" in self.columns

    @property
    def grouped(self) -> tuple[str, ...]:
        """Columns that make subgroups, in the table's order."""
        return tuple(name for name in self.columns if name in GROUPED or name.startswith(OWN))


def read_labels(file: Path, label: str, *, scores: bool = False, channels: Sequence[str] = ()) -> Table:
    """The table of a file. Raises AuthoringError with every mistake and its line.

    label: name of the skill's finding, which may stand in the column `label`.
    scores: a table of scores (score, label) instead of files. channels: of a segmentation (file:channel, …, mask).
    """
    data = _bytes(file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = Place(file=str(file), line=data.count(b"\n", 0, error.start) + 1)
        raise single(where, "SK101", "the file is not UTF-8 text", "Save it as CSV UTF-8.") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    problems = Problems()
    needed = (
        [f"{SERIES}{name}" for name in channels] + ["mask"] if channels else ["score" if scores else "file", "label"]
    )
    columns = _columns(reader, file, problems, needed)
    problems.raise_if_any()
    rows = _Rows(file, columns, label.casefold(), problems)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.take(reader.line_num, cells)
    except csv.Error:
        problems.add(Place(file=str(file), line=reader.line_num), "SK101", "this line is no CSV: check its quotes")
    problems.raise_if_any()
    if not rows.found:
        raise single(Place(file=str(file)), "SK102", "the table has no rows")
    known = tuple(name for name in columns if name in KNOWN or name.startswith((OWN, SERIES)))
    ignored = tuple(name for name in columns if name and name not in known)
    return Table(file, tuple(rows.found), known, ignored, data)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        reason = "is a folder" if file.is_dir() else (error.strerror or "cannot be read").lower()
        raise single(Place(file=str(file)), "SK101", f"the file cannot be read: {reason}") from None


def _delimiter(text: str) -> str:
    """Comma; or semicolon, as spreadsheets write it where the comma is the decimal sign."""
    head = text.partition("\n")[0]
    return ";" if ";" in head and "," not in head else ","


def _columns(reader: Iterator[list[str]], file: Path, problems: Problems, wanted: Sequence[str]) -> list[str]:
    place = Place(file=str(file))
    try:
        head = next(reader, [])
    except csv.Error:
        head = []
    columns = [name.strip() if name.strip().startswith(OWN) else name.strip().lower() for name in head]
    for needed in wanted:
        if needed not in columns:
            problems.add(place, "SK103", f"the column '{needed}' is missing", f"Known: {', '.join(KNOWN)}, {OWN}….")
    for name in {name for name in columns if name and columns.count(name) > 1}:
        problems.add(place, "SK103", f"the column '{name[:60]}' is there twice")
    for name in columns:
        near = get_close_matches(name, KNOWN, 1, 0.8)
        if name not in KNOWN and near and near[0] not in columns:
            problems.add(place, "SK103", f"the column '{name[:60]}' means nothing", f"Did you mean '{near[0]}'?")
    return columns


class _Rows:
    """Collects rows, and everything that is wrong with them."""

    def __init__(self, file: Path, columns: list[str], label: str, problems: Problems) -> None:
        self.found: list[Row] = []
        self._file, self._columns, self._problems = file, columns, problems
        self._positive, self._negative = _POSITIVE | {label}, _NEGATIVE | {f"no {label}"}
        self._lines: dict[tuple[str, Path], int] = {}

    def take(self, line: int, cells: list[str]) -> None:
        if len(cells) != len(self._columns):
            self._wrong(line, f"{len(cells)} cells in this line, {len(self._columns)} in the first")
            return
        row = {name: cell.strip() for name, cell in zip(self._columns, cells, strict=True)}
        self.found.append(
            Row(
                line=line,
                patient=self._patient(line, row),
                split=row.get("split", "").lower(),
                file=self._path(line, row, "file"),
                positive=self._label(line, row),
                mask=self._path(line, row, "mask"),
                series=self._series(line, row),
                score=self._score(line, row),
                code=row.get("code", ""),
                groups=self._groups(row),
            )
        )

    def _wrong(self, line: int, message: str, hint: str = "") -> None:
        self._problems.add(Place(file=str(self._file), line=line), "SK104", message, hint)

    def _patient(self, line: int, row: Mapping[str, str]) -> str:
        if "patient" in row and not row["patient"]:
            self._wrong(line, "patient: empty", "Intervals are by patient: fill it in, or leave the column out.")
        return row.get("patient") or f"line {line}"

    def _label(self, line: int, row: Mapping[str, str]) -> bool:
        if "label" not in row:
            return False
        said = row["label"].casefold()
        if said not in self._positive | self._negative:
            self._wrong(line, "label: neither positive nor negative", "Write 1 or 0, or the finding's name or normal.")
        return said in self._positive

    def _path(self, line: int, row: Mapping[str, str], column: str) -> Path | None:
        if column not in row or "score" in row:
            return None
        path = self._file.parent / row[column]
        if not row[column] or not path.exists():
            self._wrong(line, f"{column}: there is no such file", "Paths start at the table's folder.")
        elif column.startswith("file") and (first := self._lines.setdefault((column, path.resolve()), line)) != line:
            self._wrong(line, f"file: the same as in line {first}", "A case counts once.")
        return path

    def _series(self, line: int, row: Mapping[str, str]) -> dict[str, Path]:
        paths = {name.removeprefix(SERIES): self._path(line, row, name) for name in row if name.startswith(SERIES)}
        return {name: path for name, path in paths.items() if path is not None}

    def _score(self, line: int, row: Mapping[str, str]) -> float | None:
        if "score" not in row:
            return math.nan
        if not row["score"]:
            return None
        try:
            score = float(row["score"])
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            self._wrong(line, "score: no finite number", "Leave it empty where nothing was answered.")
        return score

    def _groups(self, row: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for name, cell in row.items():
            if name == "age":
                found[name] = age_band(cell)
            elif name in GROUPED:
                found[name] = cell.upper() or UNKNOWN
            elif name.startswith(OWN):
                found[name] = cell or UNKNOWN
        return found


def in_order(values: set[str]) -> list[str]:
    """Values of a group as a reader expects them: age bands by age, all others by name, unknown last."""
    bands = [name for _, name in AGES]
    return sorted(values, key=lambda value: (value == UNKNOWN, bands.index(value) if value in bands else 0, value))


def age_band(text: str) -> str:
    """The band of an age in years (4, 4.5), as DICOM writes it (004Y, 018M), or a band; else `unknown`."""
    if any(text.strip() == name for _, name in AGES):
        return text.strip()
    match = _AGE.fullmatch(text.strip().upper())
    if match is None:
        return UNKNOWN
    years = float(match[1]) / _YEARS[match[2]]
    return next(name for below, name in AGES if years < below)
