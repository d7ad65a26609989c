"""Write a fit as one ONNX graph: codes in, film out. Opset 17, plain operators, the look basis in int8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from robot_library.hospital.films.train.fit import BAND_SIDE, BANDS, SHAPE_CODES, Fit
from robot_library.hospital.films.train.register import GRID, SIDE, STEP

TEMPERATURE = 0.8


def export(fit: Fit, path: Path, provenance: dict[str, str]) -> None:
    """Save `fit` at `path`, with `provenance` as the model's metadata; checks the graph."""
    graph = _Graph()
    _codes(graph, fit)
    _look(graph, fit)
    _flow(graph, fit)
    graph.op("GridSample", ["picture", "grid"], "film", mode="bicubic", padding_mode="reflection", align_corners=1)
    model = helper.make_model(
        helper.make_graph(graph.nodes, "paediatric-chest-films", _inputs(fit), _outputs(), graph.tensors),
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

    def op(self, kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def hold(self, name: str, value: object, dtype: type[np.generic] = np.float32) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=dtype), name))
        return name


def _inputs(fit: Fit) -> list[onnx.ValueInfoProto]:
    count = len(fit.weights)
    shapes: dict[str, list[int]] = {
        "z": [1, count],
        "kind": [1, 2],
        "typicality": [1, 1],
        "grain": [1, len(BANDS), SIDE, SIDE],
    }
    return [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()]


def _outputs() -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info("film", TensorProto.FLOAT, [1, 1, SIDE, SIDE])]


def _codes(g: _Graph, fit: Fit) -> None:
    """z, kind, typicality → the class's code, moved along the likeliest way until its margin suffices."""
    kinds = (fit.normal, fit.pneumonia)
    count = len(fit.weights)
    g.hold("means", np.stack([k.mean for k in kinds]))
    g.hold("factors", np.stack([TEMPERATURE * k.factor.T for k in kinds]).reshape(2, -1))
    g.hold("square", [count, count], np.int64)
    g.op("Reshape", [g.op("MatMul", ["kind", "factors"], "flat"), "square"], "factor")
    mean = g.op("MatMul", ["kind", "means"], "mean")
    drawn = g.op("Add", [mean, g.op("MatMul", ["z", "factor"], "around")], "drawn")
    sign = g.op("MatMul", ["kind", g.hold("signs", [[-1.0], [1.0]])], "sign")
    raw = g.op("MatMul", [drawn, g.hold("weights", fit.weights[:, None])], "projected")
    margin = g.op("Sub", [raw, g.hold("offset", [[fit.offset]])], "margin")
    lack = g.op("Relu", [g.op("Sub", ["typicality", g.op("Mul", [margin, sign], "signed")], "difference")], "lack")
    move = g.op("Mul", [g.op("Mul", [lack, sign], "push"), g.hold("step", fit.step[None])], "move")
    g.op("Add", [drawn, move], "code")
    g.hold("zero", [0], np.int64), g.hold("cut", [SHAPE_CODES], np.int64)
    g.hold("end", [count], np.int64), g.hold("axis", [1], np.int64)
    g.op("Slice", ["code", "zero", "cut", "axis"], "shape_code")
    g.op("Slice", ["code", "cut", "end", "axis"], "look_code")


def _look(g: _Graph, fit: Fit) -> None:
    """Look code and grain → the picture in the template's frame, (1, 1, 224, 224)."""
    scale = np.abs(fit.look_basis).max(1) / 127
    g.hold("look_basis", np.round(fit.look_basis / scale[:, None]), np.int8)
    g.hold("look_scale", scale)
    basis = g.op("DequantizeLinear", ["look_basis", "look_scale"], "look_rows", axis=0)
    flat = g.op("MatMul", ["look_code", basis], "look_flat")
    seen = g.op("Add", [flat, g.hold("look_mean", fit.look_mean[None])], "seen")
    g.op("Reshape", [seen, g.hold("picture_shape", [1, 1, SIDE, SIDE], np.int64)], "smooth")
    g.hold("bands", fit.bands.reshape(2, -1))
    g.hold("band_shape", [1, len(BANDS), BAND_SIDE, BAND_SIDE], np.int64)
    g.op("Reshape", [g.op("MatMul", ["kind", "bands"], "band_flat"), "band_shape"], "band_small")
    g.hold("band_scale", [1, 1, SIDE / BAND_SIDE, SIDE / BAND_SIDE])
    g.op("Resize", ["band_small", "", "band_scale"], "band", mode="linear")
    texture = g.op("ReduceSum", [g.op("Mul", ["band", "grain"], "grained"), "axis"], "texture", keepdims=1)
    g.op("Add", ["smooth", texture], "picture")


def _flow(g: _Graph, fit: Fit) -> None:
    """Shape code → sampling grid (1, 224, 224, 2) in GridSample's units."""
    g.hold("shape_basis", fit.shape_basis), g.hold("shape_mean", fit.shape_mean[None])
    flat = g.op("Add", [g.op("MatMul", ["shape_code", "shape_basis"], "shape_flat"), "shape_mean"], "shape")
    g.op("Reshape", [flat, g.hold("flow_shape", [1, GRID, GRID, 2], np.int64)], "flow_grid")
    g.op("Transpose", ["flow_grid"], "flow_planes", perm=[0, 3, 1, 2])
    g.hold("flow_scale", [1, 1, STEP, STEP])
    mode = {"mode": "cubic", "coordinate_transformation_mode": "asymmetric"}
    g.op("Resize", ["flow_planes", "", "flow_scale"], "flow_full", **mode)
    flow = g.op("Transpose", ["flow_full"], "flow", perm=[0, 2, 3, 1])
    across = np.linspace(-1, 1, SIDE, dtype=np.float32)
    g.hold("here", np.stack(np.meshgrid(across, across), -1)[None])
    g.op("Add", ["here", g.op("Mul", [flow, g.hold("to_unit", 2 / (SIDE - 1))], "offsets")], "grid")
