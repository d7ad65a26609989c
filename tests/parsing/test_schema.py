"""The schemas let right files through and stop wrong ones, as an editor would see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from robot_library.parsing.library import bundled
from robot_library.parsing.nodes import ListNode, Node, TextNode, parse_yaml, read_yaml
from robot_library.parsing.schema import KINDS, json_schema
from tests.golden_errors.golden import HERE
from tests.parsing.actions_for_tests import ACTIONS

FILES = {"workflow": "workflows/*/workflow.yaml", "screen": "workflows/screens/*.yaml", "bot": "bots/*.yaml",
         "skill": "skills/*/skill.yaml"}  # fmt: skip


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
    return [(kind, path) for kind, pattern in FILES.items() for path in sorted(bundled().glob(pattern))]


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_schemas(kind: str) -> None:
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == f"wetread {kind}"


@pytest.mark.parametrize(("kind", "path"), files(), ids=lambda one: getattr(one, "name", one))
def test_our_own_files_fit(kind: str, path: Path) -> None:
    jsonschema.validate(as_editor(read_yaml(path)), json_schema(kind), jsonschema.Draft202012Validator)


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
