"""Tokens to a tree, by recursive descent.

or: and ('or' and)* · and: not ('and' not)* · not: 'not' not | compare · compare: sum (op sum)? ·
sum: term (('+'|'-') term)* · term: sign (('*'|'/'|'%') sign)* · sign: '-' sign | member ·
member: atom ('.' name)* · atom: number | text | true | false | none | name | name '(' … ')' | '(' or ')'
"""

from __future__ import annotations

from collections.abc import Callable

from robot_library.parsing.expressions.functions import FUNCTIONS
from robot_library.parsing.expressions.tokens import Token, tokens
from robot_library.parsing.expressions.tree import (
    MAX_DEPTH,
    MAX_LENGTH,
    Binary,
    CallOf,
    Constant,
    ExpressionError,
    Member,
    Name,
    Tree,
    Unary,
)
from robot_library.parsing.problems import did_you_mean

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "none": None}
KEYWORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", *CONSTANTS})
_NOT_CLOSED = "Close it with ')'. Within {braces} or [brackets] an expression with a comma in it stands in quotes."
_WORD_CURES = {
    "in": "Write contains(list, value) or one_of(value, 'a', 'b').",
    "is": "Write '=='.",
    "if": "Use the step `when`.",
    "else": "Use the step `when`.",
    "AND": "Write 'and'.",
    "OR": "Write 'or'.",
}


def parse(text: str) -> Tree:
    """The tree of an expression's text (without the leading '='). ExpressionError says where and why not."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(0, f"the expression is longer than {MAX_LENGTH} characters", "Use `compute` steps.")
    grammar = _Grammar(tokens(text))
    if grammar.now.kind == "end":
        raise ExpressionError(0, "nothing follows '='", "Write a name or a value after it.")
    tree = grammar.either()
    grammar.expect_end()
    return tree


class _Grammar:
    def __init__(self, found: list[Token]) -> None:
        self.found = found
        self.index = 0
        self.depth = 0

    @property
    def now(self) -> Token:
        return self.found[self.index]

    def take(self) -> Token:
        token = self.now
        self.index = min(self.index + 1, len(self.found) - 1)
        return token

    def at_sign(self, *signs: str) -> bool:
        return self.now.kind == "sign" and self.now.text in signs

    def at_word(self, word: str) -> bool:
        return self.now.kind == "name" and self.now.text == word

    def expect_end(self) -> None:
        if self.now.kind == "end":
            return
        if self.at_sign(*COMPARISONS):
            raise ExpressionError(self.now.at, "two comparisons in a row", "Join them with 'and'.")
        if self.at_sign(")"):
            raise ExpressionError(self.now.at, "')' closes nothing", "Delete it.")
        raise ExpressionError(self.now.at, f"{_shown(self.now)} is not expected here", _cure(self.now))

    def deeper(self, rule: Callable[[], Tree]) -> Tree:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(self.now.at, "the expression is nested too deep", "Use `compute` steps.")
        try:
            return rule()
        finally:
            self.depth -= 1

    def chain(self, rule: Callable[[], Tree], at: Callable[[], bool]) -> Tree:
        left = rule()
        length = 0
        while at():
            length += 1
            if length > MAX_DEPTH:
                raise ExpressionError(self.now.at, "the expression has too many parts", "Use `compute` steps.")
            token = self.take()
            left = Binary(token.text, left, rule(), token.at)
        return left

    def either(self) -> Tree:
        return self.chain(self.both, lambda: self.at_word("or"))

    def both(self) -> Tree:
        return self.chain(self.negation, lambda: self.at_word("and"))

    def negation(self) -> Tree:
        if not self.at_word("not"):
            return self.comparison()
        token = self.take()
        return Unary("not", self.deeper(self.negation), token.at)

    def comparison(self) -> Tree:
        left = self.sum()
        if not self.at_sign(*COMPARISONS):
            return left
        token = self.take()
        return Binary(token.text, left, self.sum(), token.at)

    def sum(self) -> Tree:
        return self.chain(self.term, lambda: self.at_sign("+", "-"))

    def term(self) -> Tree:
        return self.chain(self.signed, lambda: self.at_sign("*", "/", "%"))

    def signed(self) -> Tree:
        if not self.at_sign("-"):
            return self.member()
        token = self.take()
        return Unary("-", self.deeper(self.signed), token.at)

    def member(self) -> Tree:
        tree = self.atom()
        length = 0
        while self.at_sign("."):
            self.take()
            length += 1
            if self.now.kind != "name" or self.now.text.startswith("_") or length > MAX_DEPTH:
                raise ExpressionError(self.now.at, "a member's name must follow '.'", "As in order.accession.")
            token = self.take()
            tree = Member(tree, token.text, token.at)
        return tree

    def atom(self) -> Tree:
        token = self.take()
        if token.kind == "text":
            return Constant(token.text, token.at)
        if token.kind == "number":
            return Constant(float(token.text) if "." in token.text else int(token.text), token.at)
        if token.kind == "name":
            return self.named(token)
        if token.kind == "sign" and token.text == "(":
            tree = self.deeper(self.either)
            self.close(token)
            return tree
        raise ExpressionError(token.at, f"a value is missing before {_shown(token)}")

    def named(self, token: Token) -> Tree:
        if token.text in CONSTANTS:
            return Constant(CONSTANTS[token.text], token.at)
        if token.text in KEYWORDS:
            raise ExpressionError(token.at, f"'{token.text}' is not expected here", _cure(token))
        if self.at_sign("("):
            return self.call(token)
        if token.text.startswith("_"):
            raise ExpressionError(token.at, "names do not begin with '_'")
        return Name(token.text, token.at)

    def call(self, name: Token) -> Tree:
        opened = self.take()
        function = FUNCTIONS.get(name.text)
        if function is None:
            hint = did_you_mean(name.text, FUNCTIONS)
            raise ExpressionError(name.at, f"there is no function '{name.text}'", hint)
        arguments: list[Tree] = []
        while not self.at_sign(")"):
            if arguments:
                if not self.at_sign(","):
                    break
                self.take()
            arguments.append(self.deeper(self.either))
        self.close(opened)
        if not function.fewest <= len(arguments) <= function.most:
            message = f"{name.text}() takes {function.counts()}, here are {len(arguments)}"
            raise ExpressionError(name.at, message, f"As in {function.example}.")
        return CallOf(name.text, tuple(arguments), name.at)

    def close(self, opened: Token) -> None:
        if not self.at_sign(")"):
            if self.now.kind == "end":
                raise ExpressionError(opened.at, "'(' is opened here and not closed", _NOT_CLOSED)
            raise ExpressionError(self.now.at, f"{_shown(self.now)} is not expected here", _cure(self.now))
        self.take()


def _shown(token: Token) -> str:
    return {"end": "the end", "text": "text"}.get(token.kind, f"'{token.text}'")


def _cure(token: Token) -> str:
    if token.kind == "name":
        return _WORD_CURES.get(token.text, "Join parts with and, or, +, or put text in quotes.")
    return ""
