"""A torch checkpoint and the importer's recipe → ONNX, which must give the same numbers.

The recipe is a Python file of the importer's own; it is executed. It has

    def model(): ...             the torch.nn.Module, without its weights
    SHAPE = (1, 1, 64, 64, 64)   of an input to export and compare with, batch first
    INPUT, OUTPUTS = "image", ("logits",)      names in the ONNX file (left out: "input", "output")
    DYNAMIC = {0: "batch"}       axes of any length, of input and outputs alike (left out: none)
    OPSET = 17
"""

from __future__ import annotations

import io
import runpy
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from robot_library.errors import SetupError

ROUNDS = 5
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Agreement:
    """max |torch - ONNX| over `rounds` random inputs, and the largest number that torch gave."""

    difference: float
    largest: float
    rounds: int

    def __str__(self) -> str:
        return (
            f"torch and ONNX Runtime differ by at most {self.difference:.2g} over {self.rounds} random inputs "
            f"(largest number {self.largest:.3g})"
        )


def export(checkpoint: Path, recipe: Path, tolerance: float = TOLERANCE) -> tuple[bytes, Agreement]:
    """The model as ONNX. Raises SetupError: no torch, a recipe or weights that do not fit, numbers that differ by more
    than `tolerance` (relative to the largest number, if that is above 1)."""
    try:
        import torch
    except ImportError:
        raise SetupError("a checkpoint needs the package torch.", cure='pip install "wetread[train]"') from None
    said = _recipe(recipe)
    network = said["model"]()
    _load(network, checkpoint)
    network.eval()
    names = [str(said.get("INPUT", "input")), *(str(one) for one in said.get("OUTPUTS", ("output",)))]
    dynamic = {name: dict(said["DYNAMIC"]) for name in names} if said.get("DYNAMIC") else None
    shape = tuple(int(side) for side in said["SHAPE"])
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter speaks of its own future
        export: Any = torch.onnx.export  # typed only where torch is installed
        export(
            network, (torch.zeros(shape),), stream,
            input_names=names[:1], output_names=names[1:],
            dynamic_axes=dynamic, opset_version=int(said.get("OPSET", 17)), dynamo=False,
        )  # fmt: skip
    data = stream.getvalue()
    agreement = compare(network, data, shape)
    if not agreement.difference <= tolerance * max(1.0, agreement.largest):
        raise SetupError(
            f"refused: {agreement}; {tolerance:g} is allowed.", cure="Look for what was exported otherwise."
        )
    return data, agreement


def _recipe(file: Path) -> dict[str, Any]:
    try:
        said = runpy.run_path(str(file))
    except Exception as error:
        raise SetupError(f"the recipe {file.name} cannot be run ({type(error).__name__}: {error}).") from error
    if missing := [name for name in ("model", "SHAPE") if name not in said]:
        raise SetupError(f"the recipe {file.name} has no {' and no '.join(missing)}.")
    return said


def _load(network: Any, checkpoint: Path) -> None:
    """Weights only: a checkpoint that would run code is refused by torch."""
    import torch

    try:
        weights = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle's and torch's own types
        raise SetupError(
            f"{checkpoint.name} cannot be read as weights alone ({type(error).__name__}).",
            cure="Save it anew with torch.save(model.state_dict(), file).",
        ) from None
    weights = weights.get("state_dict", weights) if isinstance(weights, dict) else weights
    try:
        network.load_state_dict(weights)
    except Exception as error:
        raise SetupError(f"the weights do not fit the recipe's model: {error}") from None


def compare(network: Any, data: bytes, shape: tuple[int, ...], rounds: int = ROUNDS) -> Agreement:
    """Both on the same random inputs (normal, seeded)."""
    import onnxruntime as ort
    import torch

    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0].name
    random = np.random.default_rng(0)
    difference, largest = 0.0, 0.0
    for _ in range(rounds):
        tensor = random.standard_normal(shape, np.float32)
        with torch.no_grad():
            theirs = network(torch.from_numpy(tensor))
        theirs = theirs if isinstance(theirs, tuple | list) else (theirs,)
        for one, other in zip(session.run(None, {given: tensor}), theirs, strict=True):
            difference = max(difference, float(np.abs(one - other.numpy()).max()))
            largest = max(largest, float(other.abs().max()))
    return Agreement(difference, largest, rounds)
