"""The `=` language: what it gives, what it refuses, and that nothing but data can be reached."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_library.errors import AuthoringError
from robot_library.interfaces import Credential
from robot_library.model.diagnostic import Place
from robot_library.model.finding import Finding
from robot_library.model.record import Record
from robot_library.parsing.expressions import FUNCTIONS, compile_expression

PLACE = Place(file="f.yaml", line=7, column=11)
READING = Finding(
    skill="s", skill_version="1", model_sha256="0", provider="cpu", label="l", score=0.93, decision="positive",
    operating_point="rule_in", image_uid="1.2",
)  # fmt: skip
SCOPE: dict[str, Any] = {
    "item": {"order": "00123"},
    "order": Record(source="screen:ehr.order", fields={"accession": "A1", "images": "2", "identity": "a field"}),
    "reading": READING,
    "rows": [{"n": "1"}, {"n": "2"}],
    "names": ("Anna", "Bo"),
    "when": date(2021, 3, 9),
    "later": date(2021, 3, 10),
    "took": timedelta(seconds=20),
    "n": 4,
    "yes": True,
    "nothing": None,
    "credential": Credential("u", "p"),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("item.order", "00123"),
        ("order.accession", "A1"),
        ("order.identity", "a field"),
        ("reading.score >= 0.9 and reading.decision == 'positive'", True),
        ("number(order.images) + 1", 3),
        ("2 + 3 * 4 - 6 / 3", 12.0),
        ("(2 + 3) * 4 % 7", 6),
        ("-n + 1", -3),
        ("not yes or n > 3", True),
        ("not (yes and n == 4)", False),
        ("yes or nothing.x == 1", True),
        ("nothing == none", True),
        ("n != none", True),
        ('\'it\'\'s\' + " a ""b"""', 'it\'s a "b"'),
        ("when < later", True),
        ("date('09.03.2021') == when", True),
        ("date('09-Mar-2021') == when and date('9 mar 2021') == when", True),
        ("took == duration('20 s')", True),
        ("first(rows).n", "1"),
        ("count(rows)", 2),
        ("join(names, ' and ')", "Anna and Bo"),
        ("contains(names, 'Bo') and contains(order.accession, 'A')", True),
        ("starts_with(item.order, '00')", True),
        ("one_of(reading.decision, 'positive', 'uncertain')", True),
        ("empty(nothing) and empty('  ') and not empty(rows)", True),
        ("upper(trim(' a ')) + lower('B')", "Ab"),
        ("len(item.order)", 5),
        ("text(reading.score)", "0.93"),
        ("text(2.0) + text(true)", "2true"),
        ("round(reading.score, 1)", 0.9),
        ("round(2.6)", 3),
        ("max(n, 7, 2.5)", 7),
        ("min(when, later) == when", True),
    ],
)
def test_value(text: str, value: Any) -> None:
    result = compile_expression(f"={text}", PLACE).evaluate(SCOPE)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("order.images == 2", 25, "text and a number cannot be compared; write number(…) around the text"),
        ("order.images > 1", 25, "'>' takes two numbers, dates or durations, here are text and a number"),
        ("'9' < '10'", 16, "'<' takes two numbers, dates or durations, here are text and text"),
        ("n / (n - 4)", 14, "a division by zero"),
        ("n % 0", 14, "a division by zero"),
        ("n and yes", 14, "'and' takes true or false, here is a number"),
        ("not n", 12, "'not' takes true or false, here is a number"),
        ("itm.order", 12, "there is no 'itm' here"),
        ("item.ordr", 17, "there is no 'ordr' in it"),
        ("n.real", 14, "'.real' asks for a part, but a number has no parts"),
        ("nothing.x", 20, "'.x' asks for a part, but none has no parts"),
        ("credential.password", 23, "'.password' asks for a part, but data has no parts"),
        ("order.fields", 18, "there is no 'fields' in it"),
        ("rows.append", 17, "'.append' asks for a part, but a list has no parts"),
        ("reading.model_dump", 20, "there is no 'model_dump' in it"),
        ("number('x')", 12, "number() was given text that is not a number"),
        ("number('nan')", 12, "number() was given text that is not a number"),
        ("date('31.02.2021')", 12, "date() was given text that is not a date"),
        ("text(n) + n", 20, "'+' takes two numbers or two texts, here are text and a number"),
        ("first('abc')", 12, "first() takes a list, here is text"),
        ("first(names) == n", 25, "text and a number cannot be compared; write number(…) around the text"),
        ("upper(n)", 12, "upper() takes text, here is a number; write text(…) around a number"),
        ("min(n, 'a')", 12, "min() takes numbers, or dates"),
        ("round(n, -1)", 12, "round() takes a number, and how many digits (0 to 10) to keep"),
        ("reading == reading", 20, "a finding and a finding cannot be compared"),
        ("yes == 1", 16, "true or false and a number cannot be compared"),
    ],
)
def test_error_when_it_runs(text: str, column: int, message: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        compile_expression(f"={text}", PLACE).evaluate(SCOPE)
    (found,) = caught.value.diagnostics
    assert (found.code, found.line, found.column) == ("WR210", 7, column)
    assert found.message == f"in '={text}': {message}"


def test_messages_never_hold_values() -> None:
    secret = "Meyer-00123456"
    for text in (
        "x == 1",
        "x + 1",
        "x.y",
        "number(x)",
        "date(x)",
        "not x",
        "round(x)",
        "first(x)",
        "m.nam",
        "min(x, 1)",
    ):
        with pytest.raises(AuthoringError) as caught:
            compile_expression(f"={text}", PLACE).evaluate({"x": secret, "m": {"name": secret}})
        assert "Meyer" not in str(caught.value)
        assert "00123456" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
     "", " ", "n n", "n.", ".n", "(n", "n)", "n +", "f(", "lower(n,)", "lower()", "lower(n, n)", "n == n == n",
     "n = n", "n[0]", "{n}", "a.__class__", "_n", "__import__('os')", "lambda: n", "n if yes else n", "007", "1x",
     "1e9", "'open", "n is none", "“a”", "not", "and", "12345678901234567", "n; n", "n\\n", "open('f')", "len.x(n)",
     "(" * 60 + ")" * 60, "not " * 60 + "yes", "-" * 60 + "n", "n" + "+n" * 60, "'" + "x" * 1000 + "'", "n" + ".n" * 60]
)  # fmt: skip
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        compile_expression(f"={text}", PLACE)
    assert [one.code for one in caught.value.diagnostics] == ["WR201"]


def test_names_wants_and_equality() -> None:
    one = compile_expression("=order.accession == item.order and count(rows) > n", PLACE)
    assert one.names() == {"order", "item", "rows", "n"}
    assert one.wanting(("boolean",)).wants == ("boolean",)
    assert one == compile_expression("=" + one.text, Place(file="g"))


def test_results_stay_finite() -> None:
    for text in ("n * n * n", "n + n", "-n - n", "n / 0.0000001"):
        with pytest.raises(AuthoringError, match="too large"):
            compile_expression(f"={text}", PLACE).evaluate({"n": 1.7e308})
    with pytest.raises(AuthoringError, match="too long"):
        compile_expression("=t + t", PLACE).evaluate({"t": "x" * 600_000})


def test_every_function_has_an_example_that_compiles() -> None:
    for name, function in FUNCTIONS.items():
        assert function.example.startswith(f"{name}(")
        compile_expression(f"={function.example}", PLACE)


TOKENS = st.sampled_from(
    [*FUNCTIONS, *SCOPE, ".", "(", ")", ",", "==", "<", "+", "-", "*", "/", "%", "and", "or", "not", "none", "true",
     "'x'", "1", "0", "2.5", "score", "order", "images", "accession", " ", "=", "'", "_", "é"]
)  # fmt: skip


@given(st.one_of(st.lists(TOKENS, max_size=25).map(" ".join), st.text(max_size=80)))
@settings(max_examples=1000, deadline=None)
def test_nothing_but_an_authoring_error(text: str) -> None:
    with suppress(AuthoringError):
        compile_expression(f"={text}", PLACE).evaluate(SCOPE)
