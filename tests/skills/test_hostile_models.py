"""A model file that would bring in what neither its hash nor anybody has seen, or that is made to exhaust."""

from __future__ import annotations

import struct
import threading
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from robot_library.errors import ApplicationException, SetupError, Timeout
from robot_library.model.skill import Runtime
from robot_library.model.values import parse_duration
from robot_library.parsing.library import bundled
from robot_library.skills.manifest import load_manifest
from robot_library.skills.session import Session

onnx = pytest.importorskip("onnx")
MANIFEST = load_manifest(bundled() / "skills" / "chest-xray-pneumonia")
SHAPE = (1, 1, 224, 224)


def model(node: object, *weights: object, domain: str = "") -> bytes:
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    name = MANIFEST.input.name
    ends = [helper.make_tensor_value_info(one, kind, list(SHAPE)) for one in (name, "y")]
    graph = helper.make_graph([node], "g", ends[:1], ends[1:], list(weights))
    sets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    made: bytes = helper.make_model(graph, ir_version=8, opset_imports=sets).SerializeToString()
    return made


def weight(location: str = "") -> object:
    """Two everywhere: in the model, or in a file beside."""
    one = onnx.numpy_helper.from_array(np.full(SHAPE, 2, np.float32), "w")
    if location:
        one.ClearField("raw_data")
        one.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", "0"), ("length", str(4 * 224 * 224))):
            one.external_data.add(key=key, value=value)
    return one


def add() -> object:
    return onnx.helper.make_node("Add", [MANIFEST.input.name, "w"], ["y"])


def test_weights_in_another_file_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w.bin").write_bytes(struct.pack("<f", 2.0) * 224 * 224)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path)
    whole = Session(model(add(), weight()), MANIFEST, set())
    assert whole.infer(np.zeros(SHAPE, np.float32))["y"].max() == 2, "the model must be one that works"
    for location in ("w.bin", "./w.bin", "below/../w.bin", str(tmp_path / "w.bin"), "../w.bin", ""):
        with pytest.raises(SetupError, match="cannot be loaded"):
            Session(model(add(), weight(location or "/etc/hostname")), MANIFEST, set())


def test_operators_of_somebody_else_and_what_is_no_model_are_refused() -> None:
    foreign = onnx.helper.make_node("Evil", [MANIFEST.input.name], ["y"], domain="com.evil")
    for made in (model(foreign, domain="com.evil"), b"", b"\x08\x08" * 500):
        with pytest.raises(SetupError, match="cannot be loaded"):
            Session(made, MANIFEST, set())


def test_a_tensor_that_no_machine_holds_fails_and_takes_nothing_with_it() -> None:
    """Made on loading or at the first film, as ONNX Runtime likes: an error, and the process goes on."""
    shape = onnx.numpy_helper.from_array(np.array([1 << 20, 1 << 20, 1 << 10], np.int64), "s")
    giant = model(onnx.helper.make_node("ConstantOfShape", ["s"], ["y"]), shape)
    with pytest.raises((SetupError, ApplicationException), match=r"cannot be loaded|its model failed"):
        Session(giant, MANIFEST, set()).infer(np.zeros(SHAPE, np.float32))


def test_a_model_without_an_end_is_broken_off() -> None:
    """A loop of 2^62 rounds: an error that is tried again, and no thread that goes on for ever."""
    helper, kind = onnx.helper, onnx.TensorProto
    ends = [helper.make_tensor_value_info("i", kind.INT64, []), helper.make_tensor_value_info("c", kind.BOOL, []),
            helper.make_tensor_value_info("x", kind.FLOAT, list(SHAPE))]  # fmt: skip
    out = [helper.make_tensor_value_info(name, kind.FLOAT, list(SHAPE)) for name in ("z",)]
    steps = [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Add", ["x", "x"], ["z"])]
    body = helper.make_graph(steps, "body", ends, [helper.make_tensor_value_info("d", kind.BOOL, []), *out])
    rounds = onnx.numpy_helper.from_array(np.array(1 << 62, np.int64), "n")
    loop = helper.make_node("Loop", ["n", "", MANIFEST.input.name], ["y"], body=body)
    runtime = MANIFEST.runtime.model_copy(update={"longest": parse_duration("500 ms")})
    session = Session(model(loop, rounds), MANIFEST.model_copy(update={"runtime": runtime}), set())
    before = threading.active_count()
    with pytest.raises(Timeout, match=r"no answer within 0\.5 s"):
        session.infer(np.zeros(SHAPE, np.float32))
    assert threading.active_count() == before


@pytest.mark.parametrize("longest", ["0 s", "25 h", "99999999 d"])
def test_no_call_of_a_model_has_no_time_or_no_end(longest: str) -> None:
    with pytest.raises(ValidationError, match="at most a day"):
        Runtime.model_validate({"longest": longest})
