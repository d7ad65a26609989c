"""What a skill takes, and the closed list of operations that lead from it to the model's tensor."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from robot_library.model.base import Frozen


def exactly_one(model: Frozen, what: str) -> None:
    """ValueError unless one key, and only one, was written."""
    if len(model.model_fields_set) != 1:
        raise ValueError(f"{what} has exactly one key: {', '.join(sorted(type(model).model_fields))}")


class Size(Frozen):
    height: int = Field(gt=0)
    width: int = Field(gt=0)


class Percentiles(Frozen):
    """Two percentiles of one image, or of one channel of a volume."""

    low: float = Field(ge=0, lt=100)
    high: float = Field(gt=0, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low must be below high")
        return self


class Standardize(Frozen):
    """Subtract a mean, divide by a deviation: the given numbers, or the image's own where they are left out."""

    mean: float | None = None
    std: float | None = Field(default=None, gt=0)


class Scale(Frozen):
    """value * factor + offset."""

    factor: float = 1.0
    offset: float = 0.0


class Clip(Frozen):
    low: float
    high: float


class Channels(Frozen):
    """(h, w) → (1, channels, h, w); the plane is repeated."""

    channels: int = Field(default=1, ge=1, le=4)


class Measures(Frozen):
    """(h, w) → (1, measures + thumbnail²): values of imaging.quality in this order, then the film shrunk (area average)
    to thumbnail x thumbnail, less its mean, over its deviation."""

    measures: tuple[str, ...] = Field(min_length=1)
    thumbnail: int = Field(default=32, ge=8, le=128)


class Axes(Frozen):
    """Where the three voxel axes point: RAS means the first increases to the right, LIA as FreeSurfer has it."""

    axes: str = Field(pattern=r"^[LRAPSI]{3}$")

    @model_validator(mode="after")
    def _each_direction_once(self) -> Self:
        if len({"LRAPSI".index(letter) // 2 for letter in self.axes}) < 3:
            raise ValueError("three letters, one each of L or R, A or P, S or I")
        return self


class Spacing(Frozen):
    """Voxel size in mm along the three axes, in their present order."""

    mm: tuple[float, float, float]

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if not all(0 < side <= 50 for side in self.mm):
            raise ValueError("a voxel's sides lie between 0 and 50 mm")
        return self


class VoxelSize(Frozen):
    """Voxels along the three axes, in their present order."""

    size: tuple[int, int, int]

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if not all(0 < side <= 1024 for side in self.size):
            raise ValueError("a side has 1 to 1024 voxels")
        return self


class PreprocessOp(Frozen):
    """One operation; exactly one key. The list is closed: a new operation is a new version of it."""

    resize_stretch: Size | None = None
    """To height x width without keeping the aspect and without cropping; area average when shrinking.

    Of a volume: each slice."""
    percentile_window: Percentiles | None = None
    """Percentile `low` becomes 0, `high` becomes 1, clipped; per image, or per channel of a volume."""
    percentile_clip: Percentiles | None = None
    """Values below percentile `low` or above `high` become these; per image, or per channel of a volume."""
    standardize: Standardize | None = None
    scale: Scale | None = None
    clip: Clip | None = None
    to_nchw: Channels | None = None
    """Film only, last."""
    to_measures: Measures | None = None
    """Film only, last: measured values instead of pixels."""
    orient: Axes | None = None
    """Volume only: flip and swap the axes, no interpolation."""
    resample: Spacing | None = None
    """Volume only: to this voxel size, linear."""
    fit: VoxelSize | None = None
    """Volume only: pad with the lowest value or crop, about the centre."""
    to_slices: Literal["all"] | None = None
    """Volume only, last: (channels, i, j, k) → (k, channels, j, i): slices as images, rows down, all in one batch."""
    to_volume: Literal["ijk"] | None = None
    """Volume only, last: (channels, i, j, k) → (1, channels, i, j, k)."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(self, "an operation")
        return self

    @property
    def name(self) -> str:
        """The operation's key."""
        return next(iter(self.model_fields_set))


FILM_ONLY = frozenset({"to_nchw", "to_measures"})
VOLUME_ONLY = frozenset({"orient", "resample", "fit", "to_slices", "to_volume"})
LAST = frozenset({"to_nchw", "to_measures", "to_slices", "to_volume"})


class Preprocess(Frozen):
    """From what the input is to the model's tensor.

    A film is (rows, columns) float32 in 0..1, exactly as DICOM says it looks; a volume (channels, i, j, k) float32, the
    values as DICOM gives them (Modality LUT applied, no window); a table has no operations.
    """

    version: int = Field(ge=1, le=1)
    ops: tuple[PreprocessOp, ...] = ()

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if any(op.name in LAST for op in self.ops[:-1]):
            raise ValueError(f"{', '.join(sorted(LAST))} may only stand last")
        return self


class Channel(Frozen):
    """One sequence of a volume, by the name the workflow gives it; in the order of the tensor's channels."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    about: str = ""


class Column(Frozen):
    """One value of a table: outside min..max, or absent, the skill abstains."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    unit: str = ""
    min: float
    max: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min >= self.max:
            raise ValueError("min must be less than max")
        return self


class TensorInput(Frozen):
    """The model's input: what is given, its name in the model, and its shape with batch first (-1: any length)."""

    kind: Literal["film", "volume", "text", "table"] = "film"
    name: str
    shape: tuple[int, ...] = Field(min_length=1)
    channels: tuple[Channel, ...] = ()
    """A volume's sequences; they must lie on one grid."""
    columns: tuple[Column, ...] = ()
    """A table's values, in the tensor's order; shape (1, columns), or (1, rows, columns) for a time series."""
    max_characters: int = Field(default=20_000, ge=1)
    """Of a text; the model takes it as one string tensor (1,) or (1, 1)."""

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if any(side < 1 and side != -1 for side in self.shape):
            raise ValueError("a side of the shape is a positive number, or -1 for any length")
        if (self.kind == "volume") != bool(self.channels):
            raise ValueError("channels are named for a volume, and only for one")
        if (self.kind == "table") != bool(self.columns):
            raise ValueError("columns are named for a table, and only for one")
        if self.columns and self.shape[-1] != len(self.columns):
            raise ValueError("the last side of a table's shape is its number of columns")
        names = [channel.name for channel in self.channels] + [column.name for column in self.columns]
        if len(set(names)) < len(names):
            raise ValueError("two channels or columns have the same name")
        return self
