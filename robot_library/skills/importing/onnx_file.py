"""What an ONNX file takes and gives, and whether it can be a skill's model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from robot_library.errors import SetupError

if TYPE_CHECKING:
    import onnx

MOST_BYTES = 1 << 30
MOST_NUMBERS = 1 << 31
"""Of one tensor: eight gigabytes of 32 bits. A head of a cubic millimetre has 17 million a channel."""
OLDEST_OPSET = 9
DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
"""The standard's own operators; anything else is code that nobody has seen."""


@dataclass(frozen=True)
class Tensor:
    """A named input or output; an axis of any length is -1."""

    name: str
    kind: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Looked:
    """An ONNX model that may become a skill's."""

    input: Tensor
    outputs: tuple[Tensor, ...]
    opset: int
    size: int

    def lines(self) -> list[str]:
        """What was seen, in words."""
        parts = [f"opset {self.opset}, {self.size / 1e6:.1f} MB", f"takes {_said(self.input)}"]
        return [*parts, *(f"gives {_said(one)}" for one in self.outputs)]


def _said(tensor: Tensor) -> str:
    sides = " x ".join("any" if side == -1 else str(side) for side in tensor.shape) or "one number"
    return f"{tensor.name!r}: {tensor.kind}, {sides}"


def look_at(data: bytes) -> Looked:
    """Raises SetupError with the reason why these bytes cannot be a skill's model."""
    if len(data) > MOST_BYTES:
        raise _refused(f"the file has {len(data) / 1e6:.0f} MB; {MOST_BYTES / 1e6:.0f} are allowed")
    model = _parsed(data)
    graph = model.graph
    _check_self_contained(model)
    opset = _check_operators(model)
    weights = {weight.name for weight in graph.initializer}
    inputs = [_tensor(one) for one in graph.input if one.name not in weights]
    outputs = tuple(_tensor(one) for one in graph.output)
    if len(inputs) != 1:
        raise _refused(f"it has {len(inputs)} inputs, a skill's model has one")
    if inputs[0].kind not in ("float", "string"):
        raise _refused(f"its input is {inputs[0].kind}; float (32 bits) and string are taken", "Cast inside the graph.")
    if not inputs[0].shape:
        raise _refused("its input has no axes")
    if bad := [one for one in outputs if one.kind not in ("float", "double")]:
        raise _refused(f"its output {bad[0].name!r} is {bad[0].kind}; float and double are read")
    _check_sizes(model)
    _check_runs(data)
    return Looked(inputs[0], outputs, opset, len(data))


def _refused(why: str, cure: str = "") -> SetupError:
    return SetupError(f"this model cannot become a skill: {why}.", cure=cure)


def _parsed(data: bytes) -> onnx.ModelProto:
    try:
        import onnx
    except ImportError:
        raise SetupError("importing needs the package onnx.", cure='pip install "wetread[import]"') from None
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf's own types
        raise _refused(f"it is no ONNX file ({type(error).__name__})") from None
    if not model.graph.node:
        raise _refused("it is no ONNX file, or has no operators")
    return model


def _graphs(model: onnx.ModelProto) -> Iterator[Any]:
    """The model's graph, its functions, and every graph that stands in a node of another (branches, loops)."""
    waiting: list[Any] = [model.graph, *model.functions]
    while waiting:
        one = waiting.pop()
        yield one
        for node in one.node:
            for attribute in node.attribute:
                waiting += [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def _weights(graph: Any) -> Iterator[Any]:
    """Every tensor that a graph, or a function, holds."""
    yield from getattr(graph, "initializer", ())
    sparse = list(getattr(graph, "sparse_initializer", ()))
    for node in graph.node:
        for attribute in node.attribute:
            yield from [*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors]
            sparse += [*([attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else [])]
            sparse += attribute.sparse_tensors
    for one in sparse:
        yield from (one.values, one.indices)


def _check_self_contained(model: onnx.ModelProto) -> None:
    import onnx

    for graph in _graphs(model):
        for weight in _weights(graph):
            if weight.data_location == onnx.TensorProto.EXTERNAL or weight.external_data:
                raise _refused("its weights lie in another file", "Save it as one file (save_as_external_data=False).")


def _check_operators(model: onnx.ModelProto) -> int:
    import onnx

    foreign = {node.domain for graph in _graphs(model) for node in graph.node}
    foreign |= {one.domain for one in model.opset_import} | {one.domain for one in model.functions}
    foreign -= DOMAINS
    if foreign:
        # What is no text in the file comes as bytes.
        raise _refused(f"it uses operators that are not ONNX's own ({', '.join(sorted(map(str, foreign)))})")
    opset = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
    if opset and not OLDEST_OPSET <= opset <= onnx.defs.onnx_opset_version():
        raise _refused(f"its opset is {opset}; {OLDEST_OPSET} to {onnx.defs.onnx_opset_version()} are known")
    try:
        onnx.checker.check_model(model)
    except Exception as error:  # the checker's own type
        raise _refused(f"ONNX's own checker refuses it ({type(error).__name__})") from None
    return int(opset)


def _check_sizes(model: onnx.ModelProto) -> None:
    """What it makes on its way, as far as that can be told from the file: a few bytes may ask for all of a memory."""
    import onnx

    try:
        known = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except Exception as error:  # the inference's own types
        raise _refused(f"its shapes contradict each other ({type(error).__name__})") from None
    for value in (*known.value_info, *known.input, *known.output):
        sides = [side.dim_value for side in value.type.tensor_type.shape.dim if side.HasField("dim_value")]
        if math.prod(max(1, side) for side in sides) > MOST_NUMBERS:
            raise _refused(f"it makes a tensor of more than {MOST_NUMBERS / 1e9:.0f} thousand million numbers")
    for weight in (one for graph in _graphs(model) for one in _weights(graph)):
        if math.prod(weight.dims) > MOST_NUMBERS:
            raise _refused(f"it holds a tensor of more than {MOST_NUMBERS / 1e9:.0f} thousand million numbers")


def _tensor(value: onnx.ValueInfoProto) -> Tensor:
    import onnx

    kind = value.type.tensor_type
    if not value.type.HasField("tensor_type"):
        raise _refused(f"{value.name!r} is no tensor (a sequence or map)", "Export it as tensors, without ZipMap.")
    sides = tuple(
        int(side.dim_value) if side.HasField("dim_value") and side.dim_value > 0 else -1 for side in kind.shape.dim
    )
    types = onnx.TensorProto.DataType
    if kind.elem_type not in types.values():  # the checker lets it pass
        raise _refused(f"{value.name!r} holds values of a kind that ONNX does not have ({kind.elem_type})")
    return Tensor(value.name, types.Name(kind.elem_type).lower(), sides)


def _check_runs(data: bytes) -> None:
    """ONNX Runtime of this machine makes a session of it."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 4
    try:
        ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises its own types, from C++, without a common base
        raise _refused(f"ONNX Runtime {ort.__version__} here cannot load it ({type(error).__name__})") from None
