"""The trained generator: a seed and a class in, one 224 × 224 film out."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.errors import SetupError
from robot_library.hospital.films.film import Kind

if TYPE_CHECKING:
    import onnxruntime

FILM_MODEL_SHA256 = "498361f70fb13655ed6f81b220c87947229f33f37fa6d3dead168344ec0d1734"
"""sha256 of generator.onnx. Trained on Kermany et al. 2018 (Cell 172:1122, CC BY 4.0); see README.md."""

SIDE = 224
TYPICALITY = 1.4
_BANDS = ((0.0, 1.0), (1.0, 2.0))
_GRAIN = 0.5


def draw(seed: int, kind: Kind, *, typicality: float = TYPICALITY) -> npt.NDArray[np.float32]:
    """A film (224, 224) float32, black 0 to white 1.

    `typicality` is the least class margin of the film's code, in units of the class's own mean margin: 0 draws from the
    class as it is, 1 demands that the film is at least as clearly of its class as the mean training film.
    """
    model = _model()
    rng = np.random.default_rng([seed, 0 if kind == "normal" else 1])
    z, local = (model.get_inputs()[k].shape for k in (0, 1))
    feed = {
        "z": rng.standard_normal(z, dtype=np.float32),
        "local": rng.standard_normal(local, dtype=np.float32),
        "noise": _noise(rng)[None],
        "kind": np.array([[kind == "normal", kind == "pneumonia"]], dtype=np.float32),
        "typicality": np.array([[typicality]], dtype=np.float32),
    }
    film = np.asarray(model.run(["film"], feed)[0], dtype=np.float32)
    return np.asarray(film[0, 0].clip(0, 1), dtype=np.float32)


def _noise(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Unit noise in the two bands whose strength the model knows for each place: (2, 224, 224)."""
    planes = []
    for low, high in _BANDS:
        white = rng.standard_normal((SIDE, SIDE), dtype=np.float32)
        fine = white if low == 0 else cv2.GaussianBlur(white, (0, 0), low)
        band = fine - cv2.GaussianBlur(white, (0, 0), high)
        planes.append(band * (_GRAIN / band.std()))
    return np.stack(planes).astype(np.float32)


@lru_cache(maxsize=1)
def _model() -> onnxruntime.InferenceSession:
    """The pinned model, one thread, loaded once a process; refused when its bytes are not the ones that were made."""
    import onnxruntime

    weights = resources.files(__package__).joinpath("generator.onnx").read_bytes()
    if hashlib.sha256(weights).hexdigest() != FILM_MODEL_SHA256:
        raise SetupError(
            "The film generator's model is not the one this version was built with.",
            cure="Install wetread again, or run the generator's training and pin the hash it prints.",
            place="hospital/films/generator.onnx",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
