"""Types through expressions: what an expression will give, and what cannot be right in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from robot_library.lint.known import ANY, BOOLEAN, NUMBER, TEXT, Known
from robot_library.model.values import ValueType
from robot_library.parsing.expressions import FUNCTIONS
from robot_library.parsing.expressions.functions import WrongValue
from robot_library.parsing.expressions.tree import Binary, CallOf, Constant, Member, Name, Tree, Unary
from robot_library.parsing.kinds import WRITTEN_AS_TEXT, any_of, fits
from robot_library.parsing.problems import did_you_mean

Report = Callable[[int, str, str, str], None]
"""(offset, code, message, hint)"""
SAID_AS_TEXT: frozenset[ValueType] = frozenset({"number", "boolean", "date", "duration"})
_PLAIN: frozenset[ValueType] = SAID_AS_TEXT | {"text"}
"""What can be compared with its like."""
_ORDERED: frozenset[ValueType] = frozenset({"number", "date", "duration"})


def infer(tree: Tree, names: Mapping[str, Known], report: Report) -> Known:
    """What the tree gives, over what is known of the names in scope. Names not in scope were reported already."""
    match tree:
        case Constant(value=value):
            return _constant(value)
        case Name(name=name):
            return names.get(name, ANY)
        case Member():
            return _member(tree, infer(tree.of, names, report), report)
        case CallOf():
            return _call(tree, [infer(one, names, report) for one in tree.arguments], report)
        case Unary(operator="not"):
            return _logic(tree, [infer(tree.operand, names, report)], report)
        case Unary():
            operand = infer(tree.operand, names, report)
            _need(operand, "number", f"'{tree.operator}'", tree.at, report)
            return NUMBER.from_readings(operand.readings)
        case Binary():
            return _binary(tree, infer(tree.left, names, report), infer(tree.right, names, report), report)


def suits(known: Known, wants: Sequence[ValueType]) -> bool:
    """Whether such a value can go where these types are wanted. Text may become a number, date or duration."""
    if known.data and wants:
        return False
    if not known.kinds or not wants or any(fits(kind, wants) for kind in known.kinds):
        return True
    if set(known.kinds) <= WRITTEN_AS_TEXT:
        return bool({"number", "date", "duration"} & set(wants))
    return known.is_a("list") and suits(known.item or ANY, wants)


def _constant(value: object) -> Known:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, str):
        return TEXT
    return ANY if value is None else NUMBER


def _member(tree: Member, of: Known, report: Report) -> Known:
    if of.kinds and of.members is None and not {"record", "list"} & set(of.kinds):
        report(tree.at, "WR303", f"'.{tree.name}' asks for a part, but {any_of(of.kinds)} has no parts", "")
        return ANY.from_readings(of.readings)
    if of.is_a("list"):
        report(
            tree.at, "WR303", f"'.{tree.name}' asks for a part of a list", "Take one of it: first(…), or `for_each`."
        )
        return ANY.from_readings(of.readings)
    if of.members is None:
        return ANY.from_readings(of.readings)
    if tree.name not in of.members and isinstance(tree.of, Name) and tree.of.name == "site":
        hint = did_you_mean(tree.name, of.members) or f"Add it to the bot: site: {{{tree.name}: …}}."
        report(tree.at, "WR303", f"the bot has no site value '{tree.name}'", hint)
        return ANY
    if tree.name not in of.members:
        report(tree.at, "WR303", f"there is no '{tree.name}' in it", did_you_mean(tree.name, of.members))
        return ANY.from_readings(of.readings)
    return of.members[tree.name].from_readings(of.readings)


def _call(tree: CallOf, arguments: list[Known], report: Report) -> Known:
    function = FUNCTIONS[tree.function]
    readings = frozenset(name for known in arguments for name in known.readings)
    wrong = [_given(tree, index, known, report) for index, known in enumerate(arguments)]
    if not any(wrong):
        _compared(tree, arguments, report)
        _with_constants(tree, report)
    if tree.function == "first":
        return (arguments[0].item or ANY).from_readings(readings)
    return Known(function.gives, readings=readings)


def _given(tree: CallOf, index: int, known: Known, report: Report) -> bool:
    """Whether this value cannot be given to the function."""
    takes = FUNCTIONS[tree.function].taken(index)
    if tree.function in ("min", "max"):  # of one list, or of several values
        takes = ("list",) if len(tree.arguments) == 1 else ("number", "date")
    if not known.kinds or not takes or any(fits(kind, takes) for kind in known.kinds):
        return False
    hint = "Write text(…) around it." if takes == ("text",) and set(known.kinds) <= SAID_AS_TEXT else ""
    if "number" in takes:
        hint = _conversion(known) if "date" in takes else _conversion(known, "number(…)")
    message = f"{tree.function}() takes {any_of(takes)}, here is {any_of(known.kinds)}"
    report(tree.at, "WR304", message, hint)
    return True


def _compared(tree: CallOf, arguments: list[Known], report: Report) -> None:
    """`one_of` and `contains` compare, as '==' does; `min` and `max` take values of one kind."""
    if tree.function in ("min", "max"):
        kinds = [set(known.kinds) for known in arguments if known.kinds]
        if kinds and not set.intersection(*kinds):
            report(tree.at, "WR304", f"{tree.function}() takes numbers, or dates, not both", "")
    if tree.function == "one_of":
        for one in arguments[1:]:
            _alike(tree.at, arguments[0], one, report)
    if tree.function == "contains":
        held = arguments[0].item if arguments[0].is_a("list") else arguments[0]
        if held is not None:
            _alike(tree.at, held, arguments[1], report)


def _with_constants(tree: CallOf, report: Report) -> None:
    """A function of nothing but written-out values gives the same every time, or fails every time."""
    written = [one.value for one in tree.arguments if isinstance(one, Constant)]
    if len(written) < len(tree.arguments):
        return
    try:
        FUNCTIONS[tree.function].call(*written)
    except WrongValue as wrong:
        report(tree.at, "WR304", str(wrong), "")
    except (OverflowError, ValueError):
        report(tree.at, "WR304", f"{tree.function}() cannot work with this value", "")


def _logic(tree: Unary | Binary, operands: list[Known], report: Report) -> Known:
    for operand in operands:
        _need(operand, "boolean", f"'{tree.operator}'", tree.at, report)
    return BOOLEAN.from_readings(frozenset(name for operand in operands for name in operand.readings))


def _binary(tree: Binary, left: Known, right: Known, report: Report) -> Known:
    readings = left.readings | right.readings
    if tree.operator in ("and", "or"):
        return _logic(tree, [left, right], report)
    if tree.operator in ("==", "!="):
        _comparable(tree, left, right, report)
        return BOOLEAN.from_readings(readings)
    if tree.operator in ("<", "<=", ">", ">="):
        _ordered(tree, left, right, report)
        return BOOLEAN.from_readings(readings)
    if tree.operator == "+":
        return _added(tree, left, right, report).from_readings(readings)
    for side in (left, right):
        _need(side, "number", f"'{tree.operator}'", tree.at, report)
    return NUMBER.from_readings(readings)


def _ordered(tree: Binary, left: Known, right: Known, report: Report) -> None:
    sides = [_ORDERED & set(side.kinds) for side in (left, right)]
    for side, ordered in zip((left, right), sides, strict=True):
        if side.kinds and not ordered:
            message = f"'{tree.operator}' takes numbers, dates or durations, here is {any_of(side.kinds)}"
            report(tree.at, "WR304", message, _conversion(side))
    if all(sides) and not sides[0] & sides[1]:
        message = f"'{tree.operator}' takes two of a kind, here are {any_of(left.kinds)} and {any_of(right.kinds)}"
        report(tree.at, "WR304", message, "")


def _added(tree: Binary, left: Known, right: Known, report: Report) -> Known:
    texts = [bool(side.kinds) and set(side.kinds) <= WRITTEN_AS_TEXT for side in (left, right)]
    if all(texts):
        return TEXT
    wrong = [side for side in (left, right) if side.kinds and not {"number", *WRITTEN_AS_TEXT} & set(side.kinds)]
    if wrong or (any(texts) and (left.is_a("number") or right.is_a("number"))):
        here = f"are {any_of(left.kinds)} and {any_of(right.kinds)}" if left.kinds and right.kinds else "is another"
        hint = "Write text(…) or number(…) around one of them." if any(texts) else ""
        report(tree.at, "WR304", f"'+' takes two numbers or two texts, here {here}", hint)
    return ANY


def _comparable(tree: Binary, left: Known, right: Known, report: Report) -> None:
    for one, other in ((tree.left, right), (tree.right, left)):
        if isinstance(one, Constant) and one.value is None:
            if other.kinds and not other.maybe_none:
                message = f"this is never none: it always is {any_of(other.kinds)}"
                empty = set(other.kinds) <= {*WRITTEN_AS_TEXT, "list"}
                hint = "Where nothing stands it is empty: write empty(…)." if empty else ""
                report(tree.at, "WR304", message, hint)
            return
    _alike(tree.at, left, right, report)


def _alike(at: int, left: Known, right: Known, report: Report) -> None:
    """Two values that can be compared, as far as is known."""
    if not left.kinds or not right.kinds:
        return
    groups = [{"text" if kind in WRITTEN_AS_TEXT else kind for kind in side.kinds} for side in (left, right)]
    if groups[0] & groups[1] & _PLAIN:
        return
    if groups[0] & groups[1]:
        hint = "Compare what they hold: a part of each, or count(…) of a list."
        report(at, "WR304", f"{any_of(left.kinds)} and {any_of(right.kinds)} cannot be compared", hint)
        return
    message = f"{any_of(left.kinds)} and {any_of(right.kinds)} are never equal"
    text, other = (left, right) if "text" in groups[0] else (right, left)
    hint = f"Write {other.kinds[0]}(…) around the text." if other.kinds[0] in FUNCTIONS and text is not other else ""
    report(at, "WR304", message, hint)


def _need(known: Known, kind: ValueType, who: str, at: int, report: Report) -> None:
    if known.kinds and not ({kind} | (WRITTEN_AS_TEXT if kind == "text" else set())) & set(known.kinds):
        hint = _conversion(known) if kind == "number" else "Compare it first." if kind == "boolean" else ""
        report(at, "WR304", f"{who} takes {any_of((kind,))}, here is {any_of(known.kinds)}", hint)


def _conversion(known: Known, functions: str = "number(…) or date(…)") -> str:
    return f"Write {functions} around text." if set(known.kinds) <= WRITTEN_AS_TEXT else ""
