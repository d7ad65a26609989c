"""A class map where the graph ends in pooling and a linear layer: its mean is the logit. Elsewhere none."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from robot_library.skills.explanation.cam import NAME, with_class_map

onnx = pytest.importorskip("onnx")


def network(pool: str = "GlobalAveragePool", *, transposed: int = 1) -> bytes:
    """Conv, ReLU, pool, flatten, linear layer with three classes."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    linear = rng.standard_normal((3, 5)).astype(np.float32)
    weights = {
        "k": rng.standard_normal((5, 1, 3, 3)).astype(np.float32),
        "w": linear if transposed else linear.T.copy(),
        "b": rng.standard_normal(3).astype(np.float32),
        "axes": np.array([2, 3]),
    }
    nodes = [
        helper.make_node("Conv", ["film", "k"], ["c"], strides=[2, 2]),
        helper.make_node("Relu", ["c"], ["f"]),
        helper.make_node(pool, ["f", "axes"] if pool == "ReduceMean" else ["f"], ["p"]),
        helper.make_node("Flatten", ["p"], ["v"]),
        helper.make_node("Gemm", ["v", "w", "b"], ["logits"], transB=transposed),
    ]
    film = helper.make_tensor_value_info("film", TensorProto.FLOAT, ["n", 1, 32, 32])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])
    held = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "small", [film], [logits], held)
    opset = [helper.make_opsetid("", 18)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString())


@pytest.mark.parametrize(
    ("pool", "transposed"), [("GlobalAveragePool", 1), ("GlobalAveragePool", 0), ("ReduceMean", 1)]
)
def test_the_mean_of_the_map_is_the_logit(pool: str, transposed: int) -> None:
    film = np.random.default_rng(1).random((2, 1, 32, 32), dtype=np.float32)
    for index in range(3):
        model = with_class_map(network(pool, transposed=transposed), "logits", index)
        assert model is not None
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        logits, found = session.run(["logits", NAME], {"film": film})
        assert found.shape == (2, 1, 15, 15)
        assert found.std() > 0
        np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), logits[:, index], rtol=1e-4, atol=1e-5)


def test_no_map_is_made_up_for_another_graph() -> None:
    assert with_class_map(network("GlobalMaxPool"), "logits") is None
    assert with_class_map(network(), "logits", 3) is None
    assert with_class_map(network(), "p") is None
