"""ONNX Runtime, set up as the manifest says, on the provider that was asked for and no other."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from robot_library.errors import ApplicationException, SetupError, Timeout
from robot_library.model.skill import ProviderName, Runtime, SkillManifest

if TYPE_CHECKING:
    import onnxruntime

PROVIDERS: dict[ProviderName, str] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
PACKAGES: dict[ProviderName, str] = {
    "cpu": "onnxruntime",
    "cuda": "onnxruntime-gpu",
    "directml": "onnxruntime-directml",
    "openvino": "onnxruntime-openvino",
}

Tensor = NDArray[Any]


def available() -> tuple[str, list[str]]:
    """ONNX Runtime's version, and which of our providers this machine's build offers."""
    import onnxruntime as ort

    offered = set(ort.get_available_providers())
    return ort.__version__, [name for name, provider in PROVIDERS.items() if provider in offered]


class Session:
    """A loaded model. `infer` is the raw path: tensor in, named outputs out, nothing between."""

    def __init__(
        self, model: bytes, manifest: SkillManifest, needs: set[str], provider: ProviderName | None = None
    ) -> None:
        """Raises SetupError if the provider cannot be had, or if the model's input or outputs are not the manifest's.

        needs: outputs that the model must have. provider: overrides the manifest's first; nothing is tried after it.
        """
        wanted = provider or manifest.runtime.providers[0]
        self._session = _open(model, manifest.skill, manifest.runtime, wanted)
        parts = wanted != "cpu" and manifest.runtime.on_fallback == "parts"
        self.provider: str = self._session.get_providers()[0] + (" and CPU for parts" if parts else "")
        """The execution provider in use, in ONNX Runtime's own words."""
        _check_names(self._session, manifest, needs)
        self._input, self._skill, self._longest = manifest.input.name, manifest.skill, manifest.runtime.longest
        self._outputs = [output.name for output in self._session.get_outputs()]
        self.batch = manifest.runtime.max_batch if _any_length(self._session) else 1
        """Subjects that one call of the model may hold."""

    def infer(self, tensor: Tensor) -> dict[str, Tensor]:
        """Run the model on a batch (n, ...) of the manifest's shape; thread-safe.

        Raises Timeout where it takes longer than `runtime.longest`, ApplicationException where it fails.
        """
        options = _run_options()
        seconds = self._longest.total_seconds()
        alarm = threading.Timer(seconds, setattr, (options, "terminate", True))
        alarm.daemon = True
        alarm.start()
        try:
            found = self._session.run(self._outputs, {self._input: tensor}, options)
        except Exception as error:  # ONNX Runtime raises its own types, from C++, without a common base
            raise self._failed(options.terminate, seconds, error) from None
        finally:
            alarm.cancel()
        return dict(zip(self._outputs, found, strict=True))

    def _failed(self, broken_off: bool, seconds: float, error: Exception) -> ApplicationException:
        if broken_off:
            return Timeout(
                f"skill {self._skill!r}: its model had no answer within {seconds:g} s.",
                cure="Is this machine very busy? `runtime.longest` in its manifest gives it more time.",
            )
        return ApplicationException(f"skill {self._skill!r}: its model failed ({type(error).__name__}).")

    def infer_many(self, tensors: Sequence[Tensor]) -> list[dict[str, Tensor]]:
        """The outputs of each of several tensors of one subject (first axis 1), by as few calls as `batch` allows."""
        found: list[dict[str, Tensor]] = []
        for start in range(0, len(tensors), self.batch):
            part = tensors[start : start + self.batch]
            if len(part) == 1:
                found.append(self.infer(part[0]))
                continue
            outputs = self.infer(np.concatenate(part))
            found += [{name: value[i : i + 1] for name, value in outputs.items()} for i in range(len(part))]
        return found


_SHARED: WeakValueDictionary[tuple[object, ...], Session] = WeakValueDictionary()
_LOADING = threading.Lock()


def shared_session(
    model: bytes, manifest: SkillManifest, needs: set[str], provider: ProviderName | None = None
) -> Session:
    """The process's one session of this very model, set up this very way: every bot that asks for it shares it, and it
    goes with the last of them. Raises as Session does.
    """
    asked = (manifest.skill, manifest.runtime, manifest.input, frozenset(needs), provider)
    key = (hashlib.sha256(model).hexdigest(), *asked)
    with _LOADING:
        found = _SHARED.get(key)
        if found is None:
            found = _SHARED[key] = Session(model, manifest, needs, provider)
        return found


def _run_options() -> onnxruntime.RunOptions:
    import onnxruntime as ort

    options = ort.RunOptions()
    options.log_severity_level = 4  # what a model says of its failures, its values with it, is not for the log
    return options


def _any_length(session: onnxruntime.InferenceSession) -> bool:
    """Whether the model takes, and gives, batches of any length."""
    sides = [tensor.shape[0] if tensor.shape else 1 for tensor in (*session.get_inputs(), *session.get_outputs())]
    return not any(isinstance(side, int) for side in sides)


def _open(model: bytes, skill: str, runtime: Runtime, wanted: ProviderName) -> onnxruntime.InferenceSession:
    import onnxruntime as ort

    name = PROVIDERS[wanted]
    if name not in ort.get_available_providers():
        raise SetupError(
            f"skill {skill!r}: the provider {wanted!r} was asked for and this machine's ONNX Runtime has none",
            cure=f"Install {PACKAGES[wanted]}, or ask for another provider: nothing is substituted.",
        )
    options = ort.SessionOptions()
    options.intra_op_num_threads = runtime.threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if runtime.spin else "0")
    if wanted != "cpu" and runtime.on_fallback == "fail":
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    options.log_severity_level = 3
    # Weights in another file would be what neither hash nor approval has seen: nothing lies below a file.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", __file__)
    try:
        session = ort.InferenceSession(model, options, providers=[name])
    except Exception as error:  # ONNX Runtime raises its own types, from C++, without a common base
        cure = (
            "" if wanted == "cpu" else "If parts of it may run on the CPU, write `on_fallback: parts`; or ask for cpu."
        )
        raise SetupError(
            f"skill {skill!r}: its model cannot be loaded on {wanted} ({type(error).__name__})", cure=cure
        ) from error
    if session.get_providers()[0] != name:
        raise SetupError(
            f"skill {skill!r}: {wanted!r} was asked for, ONNX Runtime fell back to {session.get_providers()[0]}",
            cure="Repair the driver of the device, or ask for another provider: nothing is substituted.",
        )
    return session


def _check_names(session: onnxruntime.InferenceSession, manifest: SkillManifest, needed: set[str]) -> None:
    """The manifest's names and shape must be the model's, before the first patient."""
    inputs = {tensor.name: tensor for tensor in session.get_inputs()}
    given = {tensor.name for tensor in session.get_outputs()}
    if set(inputs) != {manifest.input.name} or not needed <= given:
        raise SetupError(
            f"skill {manifest.skill!r}: the model takes {sorted(inputs)} and gives {sorted(given)}, "
            f"the manifest wants {manifest.input.name!r} and {sorted(needed)}"
        )
    shape = inputs[manifest.input.name].shape
    fits = len(shape) == len(manifest.input.shape) and all(
        not isinstance(model, int) or model == ours for model, ours in zip(shape, manifest.input.shape, strict=True)
    )
    if not fits:
        raise SetupError(
            f"skill {manifest.skill!r}: the model's input is {shape}, the manifest's {manifest.input.shape}"
        )


def scalar(outputs: Mapping[str, Tensor], name: str) -> float:
    """The one number of an output of a batch of one; NaN when it is not one number."""
    value = np.asarray(outputs[name], np.float64).reshape(-1)
    return float(value[0]) if value.size == 1 else float("nan")
