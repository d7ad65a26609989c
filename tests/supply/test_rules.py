"""Rules of our own, beside ruff's: what must stand nowhere in what is shipped, or in one named place only. Each rule is
shown to find what it is for."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "robot_library").rglob("*.py"))
_PATIENTS = frozenset(
    {"patient", "patient_id", "patient_name", "birth_date", "payload", "identity", "identities", "mrn", "password",
     "secret", "finding", "report_text"}
)  # fmt: skip
_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
Found = Iterator[tuple[int, str]]
Nodes = list[ast.AST]


def _name(node: ast.AST | None) -> str:
    """A dotted name, as far as it is one."""
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "…"


def _calls(nodes: Nodes) -> Iterator[tuple[ast.Call, str]]:
    for node in nodes:
        if isinstance(node, ast.Call):
            yield node, _name(node.func)


def _imports(nodes: Nodes) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{one.name}") for one in node.names)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def unpickled(nodes: Nodes) -> Found:
    """What runs code when it is read."""
    for line, name in _imports(nodes):
        if name.split(".")[0] in ("pickle", "cPickle", "dill", "shelve", "marshal", "joblib", "cloudpickle"):
            yield line, name
    for call, name in _calls(nodes):
        if name in ("yaml.load", "yaml.load_all") and not _name(_keyword(call, "Loader")).endswith(
            ("SafeLoader", "BaseLoader")
        ):
            yield call.lineno, name
        allowed = _keyword(call, "allow_pickle")
        if name.endswith(".load") and allowed is not None and not _is(allowed, False):
            yield call.lineno, name
        if name == "torch.load" and not _is(_keyword(call, "weights_only"), True):
            yield call.lineno, name


def evaluated(nodes: Nodes) -> Found:
    """Text that becomes code."""
    for call, name in _calls(nodes):
        if name in ("eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec"):
            yield call.lineno, name


def unverified(nodes: Nodes) -> Found:
    """A connection that believes anybody."""
    for call, name in _calls(nodes):
        if _is(_keyword(call, "verify"), False) or _is(_keyword(call, "check_hostname"), False):
            yield call.lineno, name
        if name.endswith("_create_unverified_context"):
            yield call.lineno, name
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr == "CERT_NONE":
            yield node.lineno, node.attr
        if isinstance(node, ast.Assign) and _is(node.value, False):
            yield from ((node.lineno, _name(one)) for one in node.targets if _name(one).endswith("check_hostname"))


def broken_digest(nodes: Nodes) -> Found:
    """A digest in which collisions are known."""
    for call, name in _calls(nodes):
        weak = name in ("hashlib.md5", "hashlib.sha1") and not _is(_keyword(call, "usedforsecurity"), False)
        told = name == "hashlib.new" and call.args and _is_text(call.args[0], ("md5", "sha1"))
        if weak or told:
            yield call.lineno, name


def _is_text(node: ast.expr, values: tuple[str, ...]) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).lower() in values


def guessable(nodes: Nodes) -> Found:
    """A name of a file that somebody else can take first; a token out of the wrong box."""
    for call, name in _calls(nodes):
        if name.endswith(("tempfile.mktemp", "os.tempnam")) or name in ("mktemp", "uuid.uuid1"):
            yield call.lineno, name


def told_of_patients(nodes: Nodes) -> Found:
    """A log line with what is a patient's, or a secret, by its name."""
    for call, name in _calls(nodes):
        owner, _, verb = name.rpartition(".")
        if verb in _LOGS and owner.rpartition(".")[2].lstrip("_") in ("log", "logger", "logging"):
            for node in (one for given in [*call.args, *(k.value for k in call.keywords)] for one in ast.walk(given)):
                if _name(node).rpartition(".")[2] in _PATIENTS:
                    yield call.lineno, _name(node)


RULES: dict[Callable[[Nodes], Found], tuple[frozenset[str], tuple[str, ...]]] = {
    unpickled: (frozenset(), (
        "import pickle", "from pickle import loads", "yaml.load(x)", "torch.load(x)", "np.load(x, allow_pickle=True)",
    )),
    evaluated: (frozenset(), ("eval(x)", "exec(x)", "compile(x, '', 'exec')")),
    unverified: (frozenset(), ("httpx.get(x, verify=False)", "c.verify_mode = ssl.CERT_NONE",
                               "c.check_hostname = False")),
    broken_digest: (frozenset(), ("hashlib.md5(x)", "hashlib.new('MD5', x)", "hashlib.sha1(x)")),
    guessable: (frozenset(), ("tempfile.mktemp()", "uuid.uuid1()")),
    told_of_patients: (frozenset(), (
        "log.info('for %s', patient)", "log.warning(f'{order.patient_id} failed')",
        "self._log.error('x', extra=payload)",
    )),
}  # fmt: skip
"""Rule → files that may, each with a reason in the file itself; what it must find."""


RUFFS = {
    "S602": "import subprocess\nsubprocess.run(x, shell=True)", "S605": "import os\nos.system(x)",
    "S301": "import pickle\npickle.loads(x)", "S506": "import yaml\nyaml.load(x)", "S307": "eval(x)", "S102": "exec(x)",
    "S608": "x = f'SELECT * FROM items WHERE id = {y}'", "S501": "import requests\nrequests.get(x, verify=False)",
    "S324": "import hashlib\nhashlib.md5(x)", "S306": "import tempfile\ntempfile.mktemp()",
}  # fmt: skip
"""What `make check` finds by ruff's rules, as this project has them set."""


def test_ruff_finds_what_is_its_to_find() -> None:
    code = "\n".join(RUFFS.values())
    asked = [sys.executable, "-m", "ruff", "check", "--stdin-filename", "robot_library/tried.py", "-", "--no-cache",
             "--output-format", "concise"]  # fmt: skip
    said = subprocess.run(asked, input=code, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=False)
    assert [rule for rule in RUFFS if f" {rule} " not in said.stdout] == [], said.stdout + said.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_finds_what_it_is_for(rule: Callable[[Nodes], Found]) -> None:
    for code in RULES[rule][1]:
        assert [*rule([*ast.walk(ast.parse(code))])], code


def test_nothing_that_is_shipped_breaks_a_rule() -> None:
    broken = []
    for path in SHIPPED:
        nodes, name = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))], path.relative_to(ROOT).as_posix()
        for rule, (may, _) in RULES.items():
            broken += [f"{name}:{line} {rule.__name__}: {what}" for line, what in rule(nodes) if name not in may]
    assert broken == [], "\n".join(broken)
    assert len(SHIPPED) > 300
