"""Workflows read, bound and hashed."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Place
from robot_library.model.finding import Accepted, Finding
from robot_library.model.record import Record
from robot_library.model.workflow import Declared, Step, Workflow
from robot_library.parsing.binding import bind, typed_inputs
from robot_library.parsing.expressions import Expression
from robot_library.parsing.library import Library
from robot_library.parsing.workflows import every_step, load_workflow, workflow_from_text
from tests.parsing.actions_for_tests import ACTIONS, Each, Everything, If, Look

READING = Finding(
    skill="s", skill_version="1", model_sha256="0", provider="cpu", label="l", score=0.93, decision="positive",
    operating_point="rule_in", image_uid="1.2",
)  # fmt: skip
HEAD = "workflow: w\nabout: A test.\nscreens: [ehr]\nitem:\n  order: {type: text, phi: yes}\nsteps:\n"


def workflow(steps: str, head: str = HEAD) -> Workflow:
    return workflow_from_text(head + steps, "w.yaml", Library(actions=ACTIONS))


def one(step: str) -> Step:
    return workflow(f"  - {step}\n").steps[0]


def test_a_whole_workflow() -> None:
    read = workflow(
        "  - sign_in: ehr\n"
        "  - look: {screen: ehr.order, where: {order: =item.order}, as: order}\n"
        "  - if_so:\n      is: =order.x == 'y'\n      steps: [{look: ehr.a}]\n"
        "      else:\n        - each: {name: row, in: =order.rows, steps: [{look: ehr.b}, {look: ehr.c}]}\n"
    )
    assert (read.name, read.about, read.screens) == ("w", "A test.", ("ehr",))
    assert read.item["order"].phi is True
    assert [step.path for step in every_step(read.steps)] == [
        "1", "2", "3", "3.steps.1", "3.else.1", "3.else.1.steps.1", "3.else.1.steps.2",
    ]  # fmt: skip
    assert [(step.place.line, step.place.column) for step in every_step(read.steps)][:5] == [
        (7, 5), (8, 5), (9, 5), (11, 16), (13, 11),
    ]  # fmt: skip
    assert read.steps[1].bind == "order"
    assert read.steps[1].params["where"] == {
        "order": Expression("item.order", read.place, read.steps[1].params["where"]["order"].tree)
    }


def test_collect_has_its_own_addresses() -> None:
    head = HEAD.replace(
        "steps:\n", "collect: {steps: [{look: {screen: ehr.list, as: rows}}], items: =rows, key: order}\nsteps:\n"
    )
    read = workflow("  - look: ehr.order\n", head)
    assert read.collect is not None
    assert [step.path for step in read.collect.steps] == ["collect.1"]
    assert read.collect.items.text == "rows"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("text: 00123", "00123"),
        ("text: no", "no"),
        ("number: 1.50", 1.5),
        ("whole: 3", 3),
        ("flag: no", False),
        ("flag: 'yes'", True),
        ("day: 2021-03-09", date(2021, 3, 9)),
        ("patience: 1.5 min", timedelta(seconds=90)),
        ("choice: b", "b"),
        ("anything: {a: [1, no]}", {"a": ["1", "no"]}),
        ("values: {x: 007}", {"x": "007"}),
        ("one_or_more: a", "a"),
        ("one_or_more: [a, 1]", ("a", "1")),
    ],
)
def test_literals_become_what_is_declared(written: str, value: Any) -> None:
    key = written.partition(":")[0]
    step = one(f"everything: {{{written}}}")
    assert getattr(bind(step, Everything, {}), key) == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("text: =item.order", "00123"),
        ("number: =item.n", 2.0),
        ("whole: =item.n", 2),
        ("whole: =count(rows)", 1),
        ("flag: =item.n == '2'", True),
        ("day: =item.day", date(2021, 3, 9)),
        ("patience: =item.wait", timedelta(seconds=5)),
        ("anything: {a: [=rows]}", {"a": [[{"n": "1"}]]}),
        ("finding: =reading", READING),
        ("inner: {from: =item.order, times: 2}", None),
        ("values: {x: =item.order}", {"x": "00123"}),
    ],
)
def test_expressions_become_what_is_declared(written: str, value: Any) -> None:
    scope = {
        "item": {"order": "00123", "n": "2", "day": "09.03.2021", "wait": "5 s"},
        "rows": [{"n": "1"}],
        "reading": READING,
    }
    bound = bind(one(f"everything: {{{written}}}"), Everything, scope)
    result = getattr(bound, written.partition(":")[0])
    if value is None:
        assert (result.from_, result.times) == ("00123", 2)
    else:
        assert result == value


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("flag: =item.word", "WR210 in '=item.word': true or false is needed here, this gives text"),
        ("text: =item.n", "WR210 in '=item.n': text is needed here, this gives a number"),
        ("number: =item.word", "WR210 in '=item.word': the text is not a number"),
        ("whole: =item.zero", "WR211 'whole' of 'everything' must be at least 1"),
        ("whole: =item.half", "WR211 'whole' of 'everything' takes a whole number"),
        ("choice: =item.word", "WR211 'choice' of 'everything' must be one of 'a' or 'b'"),
        ("finding: =item", "WR210 in '=item': a finding is needed here, this gives data"),
        ("accepted: =reading", "WR210 in '=reading': an accepted finding is needed here, this gives a finding"),
        ("accepted: [=reading]", "WR210 in '=reading': an accepted finding is needed here, this gives a finding"),
        ("values: =item", "WR210 in '=item': a report is needed here, this gives data"),
        ("inner: {from: =item.word, times: =item.ten}", "WR211 'times' of 'everything' must be at most 5"),
        ("text: =nobody", "WR210 in '=nobody': there is no 'nobody' here"),
    ],
)
def test_what_does_not_fit_stops_the_step_and_tells_no_value(written: str, message: str) -> None:
    head = HEAD.replace("screens: [ehr]\n", "")
    step = workflow(f"  - everything: {{{written}}}\n", head).steps[0]
    scope = {"item": {"word": "Meyer", "n": 2, "zero": "0", "half": "0.5", "ten": 10}, "reading": READING}
    with pytest.raises(AuthoringError) as caught:
        bind(step, Everything, scope)
    assert "Meyer" not in str(caught.value)
    line = f"  - everything: {{{written}}}"
    column = line.rindex("=") + 1 + message.startswith("WR210")
    assert str(caught.value).split("\n")[0] == f"w.yaml:6:{column}: {message}"


def test_conditions_are_boolean_and_nested_steps_pass_through() -> None:
    step = one("if_so: {is: =item.x == 'y', steps: [{look: {screen: ehr.a, where: {x: =later}}}]}")
    bound = bind(step, If, {"item": {"x": "y"}})
    assert bound.condition is True
    assert bound.steps == step.params["steps"]
    with pytest.raises(AuthoringError, match="true or false is needed here, this gives text"):
        bind(one("if_so: {is: =item.x, steps: [{look: ehr.a}]}"), If, {"item": {"x": "true"}})


def test_values_that_only_steps_make_cannot_be_spelled_out() -> None:
    accepted = Accepted(finding=READING, by="person", who="w", decision="positive")
    assert bind(one("everything: {accepted: [=a, =a]}"), Everything, {"a": accepted}).accepted == (accepted, accepted)
    assert bind(one("everything: {accepted: =all}"), Everything, {"all": [accepted]}).accepted == (accepted,)
    for literal in ("accepted: {by: person}", "accepted: [{by: person}]", "accepted: yes", "finding: {score: 1}"):
        with pytest.raises(AuthoringError, match=r"WR10[34]"):
            one(f"everything: {{{literal}}}")


DECLARED = {
    "order": Declared(type="mrn"),
    "n": Declared(type="number"),
    "day": Declared(type="date", optional=True),
    "study": Declared(type="study", optional=True),
}


def test_inputs_become_what_is_declared() -> None:
    place = Place(file="w.yaml")
    values = typed_inputs(DECLARED, {"order": "007", "n": "2", "day": "2021-03-09"}, place)
    assert values == {"order": "007", "n": 2.0, "day": date(2021, 3, 9), "study": None}
    with pytest.raises(AuthoringError) as caught:
        typed_inputs(DECLARED, {"ordr": "x", "n": "Meyer", "day": 3, "study": "x"}, place)
    assert [one.message for one in caught.value.diagnostics] == [
        "the input 'order' is missing",
        "the input 'n' must be a number, its text is not",
        "the input 'day' must be a date, here is a number",
        "the input 'study' must be a study, its text is not",
        "there is no input 'ordr'",
    ]


def test_a_mapping_that_looks_like_a_record_is_none() -> None:
    """Whose record it is comes from a screen; nobody can spell out an identity."""
    fake = {"kind": "record", "source": "screen:ehr.order", "fields": {}, "identity": {"source": "s", "system": "ehr"}}
    step = one("everything: {person: =fake}")
    with pytest.raises(AuthoringError, match="a record or a study is needed here, this gives data"):
        bind(step, Everything, {"fake": fake})
    with pytest.raises(AuthoringError, match="WR103 'person' takes a record or a study, here are keys and values"):
        one("everything: {person: {source: s, fields: {}}}")
    real = Record(source="screen:ehr.order", fields={})
    assert bind(step, Everything, {"fake": real}).person is real


def test_a_header_holds_no_expressions() -> None:
    for line in ("screens: =item.x", "screens: [=x]", "item: =x", "item: {order: {type: =x}}", "skills: =x"):
        with pytest.raises(AuthoringError, match=r"WR1\d\d"):
            workflow("  - look: ehr.a\n", f"workflow: w\nabout: A test.\n{line}\nsteps:\n")
    assert workflow("  - look: ehr.a\n", "workflow: w\nabout: =x\nsteps:\n").about == "=x"


def test_places_in_quoted_expressions() -> None:
    with pytest.raises(AuthoringError, match=r"w\.yaml:7:33: WR201"):
        one("""everything: {text: "=item.x ?"}""")


def test_names_bound_by_blocks_and_loops() -> None:
    step = one("each: {name: row, in: =rows, steps: [{look: ehr.a}]}")
    assert bind(step, Each, {"rows": [Record(source="s", fields={})]}).name == "row"
    assert bind(one("look: ehr.a"), Look, {}).screen == "ehr.a"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "workflows" / name / "workflow.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_hash_covers_what_is_called_and_templates(tmp_path: Path) -> None:
    outer = HEAD.replace("workflow: w", "workflow: outer").replace("screens:", "templates: [t]\nscreens:")
    path = write(tmp_path, "outer", outer + "  - call: {workflow: inner, with: {order: =item.order}}\n")
    write(tmp_path, "inner", HEAD.replace("workflow: w", "workflow: inner") + "  - look: ehr.a\n")
    template = tmp_path / "workflows" / "templates" / "t.html"
    template.parent.mkdir()
    template.write_text("<html>", encoding="utf-8")
    hashes = [load_workflow(path, Library(tmp_path, actions=ACTIONS)).sha256 for _ in range(2)]
    write(tmp_path, "inner", HEAD.replace("workflow: w", "workflow: inner") + "  - look: ehr.b\n")
    hashes.append(load_workflow(path, Library(tmp_path, actions=ACTIONS)).sha256)
    template.write_text("<html> ", encoding="utf-8")
    hashes.append(load_workflow(path, Library(tmp_path, actions=ACTIONS)).sha256)
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_circles_and_wrong_sub_workflows_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, "a", HEAD.replace("workflow: w", "workflow: a") + "  - call: {workflow: b}\n")
    write(tmp_path, "b", HEAD.replace("workflow: w", "workflow: b") + "  - call: {workflow: a}\n")
    write(tmp_path, "c", HEAD.replace("workflow: w", "workflow: c") + "  - lok: x\n")
    write(tmp_path, "a", path.read_text(encoding="utf-8") + "  - call: {workflow: c}\n")
    with pytest.raises(AuthoringError) as caught:
        load_workflow(path, Library(tmp_path, actions=ACTIONS))
    assert [found.code for found in caught.value.diagnostics] == ["WR121", "WR111"]


WORDS = st.sampled_from(
    ["workflow", "about", "screens", "item", "steps", "collect", "look", "everything", "if_so", "each", "call", "as",
     "is", "in", "name", "text", "whole", "=x", "=x.y == 1", "=", "ehr.order", "x", "1", "no", "4 h", "", "é", "00123"]
)  # fmt: skip
TREES = st.recursive(
    WORDS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=25,
)


def dump(tree: Any) -> str:
    """As flow YAML, every text in quotes or bare."""
    if isinstance(tree, list):
        return f"[{', '.join(map(dump, tree))}]"
    if isinstance(tree, dict):
        return f"{{{', '.join(f'{key or chr(39) * 2}: {dump(value)}' for key, value in tree.items())}}}"
    return f'"{tree}"' if tree == "" or len(tree) % 2 else str(tree)


@given(TREES)
@settings(max_examples=400, deadline=None)
def test_no_shape_crashes_the_reader(tree: Any) -> None:
    for text in (dump(tree), HEAD + f"  - {dump(tree)}\n", f"workflow: w\nabout: x\nsteps: {dump(tree)}\n"):
        with suppress(AuthoringError):
            workflow_from_text(text, "w.yaml", Library(actions=ACTIONS))
