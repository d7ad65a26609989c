"""Arguments that do not fit a keyword's own signature.

Unknown and missing ones, texts that Robot Framework could not convert to the argument's type, values of another type,
and a name for what gives nothing. The same for a library's `settings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from robot_library.keywords.signature import Argument, Signature, wrong_names
from robot_library.lint.infer import infer
from robot_library.lint.keyword_steps import given_to, info_of, keyword_spots, signature_at
from robot_library.lint.params import place_of
from robot_library.lint.rule import WorkflowRule
from robot_library.lint.subject import Spot, Subject, note
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.expressions import Expression
from robot_library.parsing.kinds import any_of

_SCALARS = frozenset({"text", "number", "boolean", "date"})
_WHOLE = frozenset({"list", "data"})
_OURS = {
    ("RPA.Robocorp.Vault", "secret_file"), ("RPA.Robocorp.WorkItems", "input"), ("RPA.Robocorp.WorkItems", "output")
}  # fmt: skip
"""Settings that wetread itself understands."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every keyword step whose signature is known."""
    for spot, library, _ in keyword_spots(subject):
        info, signature = info_of(subject.library, library), signature_at(subject, spot)
        if info is not None:
            settings = {k: v for k, v in given_to(spot.step, "settings").items() if (library, k) not in _OURS}
            yield from _against(spot, info.init, settings, f"library {library}", "settings")
        if signature is None:
            continue
        yield from _against(spot, signature, given_to(spot.step, "with"), f"'{signature.name}'", "with")
        if signature.gives == "nothing" and spot.step.bind is not None:
            yield note(
                spot.step.place, "WR422", f"'{signature.name}' gives no value that 'as' could name", "Delete it."
            )


def _against(spot: Spot, signature: Signature, given: Mapping[str, Any], thing: str, key: str) -> Iterator[Diagnostic]:
    for name, message, hint in wrong_names(signature, given, thing):
        place = place_of(given.get(name or ""), spot.step.place)
        yield note(place, "WR422", message, hint.replace("with: {", f"{key}: {{"))
    for name, value in given.items():
        argument = signature.argument(name)
        problem = _unfit(argument, value, spot) if argument is not None else ""
        if problem:
            yield note(place_of(value, spot.step.place), "WR422", f"'{name}' of {thing} {problem}")


def _unfit(argument: Argument, value: Any, spot: Spot) -> str:
    """Why a value does not fit; "" if it may."""
    if not isinstance(value, Expression):
        whole = list if argument.way == "varargs" else ()
        return "" if _has_expression(value) or isinstance(value, whole) else argument.refuses(_plain(value))
    known = infer(value.tree, spot.names, lambda *_: None)
    kinds = {"data" if kind == "record" else kind for kind in known.kinds}
    if not argument.takes or not kinds or argument.way in ("varargs", "kwargs"):
        return ""
    scalar = kinds <= _SCALARS | {"duration"} and argument.takes <= _WHOLE and kinds != {"text"}
    whole_given = not kinds & (_SCALARS | {"duration", "mrn", "accession", "secret"}) and argument.takes <= _SCALARS
    return f"must be {argument.wanted}, here is {any_of(known.kinds)}" if scalar or whole_given else ""


def _plain(value: Any) -> Any:
    """The parser's texts as plain ones."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value)


def _has_expression(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_expression, value.values()))
    return any(map(_has_expression, value)) if isinstance(value, list) else isinstance(value, Expression)


RULE = WorkflowRule("WR422", "workflow", check, "step")
