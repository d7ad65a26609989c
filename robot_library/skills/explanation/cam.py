"""Class activation map of a graph that ends in global average pooling and one linear layer: exact, without a gradient.

There logit = w · mean(F) + b = mean over the map (w · F + b): the map's mean *is* the logit, so it can be the
manifest's `own_map`. Any other graph has no such map; occlusion works for it. Needs the onnx package; run once, on
import.
"""

from __future__ import annotations

from typing import Any

NAME = "evidence"
_POOLS = ("GlobalAveragePool", "ReduceMean")
_PASSES = ("Flatten", "Reshape", "Squeeze", "Identity", "Dropout")


def with_class_map(model: bytes, output: str, index: int = 0) -> bytes | None:
    """The model with one more output, `evidence` (batch, 1, h, w), for place `index` of `output`; None where the graph
    does not end that way. The caller compares the map's mean with the logit on real inputs before using it.
    """
    import onnx
    from onnx import helper, numpy_helper

    graph = onnx.load_model_from_string(model)
    linear = _made_by(graph.graph, output)
    weights = {one.name: numpy_helper.to_array(one) for one in graph.graph.initializer}
    if linear is None or linear.op_type != "Gemm" or linear.input[1] not in weights:
        return None
    settings = {one.name: helper.get_attribute_value(one) for one in linear.attribute}
    if settings.get("alpha", 1.0) != 1 or settings.get("beta", 1.0) != 1 or settings.get("transA", 0):
        return None
    features = _pooled(graph.graph, linear.input[0])
    weight = weights[linear.input[1]] if settings.get("transB", 0) else weights[linear.input[1]].T
    biased = len(linear.input) > 2
    if features is None or index >= len(weight) or (biased and linear.input[2] not in weights):
        return None
    row = weight[index][None, :, None, None]
    given = [features, "class_map.weight"]
    graph.graph.initializer.append(numpy_helper.from_array(row.copy(), given[1]))
    if biased:
        bias = weights[linear.input[2]].reshape(-1)[index : index + 1]
        given.append("class_map.bias")
        graph.graph.initializer.append(numpy_helper.from_array(bias.copy(), given[2]))
    graph.graph.node.append(helper.make_node("Conv", given, [NAME], name="class_map"))
    shape: list[str | int | None] = ["batch", 1, "map_rows", "map_columns"]
    graph.graph.output.append(helper.make_tensor_value_info(NAME, onnx.TensorProto.FLOAT, shape))
    onnx.checker.check_model(graph)
    return bytes(graph.SerializeToString())


def _made_by(graph: Any, name: str) -> Any:
    return next((node for node in graph.node if name in node.output), None)


def _pooled(graph: Any, name: str) -> str | None:
    """The feature map behind a global average pool, looking through what only reshapes; None: something else."""
    node = _made_by(graph, name)
    while node is not None and node.op_type in _PASSES:
        node = _made_by(graph, node.input[0])
    if node is None or node.op_type not in _POOLS:
        return None
    if node.op_type == "ReduceMean" and sorted(_axes(graph, node)) not in ([2, 3], [-2, -1]):
        return None
    return str(node.input[0])


def _axes(graph: Any, node: Any) -> list[int]:
    """Of a ReduceMean: an attribute before opset 18, an input from there on."""
    from onnx import helper, numpy_helper

    for one in node.attribute:
        if one.name == "axes":
            return list(helper.get_attribute_value(one))
    held = [one for one in graph.initializer if len(node.input) > 1 and one.name == node.input[1]]
    return [int(axis) for axis in numpy_helper.to_array(held[0]).reshape(-1)] if held else []
