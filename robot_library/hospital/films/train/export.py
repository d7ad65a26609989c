"""Write a fit as one ONNX graph: codes in, film out. Opset 17, plain operators, the look basis in int8."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from robot_library.hospital.films.train.fit import CLIP, SHAPE_CODES, TEMPERATURE, Fit
from robot_library.hospital.films.train.principal import Array
from robot_library.hospital.films.train.register import GRID, SIDE, STEP
from robot_library.hospital.films.train.texture import BAND_SIDE, BANDS, CELLS, LOCAL_CODES, PITCH, Texture


def export(fit: Fit, path: Path, provenance: dict[str, str]) -> None:
    """Save `fit` at `path`, with `provenance` as the model's metadata; checks the graph."""
    graph = _Graph()
    _codes(graph, fit)
    _look(graph, fit)
    _texture(graph, fit.texture)
    _flow(graph, fit)
    _film(graph)
    bands = len(BANDS)
    shapes = {
        "z": [1, len(fit.weights)],
        "local": [CELLS * CELLS, 1, LOCAL_CODES],
        "noise": [1, bands, SIDE, SIDE],
        "kind": [1, 2],
        "typicality": [1, 1],
    }
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    output = helper.make_tensor_value_info("film", TensorProto.FLOAT, [1, 1, SIDE, SIDE])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "paediatric-chest-films", inputs, [output], graph.tensors),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
        producer_name="wetread",
    )
    helper.set_model_props(model, provenance)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def op(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def hold(self, name: str, value: object, dtype: type[np.generic] = np.float32) -> str:
        self.tensors.append(numpy_helper.from_array(np.array(value, dtype=dtype, order="C"), name))
        return name

    def half(self, name: str, value: object) -> str:
        """A large constant stored in 16 bits, used in 32."""
        self.hold(f"{name}.16", value, np.float16)
        return self.op("Cast", [f"{name}.16"], name, to=TensorProto.FLOAT)

    def byte(self, name: str, value: Array) -> str:
        """A basis stored in 8 bits, one scale for each entry of its first axis."""
        scale = np.abs(value).reshape(len(value), -1).max(1) / 127
        self.hold(f"{name}.8", np.round(value / scale.reshape(-1, *(1,) * (value.ndim - 1))), np.int8)
        return self.op("DequantizeLinear", [f"{name}.8", self.hold(f"{name}.scale", scale)], name, axis=0)


def _codes(g: _Graph, fit: Fit) -> None:
    """z, kind, typicality → the class's code, moved along the likeliest way until its margin suffices."""
    kinds = (fit.normal, fit.pneumonia)
    count = len(fit.weights)
    g.op("Clip", ["z", g.hold("least", -CLIP), g.hold("most", CLIP)], "drawn_z")
    g.hold("means", np.stack([k.mean for k in kinds]))
    g.half("factors", np.stack([TEMPERATURE * k.factor.T for k in kinds]).reshape(2, -1))
    g.hold("square", [count, count], np.int64)
    g.op("Reshape", [g.op("MatMul", ["kind", "factors"], "flat"), "square"], "factor")
    mean = g.op("MatMul", ["kind", "means"], "mean")
    drawn = g.op("Add", [mean, g.op("MatMul", ["drawn_z", "factor"], "around")], "drawn")
    sign = g.op("MatMul", ["kind", g.hold("signs", [[-1.0], [1.0]])], "sign")
    raw = g.op("MatMul", [drawn, g.hold("weights", fit.weights[:, None])], "projected")
    margin = g.op("Sub", [raw, g.hold("offset", [[fit.offset]])], "margin")
    lack = g.op("Relu", [g.op("Sub", ["typicality", g.op("Mul", [margin, sign], "signed")], "difference")], "lack")
    move = g.op("Mul", [g.op("Mul", [lack, sign], "push"), g.hold("step", fit.step[None])], "move")
    g.op("Add", [drawn, move], "code")
    for name, value in (("zero", 0), ("cut", SHAPE_CODES), ("end", count), ("axis", 1)):
        g.hold(name, [value], np.int64)
    g.op("Slice", ["code", "zero", "cut", "axis"], "shape_code")
    g.op("Slice", ["code", "cut", "end", "axis"], "look_code")


def _look(g: _Graph, fit: Fit) -> None:
    """Look code → the smooth picture in the template's frame, (1, 1, 224, 224)."""
    flat = g.op("MatMul", ["look_code", g.byte("look_basis", fit.look_basis)], "look_flat")
    seen = g.op("Add", [flat, g.half("look_mean", fit.look_mean[None])], "seen")
    g.op("Reshape", [seen, g.hold("picture", [1, 1, SIDE, SIDE], np.int64)], "smooth")


def _texture(g: _Graph, texture: Texture) -> None:
    """Local codes → windows, overlapped and added, (1, 1, 224, 224); grain's deviation, (1, 2, 224, 224)."""
    spread = g.op("MatMul", ["kind", g.half("deviation", texture.deviation.reshape(2, -1))], "spread_flat")
    g.op("Reshape", [spread, g.hold("local_shape", [CELLS * CELLS, 1, LOCAL_CODES], np.int64)], "spread")
    codes = g.op("Mul", [g.op("Clip", ["local", "least", "most"], "drawn_local"), "spread"], "local_codes")
    windows = g.op("MatMul", [codes, g.byte("local_basis", texture.basis)], "windows")
    g.op("Reshape", [windows, g.hold("quarters", [CELLS, CELLS, 2, PITCH, 2, PITCH], np.int64)], "quartered")
    parts = [_quarter(g, down, right) for down in (0, 1) for right in (0, 1)]
    low, high = [0, 0, PITCH // 2, PITCH // 2], [1, 1, SIDE + PITCH // 2, SIDE + PITCH // 2]
    whole = g.op("Sum", parts, "overlapped")
    g.op("Slice", [whole, g.hold("low", low, np.int64), g.hold("high", high, np.int64)], "texture")
    g.half("bands", texture.bands.reshape(2, -1))
    g.op("MatMul", ["kind", "bands"], "band_flat")
    g.op("Reshape", ["band_flat", g.hold("band_shape", [1, len(BANDS), BAND_SIDE, BAND_SIDE], np.int64)], "band_small")
    g.hold("band_scale", [1, 1, SIDE / BAND_SIDE, SIDE / BAND_SIDE])
    g.op("Resize", ["band_small", "", "band_scale"], "band", mode="linear")


def _quarter(g: _Graph, down: int, right: int) -> str:
    """One quarter of every window, laid out as a picture and shifted to where it belongs in the padded frame."""
    name = f"quarter.{down}{right}"
    column = g.op("Gather", ["quartered", g.hold(f"{name}.right", right, np.int64)], f"{name}.column", axis=4)
    tile = g.op("Gather", [column, g.hold(f"{name}.down", down, np.int64)], f"{name}.tile", axis=2)
    rows = g.op("Transpose", [tile], f"{name}.rows", perm=[0, 2, 1, 3])
    flat = g.op("Reshape", [rows, "picture"], f"{name}.flat")
    above, left = down * PITCH, right * PITCH
    pads = g.hold(f"{name}.pads", [0, 0, above, left, 0, 0, PITCH - above, PITCH - left], np.int64)
    return g.op("Pad", [flat, pads], name)


def _film(g: _Graph) -> None:
    """Bend look and texture into shape, then lay the grain on: it keeps its size whatever the child's.

    Beyond the template's frame the smooth look goes on as at the rim; texture is mirrored, or it would be stripes.
    """
    bend = {"mode": "bicubic", "align_corners": 1}
    g.op("GridSample", ["smooth", "grid"], "bent_smooth", padding_mode="border", **bend)
    both = g.op("Concat", ["texture", "band"], "both", axis=1)
    g.op("GridSample", [both, "grid"], "bent", padding_mode="reflection", **bend)
    g.hold("split", [1, len(BANDS)], np.int64)
    g.nodes.append(helper.make_node("Split", ["bent", "split"], ["bent_texture", "bent_band"], axis=1))
    grain = g.op("ReduceSum", [g.op("Mul", ["bent_band", "noise"], "grained"), "axis"], "grain", keepdims=1)
    g.op("Sum", ["bent_smooth", "bent_texture", grain], "film")


def _flow(g: _Graph, fit: Fit) -> None:
    """Shape code → sampling grid (1, 224, 224, 2) in GridSample's units."""
    g.half("shape_basis", fit.shape_basis)
    g.half("shape_mean", fit.shape_mean[None])
    flat = g.op("Add", [g.op("MatMul", ["shape_code", "shape_basis"], "shape_flat"), "shape_mean"], "shape")
    g.op("Reshape", [flat, g.hold("flow_shape", [1, GRID, GRID, 2], np.int64)], "flow_grid")
    g.op("Transpose", ["flow_grid"], "flow_planes", perm=[0, 3, 1, 2])
    g.hold("flow_scale", [1, 1, STEP, STEP])
    mode = {"mode": "cubic", "coordinate_transformation_mode": "asymmetric"}
    g.op("Resize", ["flow_planes", "", "flow_scale"], "flow_full", **mode)
    flow = g.op("Transpose", ["flow_full"], "flow", perm=[0, 2, 3, 1])
    across = np.linspace(-1, 1, SIDE, dtype=np.float32)
    whole = g.hold("whole", [1, SIDE, SIDE, 1], np.int64)
    right = g.op("Expand", [g.hold("across", across.reshape(1, 1, SIDE, 1)), whole], "right")
    down = g.op("Expand", [g.hold("along", across.reshape(1, SIDE, 1, 1)), whole], "down")
    g.op("Concat", [right, down], "here", axis=3)
    g.op("Add", ["here", g.op("Mul", [flow, g.hold("to_unit", 2 / (SIDE - 1))], "offsets")], "grid")
