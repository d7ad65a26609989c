"""Every command and snippet of the documentation is right, or says why nothing checks it."""

from __future__ import annotations

import ast
import configparser
import importlib
import importlib.util
import json
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import markdown
import pytest

from robot_library.authoring.starting import start_project
from robot_library.cli.site import open_key
from tests.docs.blocks import PAGES, ROOT, Block, blocks, without_blocks
from tests.docs.commands import mentioned, understood
from tests.docs.files import as_it_says
from tests.docs.running import carried_out

UNCHECKED = 20
"""So many blocks say why nothing checks them. One more is somebody's decision, made here."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    start_project(folder)
    return folder


def _python(text: str) -> str:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("robot_library"):
            module = importlib.import_module(str(node.module))
            missing = [one.name for one in node.names if not hasattr(module, one.name)]
            if missing:
                return f"no {missing} in {node.module}"
    return ""


def _ini(text: str) -> str:
    configparser.ConfigParser(strict=False, interpolation=None).read_string(text)
    return ""


def _robot(text: str) -> str:
    if importlib.util.find_spec("robot") is None:
        return ""
    from robot.api import get_model

    return "; ".join(str(one) for node in ast.walk(get_model(text)) for one in getattr(node, "errors", ()))


READ: dict[str, Callable[[str], object]] = {
    "python": _python, "ini": _ini, "robotframework": _robot, "toml": tomllib.loads, "json": json.loads,
}  # fmt: skip


def _shell(block: Block) -> str:
    """What is exported in a block holds for the commands after it."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        for words in block.commands():
            if words[0] == "export":
                for pair in words[1:]:
                    patch.setenv(*pair.split("=", 1))
            if problem := understood(words):
                found.append(f"{' '.join(words)}: {problem}")
    return "\n".join(found)


def wrong(block: Block, project: Path) -> str:
    """What is wrong with a block, "" if nothing."""
    if block.language == "sh":
        return "" if block.unchecked else _shell(block)
    if block.unchecked or block.language == "diff":
        return ""
    if block.language in ("yaml", "html"):
        return as_it_says(block, project)
    if block.language not in READ:
        return f"nobody checks {block.language or 'a block without a language'}: say why, <!-- not run: … -->"
    try:
        said = READ[block.language](block.text)
    except (ValueError, SyntaxError, configparser.Error) as error:
        return str(error)
    return said if isinstance(said, str) else ""


def test_every_block_is_right_or_says_why_nobody_checks_it(
    project: Path, record_property: Callable[[str, object], None]
) -> None:
    every = [block for page in PAGES for block in blocks(page)]
    problems = [
        f"{block} ({block.language} {block.title}): {said}" for block in every if (said := wrong(block, project))
    ]
    assert problems == []
    unchecked = [block for block in every if block.unchecked]
    assert all(len(block.unchecked) > 10 for block in unchecked), "a reason is a sentence"
    record_property("blocks", dict(Counter(block.language for block in every)))
    assert len(unchecked) <= UNCHECKED, [f"{block}: {block.unchecked}" for block in unchecked]


def test_no_command_hides_in_an_indented_block() -> None:
    """Fences have a language and can be marked; a block that is only indented has neither."""
    indented = {page.name: re.findall(r"<pre>", markdown.markdown(without_blocks(page))) for page in PAGES}
    assert {name for name, found in indented.items() if found} == set()


def test_commands_in_prose_exist() -> None:
    problems = []
    more = [ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", ROOT / "robot_library/authoring/starter/README.md"]
    for page in [*PAGES, *more, *sorted((ROOT / "docs/decisions").glob("*.md"))]:
        for span in re.findall(r"`(wetread [^`…<]+?)(?: …)?`", without_blocks(page)):
            words = shlex.split(re.sub(r"[\[\]]", "", span), comments=True)[1:]
            if said := mentioned([word for word in words if word != "…"]):
                problems.append(f"{page.name}: {span}: {said}")
    assert problems == []


def test_commands_that_need_nothing_end_as_the_pages_say(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page in a project of its own; the tutorial has a test of its own."""
    ran = {}
    for page in PAGES:
        if page.name == "tutorial.md":
            continue
        folder = tmp_path / page.stem
        start_project(folder)
        monkeypatch.chdir(folder)
        home = tmp_path / f"{page.stem}-home"
        open_key(home, create=True)  # as after the first run
        monkeypatch.setenv("WETREAD_HOME", str(home))
        ran[page.name] = carried_out(blocks(page))
    assert sum(ran.values()) >= 25, ran
