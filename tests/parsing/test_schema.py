"""The schemas let right files through and stop wrong ones, as an editor would see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from robot_library.lint.files import files_below, kind_of_file
from robot_library.parsing.library import bundled
from robot_library.parsing.nodes import ListNode, Node, TextNode, parse_yaml, read_yaml
from robot_library.parsing.schema import KINDS, json_schema
from tests.golden_errors.golden import HERE
from tests.parsing.actions_for_tests import ACTIONS


def as_editor(node: Node) -> Any:
    """YAML 1.2's core types, as editors load them."""
    if isinstance(node, ListNode):
        return [as_editor(item) for item in node.items]
    if not isinstance(node, TextNode):
        return {key.value: as_editor(value) for key, value in node.items}
    if not node.plain:
        return node.value
    if node.value in ("true", "false", ""):
        return {"true": True, "false": False, "": None}[node.value]
    try:
        number = float(node.value)
    except ValueError:
        return node.value
    return int(number) if number.is_integer() and "." not in node.value else number


def files() -> list[tuple[str, Path]]:
    """Every file of ours in the repository that is meant to be right, and what it is."""
    root = bundled()
    folders = [root / name for name in ("bots", "workflows", "skills", "bench", "examples", "robot_library")]
    found = [path for folder in folders for path in files_below(folder)]
    found += [root / "tests/lint/valid_workflow.yaml", root / "examples/robot-framework/site.yaml"]
    return [(str(kind_of_file(path, read_yaml(path))), path) for path in found if "_bundled" not in path.parts]


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_schemas(kind: str) -> None:
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == f"wetread {kind}"


def test_our_own_files_fit() -> None:
    validators = {kind: jsonschema.Draft202012Validator(json_schema(kind)) for kind in KINDS}
    ours = files()
    assert {kind for kind, _ in ours} == set(KINDS)
    assert len(ours) >= 35
    wrong = [
        f"{path}: {found.json_path}: {found.message}"
        for kind, path in ours
        for found in validators[kind].iter_errors(as_editor(read_yaml(path)))
    ]
    assert wrong == []


def test_no_step_is_a_choice_of_fifty() -> None:
    """An editor finds an action's parameters by its key, and says what is wrong in them."""
    schema = json_schema("workflow")
    step = schema["$defs"]["step"]
    assert not {"oneOf", "anyOf"} & set(step)
    for action in step["properties"].values():
        assert len(action.get("anyOf", [])) <= 3
        assert action["description"]
    wrong = {"workflow": "w", "about": "x", "steps": [{"open": {"screen": "a.b", "were": {}}}]}
    found = list(jsonschema.Draft202012Validator(schema).iter_errors(wrong))
    assert [list(one.path) for one in found] == [["steps", 0, "open"]]


@pytest.mark.parametrize(
    "name",
    ["unknown-key", "missing-about", "list-expected", "unknown-type", "unknown-action", "unknown-parameter",
     "step-is-text", "missing-parameter", "step-two-actions", "step-as-outside", "as-without-value", "wrong-values",
     "value-spelled-out"]
)  # fmt: skip
def test_golden_errors_do_not_fit(name: str) -> None:
    wrong = as_editor(read_yaml(HERE / name / "workflow.yaml"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json_schema("workflow"), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "step",
    ["look: ehr.a", "look: {screen: ehr.a, as: x}", "everything:", "everything: {number: =x, flag: =y, patience: =z}",
     "everything: {number: 2, flag: true, day: 2021-03-09, patience: 2 s, inner: {from: 5}}",
     "everything: {accepted: [=x]}",
     "if_so: {is: =x, steps: [{look: a}], else: [{look: b}]}"]
)  # fmt: skip
def test_right_steps_fit(step: str) -> None:
    tree = as_editor(parse_yaml(f"workflow: w\nabout: x\nsteps:\n  - {step}\n", "f"))
    jsonschema.validate(tree, json_schema("workflow", ACTIONS), jsonschema.Draft202012Validator)


def test_other_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="no schema for 'spaceship'"):
        json_schema("spaceship")
