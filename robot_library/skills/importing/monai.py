"""A MONAI bundle as a skill: configs/metadata.json and configs/inference.json, models/model.onnx.

A transform is taken over only where an operation does exactly the same; every other one refuses the bundle by name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from robot_library.errors import SetupError
from robot_library.model.skill.clinical import LARGEST_MODEL
from robot_library.parsing.nodes import read_file
from robot_library.skills.importing.draft import Draft
from robot_library.skills.importing.onnx_file import Looked, look_at

_LARGEST = 16 << 20
_MOST_CHANNELS = 1000

Op = dict[str, Any]
Transform = dict[str, Any]

NOTHING = frozenset(
    {
        "LoadImage",
        "EnsureChannelFirst",
        "AddChannel",
        "AsChannelFirst",
        "EnsureType",
        "ToTensor",
        "CastToType",
        "ToDevice",
    }
)
"""They only bring the voxels: the runtime has channels first, float32."""
INEXACT = {
    "Spacing": "it keeps the corner of the volume in place, `resample` its middle",
    "ResizeWithPadOrCrop": "it pads with 0, `fit` with the lowest value",
    "SpatialPad": "it pads with 0, `fit` with the lowest value",
    "CropForeground": "what it cuts depends on the voxels",
}


def read_bundle(folder: Path, name: str) -> tuple[Draft, bytes, Looked]:
    """The skill's draft, its model, what was seen of it. Raises SetupError."""
    try:
        return _read(folder, name)
    except (AttributeError, TypeError, ValueError, KeyError, OverflowError, RecursionError) as error:
        raise _refused(f"its configs are not as MONAI writes them ({type(error).__name__})") from None


def _read(folder: Path, name: str) -> tuple[Draft, bytes, Looked]:
    metadata, inference = (_json(folder / "configs" / file) for file in ("metadata.json", "inference.json"))
    model = folder / "models" / "model.onnx"
    if not model.is_file():
        raise _refused("models/model.onnx is not there", "Export it: python -m monai.bundle onnx_export.")
    data = read_file(model, LARGEST_MODEL)
    looked = look_at(data)
    _check_whole_volume(inference)
    channels, segments = _channels(metadata), _segments(metadata)
    ops = [op for one in _transforms(inference, "preprocessing") for op in _ops(one, len(channels))]
    if len(looked.input.shape) != 5:
        raise _refused(f"its model has {len(looked.input.shape)} axes; only volumes are taken over")
    draft = Draft(
        name=name,
        task="segmentation",
        kind="volume",
        input=looked.input.name,
        shape=looked.input.shape,
        output=looked.outputs[0].name,
        sha256=hashlib.sha256(data).hexdigest(),
        license=_license(folder, metadata),
        gives=_gives(inference, looked),
        channels=channels,
        segments=segments,
        ops=(*ops, {"to_volume": "ijk"}),
        modality=str(_image(metadata).get("modality") or "TODO"),
        about=f"TODO as a question. The bundle says: {metadata.get('task') or 'nothing'}",
    )
    return draft, data, looked


def _refused(why: str, cure: str = "") -> SetupError:
    return SetupError(f"this bundle cannot become a skill by itself: {why}.", cure=cure)


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_file(file, _LARGEST))
    except (OSError, ValueError) as error:
        raise _refused(f"{file.parent.name}/{file.name} cannot be read ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise _refused(f"{file.name} holds no mapping")
    return found


def _image(metadata: dict[str, Any]) -> dict[str, Any]:
    inputs = metadata.get("network_data_format", {}).get("inputs", {})
    if len(inputs) != 1:
        raise _refused(f"metadata.json names {len(inputs)} inputs, a skill's model has one")
    return dict(next(iter(inputs.values())))


def _channels(metadata: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    image = _image(metadata)
    said = image.get("channel_def") or {}
    if not 0 < int(image.get("num_channels", 1)) <= _MOST_CHANNELS:
        raise _refused("nobody has so many channels")
    names = [str(said.get(str(place), f"channel{place}")) for place in range(int(image.get("num_channels", 1)))]
    return tuple((_word(name, f"channel{place}"), name) for place, name in enumerate(names))


def _word(name: str, otherwise: str) -> str:
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return word if re.match(r"[a-z]", word) else otherwise


def _segments(metadata: dict[str, Any]) -> tuple[tuple[int, str], ...]:
    outputs = metadata.get("network_data_format", {}).get("outputs", {})
    if len(outputs) != 1:
        raise _refused(f"metadata.json names {len(outputs)} outputs; one map is taken over")
    said = next(iter(outputs.values())).get("channel_def") or {}
    found = tuple((int(place), str(label)) for place, label in said.items() if str(label).lower() != "background")
    if not found:
        raise _refused("metadata.json names no segment (channel_def of the output)")
    return tuple(sorted(found))


def _license(folder: Path, metadata: dict[str, Any]) -> str:
    if said := metadata.get("license"):
        return str(said)
    file = next((folder / name for name in ("LICENSE", "docs/license.txt") if (folder / name).is_file()), None)
    return f"TODO as in {file.name}" if file else "TODO"


def _check_whole_volume(inference: dict[str, Any]) -> None:
    inferer = str((inference.get("inferer") or {}).get("_target_", "SimpleInferer")).rpartition(".")[2]
    if inferer != "SimpleInferer":
        raise _refused(f"it reads by {inferer}; a skill's model reads the whole volume at once")


def _transforms(inference: dict[str, Any], part: str) -> list[Transform]:
    compose = inference.get(part) or {}
    found = compose.get("transforms", []) if isinstance(compose, dict) else compose
    return [one for one in found if isinstance(one, dict) and not one.get("_disabled_", False)]


def _name(transform: Transform) -> str:
    """Orientationd, OrientationD, monai.transforms.Orientation → Orientation."""
    name = str(transform.get("_target_", "")).rpartition(".")[2]
    return re.sub(r"(d|D|Dict)$", "", name) if name not in MAPPED and name not in NOTHING else name


def _gives(inference: dict[str, Any], looked: Looked) -> str:
    for one in _transforms(inference, "postprocessing"):
        if _name(one) == "Activations":
            return "class_logits" if one.get("softmax") else "logits" if one.get("sigmoid") else ""
        if _name(one) == "AsDiscrete" and one.get("argmax"):
            return "class_logits"
    return ""


def _ops(transform: Transform, channels: int) -> list[Op]:
    name = _name(transform)
    if name in NOTHING:
        return []
    if name not in MAPPED:
        why = INEXACT.get(name, "no operation does the same")
        raise _refused(f"{name}: {why}", "Write its operations into skill.yaml by hand, and measure what it then does.")
    made = MAPPED[name](transform, channels)
    if made is None:
        raise _refused(f"{name}: no operation does the same with these settings")
    return made


def _number(transform: Transform, key: str, default: float | None = None) -> float | None:
    """A plain number; None for anything else, as an expression of the bundle's."""
    value = transform.get(key, default)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _orientation(transform: Transform, channels: int) -> list[Op] | None:
    axes = transform.get("axcodes")
    return [{"orient": {"axes": axes}}] if isinstance(axes, str) and len(axes) == 3 else None


def _range(transform: Transform, channels: int) -> list[Op] | None:
    a, b = (_number(transform, key) for key in ("a_min", "a_max"))
    low, high = (_number(transform, key) for key in ("b_min", "b_max"))
    if a is None or b is None or low is None or high is None or a >= b or low >= high:
        return None
    factor = (high - low) / (b - a)
    scaled: list[Op] = [{"scale": {"factor": factor, "offset": low - a * factor}}]
    return [*scaled, {"clip": {"low": low, "high": high}}] if transform.get("clip") else scaled


def _each_channel(transform: Transform, channels: int) -> bool:
    """Whether its figures are of each channel for itself, as the runtime's are."""
    return channels == 1 or transform.get("channel_wise") is True


def _percentiles(transform: Transform, channels: int) -> list[Op] | None:
    low, high = (_number(transform, key) for key in ("lower", "upper"))
    bottom, top = (_number(transform, key) for key in ("b_min", "b_max"))
    exact = transform.get("clip") is True and not transform.get("relative") and (bottom, top) == (0, 1)
    if low is None or high is None or not exact or not _each_channel(transform, channels):
        return None
    return [{"percentile_window": {"low": low, "high": high}}]


def _stretch(transform: Transform, channels: int) -> list[Op] | None:
    plain = not set(transform) - {"_target_", "keys", "minv", "maxv", "channel_wise"}
    ends = _number(transform, "minv", 0.0), _number(transform, "maxv", 1.0)
    if not plain or ends != (0, 1) or not _each_channel(transform, channels):
        return None
    return [{"percentile_window": {"low": 0, "high": 100}}]


def _normalize(transform: Transform, channels: int) -> list[Op] | None:
    if transform.get("nonzero") or not _each_channel(transform, channels):
        return None
    given = {key: transform[key] for key in ("subtrahend", "divisor") if transform.get(key) is not None}
    if not given:
        return [{"standardize": {}}]
    mean, std = _number(transform, "subtrahend"), _number(transform, "divisor")
    return None if mean is None or not std else [{"standardize": {"mean": mean, "std": std}}]


MAPPED: dict[str, Callable[[Transform, int], list[Op] | None]] = {
    "Orientation": _orientation,
    "ScaleIntensityRange": _range,
    "ScaleIntensityRangePercentiles": _percentiles,
    "ScaleIntensity": _stretch,
    "NormalizeIntensity": _normalize,
}
