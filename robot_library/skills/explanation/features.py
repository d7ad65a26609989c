"""A model's last feature maps, averaged over the picture, as one more output: what its drift is watched by.

Needs the onnx package; run once, before the model's hash is written down. Nothing else of the graph changes.
"""

from __future__ import annotations

from collections.abc import Sequence

NAME = "features"


def with_features(model: bytes, maps: Sequence[str]) -> bytes:
    """The model with an output `features` (batch, k): the means of the tensors `maps` (batch, c, h, w), side by side.

    Raises ValueError for a tensor that the graph does not make.
    """
    import onnx
    from onnx import helper

    graph = onnx.load_model_from_string(model)
    made = {output for node in graph.graph.node for output in node.output}
    if missing := [name for name in maps if name not in made]:
        raise ValueError(f"the graph makes no {missing[0]!r}")
    pooled = [f"{NAME}.{number}" for number in range(len(maps))]
    graph.graph.node.extend(
        helper.make_node("GlobalAveragePool", [given], [mean], name=mean)
        for given, mean in zip(maps, pooled, strict=True)
    )
    graph.graph.node.append(helper.make_node("Concat", pooled, [f"{NAME}.all"], name=f"{NAME}.all", axis=1))
    graph.graph.node.append(helper.make_node("Flatten", [f"{NAME}.all"], [NAME], name=NAME, axis=1))
    shape: list[str | int | None] = ["batch", "features"]
    graph.graph.output.append(helper.make_tensor_value_info(NAME, onnx.TensorProto.FLOAT, shape))
    onnx.checker.check_model(graph)
    return bytes(graph.SerializeToString())
