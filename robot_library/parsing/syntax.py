"""What a YAML syntax error means, in an author's words, at the place where the construct began."""

from __future__ import annotations

import re

import yaml

from robot_library.errors import AuthoringError
from robot_library.model.diagnostic import Place
from robot_library.parsing.problems import single

_BLANK = re.compile(r"^ *[^\S \t]|^\s*(?:- *)*[\w.-]+:[^\S \t]|^\s*-[^\S \t]")
"""A blank other than space and tab where the layout wants one: before a line, after ':' or '-'."""
_KEY_LINE = re.compile(r"\s*(?:- )*[\w.-]+:(?:\s|$)")


def explain(error: yaml.YAMLError, text: str, file: str, quoted: tuple[Place, int] | None) -> AuthoringError:
    """The parser's error as one diagnostic. `quoted` is the latest quoted text that spanned several lines."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return single(Place(file=file), "WR001", "the file holds characters that YAML does not allow")
    problem = _place(error.problem_mark, file) or Place(file=file)
    began = _place(error.context_mark, file) or problem
    lines = text.splitlines()
    line = lines[problem.line - 1] if problem.line <= len(lines) else ""
    what, context = (error.problem or ""), (error.context or "")
    if quoted is not None and quoted[1] == problem.line:
        return single(
            quoted[0],
            "WR010",
            f"a quote is opened here and not closed in its line; the next quote closes it in line {quoted[1]}",
            "Close the quote. A quote inside quoted text is written twice ('') or as \\\".",
        )
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent and "quoted scalar" not in context:
        tab = Place(file=file, line=problem.line, column=indent.index("\t") + 1)
        return single(tab, "WR009", "a tab stands here", "Indent with spaces only.")
    if "quoted scalar" not in context and (blank := _odd_blank(lines, problem, file)) is not None:
        return blank
    return _known(what, context, began, problem, line) or single(
        problem, "WR010", "the layout breaks here", "Check indentation, colons, quotes and brackets just above."
    )


def _odd_blank(lines: list[str], problem: Place, file: str) -> AuthoringError | None:
    """A blank that is none to YAML, in the line of the problem or the one that it goes on from."""
    for number in range(min(problem.line, len(lines)), 0, -1):
        if (found := _BLANK.search(lines[number - 1])) is not None:
            hint = "It often comes with text that was pasted: put a plain blank in its place."
            message = "a blank stands here that is none to YAML (such as a no-break space)"
            return single(Place(file=file, line=number, column=found.end()), "WR009", message, hint)
        if number < problem.line and lines[number - 1].strip():
            return None
    return None


def _known(what: str, context: str, began: Place, problem: Place, line: str) -> AuthoringError | None:
    if "quoted scalar" in context:
        return _quoted(what, began, problem)
    if "flow" in context:
        bracket = "[" if "sequence" in context else "{"
        if "flow node" in context:
            return single(began, "WR010", "a value is missing here, between brackets", "Fill it in.")
        closing = "]" if bracket == "[" else "}"
        message = f"'{bracket}' is opened here and not closed"
        return single(began, "WR010", message, f"Close it with '{closing}', and put commas between the parts.")
    if "cannot start any token" in what:
        return _odd_start(problem, line)
    if "not allowed in this context" in what or "not allowed here" in what:
        return _not_allowed(what, problem, line)
    if "simple key" in context:
        return single(began, "WR010", "a line without ':' stands among keys", "Write 'key: value', or indent it.")
    if "block" in context:
        return _block(what, problem, line)
    if "directive" in context:
        return single(began, "WR010", "a line must not begin with '%'", "Put the text in quotes.")
    if "anchor" in context or "alias" in context:
        return single(began, "WR006", "text must not begin with '&' or '*'", "Put it in quotes.")
    if "tag" in context:
        return single(began, "WR005", "text must not begin with '!'", "Put it in quotes.")
    return None


def _quoted(what: str, began: Place, problem: Place) -> AuthoringError:
    if "escape" in what or "hexdecimal" in what or "Unicode" in what:
        hint = "In \"double\" quotes write \\\\ for a backslash, or use 'single' quotes."
        return single(began, "WR010", "a backslash in this quoted text means nothing to YAML", hint)
    return single(began, "WR010", "a quote is opened here and never closed", "Close it in the same line.")


def _odd_start(problem: Place, line: str) -> AuthoringError:
    character = line[problem.column - 1 : problem.column]
    if character == "\t":
        return single(problem, "WR009", "a tab stands here", "Indent with spaces only.")
    return single(problem, "WR010", f"a value must not begin with '{character}'", "Put the text in quotes.")


def _not_allowed(what: str, problem: Place, line: str) -> AuthoringError:
    if "\t" in line[: problem.column]:
        return single(problem, "WR009", "a tab stands before this", "Indent with spaces only.")
    if "sequence" in what:
        return single(problem, "WR010", "a list cannot begin in the middle of a line", "Begin it on a line of its own.")
    before = line[: problem.column - 1]
    if ":" in before:
        column = len(before) - len(before.lstrip(" -")) + 1
        where = Place(file=problem.file, line=problem.line, column=column)
        return single(where, "WR010", "a second ': ' stands in this line", "Put the text after the first in quotes.")
    message = "this key does not line up with the lines above, or a ':' is missing there"
    column = len(line) - len(line.lstrip(" ")) + 1
    return single(
        Place(file=problem.file, line=problem.line, column=column), "WR010", message, "Check the indentation."
    )


def _block(what: str, problem: Place, line: str) -> AuthoringError:
    before = line[: problem.column - 1]
    if "'" in before or '"' in before:
        column = min(i for i in (before.find("'"), before.find('"')) if i >= 0) + 1
        where = Place(file=problem.file, line=problem.line, column=column)
        message = "text goes on after the closing quote"
        return single(where, "WR010", message, "Quote all of it; a quote inside is written twice ('').")
    if "-" in what and not line.lstrip().startswith("- "):
        return single(
            problem, "WR010", "keys and '-' lines are mixed in one list", "Align '-' lines, or indent this key."
        )
    if _KEY_LINE.match(line) or line.lstrip().startswith("- "):
        return single(problem, "WR010", "this line does not line up with the lines above", "Check the indentation.")
    return single(problem, "WR010", "something stands here that belongs to nothing above", "Check quotes and brackets.")


def _place(mark: yaml.Mark | None, file: str) -> Place | None:
    return None if mark is None else Place(file=file, line=mark.line + 1, column=mark.column + 1)
