"""The trace: what laws and standards ask → promise → code → test. Made of docs/promises.md and docs/trace.toml; a name
in them that nothing in the tree has any more is an error, not a dead link."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_library.errors import SetupError
from robot_library.lint.rule import rules
from robot_library.parsing.codes import CODES

ROOT = Path(__file__).resolve().parents[2]
_PACKAGE, _TESTS = "robot_library", "tests"
_ROW = re.compile(r"^\| \*\*(?P<title>.+?)\*\* \| (?P<code>.+) \| (?P<tests>.+) \|$", re.MULTILINE)
_NAMED = re.compile(r"`([\w./*-]+)`")
_RULE = re.compile(r"\bWR\d{3}\b")
_KEYS = {"of", "asks", "promises", "code", "tests", "site"}


@dataclass(frozen=True)
class Promise:
    """One line of docs/promises.md: paths below the checkout, and codes of lint rules."""

    title: str
    code: tuple[str, ...]
    tests: tuple[str, ...]
    rules: tuple[str, ...]


def trace_page(root: Path = ROOT) -> str:
    """The page. SetupError with every name that is not there, and every promise or demand that names too little."""
    wrong: list[str] = []
    promises = list(_promises(root, wrong))
    demands = tomllib.loads((root / "docs" / "trace.toml").read_text(encoding="utf-8"))["demand"]
    rows = [_demand(one, promises, root, wrong) for one in demands]
    if wrong:
        raise SetupError(
            "the trace does not hold: " + " ".join(f"{one}." for one in wrong),
            cure="Put docs/promises.md or docs/trace.toml right.",
        )
    return "\n".join([*_HEAD, *rows, "", *(line for one in promises for line in _section(one, root))])


_HEAD = (
    "# Trace", "",
    "What laws and standards ask of software like this, the promise or the part that answers it, and the tests that "
    "attack that; what stays with the hospital stands beside it. It is *in their style*: nobody has certified it, and "
    "a hospital's own assessment goes on from here. Made of [the promises](../promises.md) and `docs/trace.toml`; a "
    "name that is not in the tree any more fails `make check`.",
    "", "| asked by | what | answered by | tested by | stays with the hospital |", "|---|---|---|---|---|",
)  # fmt: skip


def _titles() -> dict[str, str]:
    """Of every code that `wetread check` knows."""
    found = {code: title for code, (title, _) in CODES.items()}
    return found | {rule.code: rule.doc.partition("\n\n")[0] for rule in rules()}


def _promises(root: Path, wrong: list[str]) -> Iterator[Promise]:
    text = (root / "docs" / "promises.md").read_text(encoding="utf-8")
    known = _titles()
    found = list(_ROW.finditer(text))
    if not found:
        wrong.append("docs/promises.md has no promise")
    for row in found:
        title = row["title"]
        named = [name for name in _NAMED.findall(row["code"]) if "/" in name]
        code = _there(named, _PACKAGE, root, title, wrong)
        tests = _there(_whole(_NAMED.findall(row["tests"])), _TESTS, root, title, wrong)
        codes = sorted(set(_RULE.findall(row[0])))
        wrong += [f"{title}: there is no rule {one}" for one in codes if one not in known]
        wrong += [f"{title}: names no {what}" for what, those in (("code", code), ("test", tests)) if not those]
        yield Promise(title, code, tests, tuple(codes))


def _whole(names: Iterable[str]) -> Iterator[str]:
    """`tests/room/test_a.py`, `test_b.py`: the second stands in the folder of the one before."""
    folder = _TESTS
    for name in names:
        if name.startswith(f"{_TESTS}/"):
            folder = name.rpartition("/")[0] if name.endswith(".py") else name
            yield name
        elif name.startswith("test_"):
            yield f"{folder}/{name}"


def _there(names: Iterable[str], top: str, root: Path, who: str, wrong: list[str]) -> tuple[str, ...]:
    """Paths below the checkout; a name that ends in * is all that begins so."""
    found: list[str] = []
    for name in names:
        path = name if name.startswith(f"{top}/") else f"{top}/{name}"
        hits = sorted(root.glob(path)) if "*" in path else [one for one in (root / path,) if one.exists()]
        if not hits:
            wrong.append(f"{who}: {path} is not there")
        found += [hit.relative_to(root).as_posix() for hit in hits]
    return tuple(dict.fromkeys(found))


def _demand(one: Mapping[str, Any], promises: Sequence[Promise], root: Path, wrong: list[str]) -> str:
    """A line of the table."""
    who = str(one.get("of", "a demand"))
    wrong += [f"{who}: nothing is called {key}" for key in sorted(set(one) - _KEYS)]
    answers, tests = [], []
    for begins in one.get("promises", ()):
        hits = [promise for promise in promises if promise.title.startswith(begins)]
        wrong += [f"{who}: {len(hits)} promises begin with {begins!r}"] if len(hits) != 1 else []
        answers += [f"[{hit.title}](#{_anchor(hit.title)})" for hit in hits]
        tests += ["the promise's"] if hits else []
    answers += [f"`{path}`" for path in _there(one.get("code", ()), _PACKAGE, root, who, wrong)]
    own = _there(one.get("tests", ()), _TESTS, root, who, wrong)
    tests = [*dict.fromkeys(tests), *(f"`{path}`" for path in own)]
    if not tests:
        wrong.append(f"{who}: names no test")
    return (
        f"| {who} | {one.get('asks', '')} | {'; '.join(answers) or '–'} | {', '.join(tests)} | {one.get('site', '–')} |"
    )


def _section(one: Promise, root: Path) -> list[str]:
    lines = [f"## {one.title}", "", "| kept by | what it is |", "|---|---|"]
    lines += [f"| `{path}` | {_about(root / path)} |" for path in one.code]
    known = _titles()
    lines += [f"| [{code}](diagnostics.md#{code.lower()}) | {known[code]} |" for code in one.rules]
    lines += ["", "| attacked by | what it is |", "|---|---|"]
    return [*lines, *(f"| `{path}` | {_about(root / path)} |" for path in one.tests), ""]


def _about(path: Path) -> str:
    """The first sentence of what a file, or a folder's own file, says that it is."""
    file = path / "__init__.py" if path.is_dir() else path
    if not file.is_file():
        return "recorded mistakes with their messages"
    said = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n\n")[0]
    return " ".join(said.split()).replace("|", "\\|") or "every test in this folder"


def _anchor(title: str) -> str:
    """As the site's pages are linked to."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower())
