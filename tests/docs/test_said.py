"""What the pages list stands in the code, and what the code has stands on the pages: variables, ports, files, causes,
classes, roles; and the links of those pages that are read outside of the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import click
import pytest
from markdown.extensions.toc import slugify

from robot_library.cli.main import cli
from robot_library.engine.records.orders import What
from robot_library.lint.rule import rules
from robot_library.model.alerting import CAUSES
from robot_library.people.rights import ROLES
from tests.docs.blocks import PAGES, ROOT, without_blocks

DOCS = [page for page in PAGES if page.parent.name == "docs"]
OUTSIDE = [
    ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "skills").rglob("*.md")),
    *sorted((ROOT / "robot_library").rglob("README.md")),
]  # fmt: skip
"""Not part of the site, whose links mkdocs follows."""
_VARIABLE = re.compile(r"\bWETREAD_[A-Z][A-Z_]*[A-Z]\b")
_ROW = re.compile(r"^\| `([a-z_]+)`((?:, `[a-z_]+`)*) \|", re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text: str) -> set[str]:
    """The first cells of a table, where they are words of ours."""
    head = re.compile(r"^.*\n(?=\|---)", re.MULTILINE)
    return {word for row in _ROW.finditer(head.sub("", text)) for word in re.findall("[a-z_]+", row[0].split("|")[1])}


def part(text: str, heading: str) -> str:
    """What stands below a heading, up to the next."""
    return re.split(r"^#", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


@cache
def code(*folders: str) -> str:
    files = [
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".yaml", ".robot")
    ]
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files if path.is_file())


def test_every_variable_that_is_read_is_on_the_page_and_every_one_on_a_page_is_read() -> None:
    told = set(_VARIABLE.findall(part(page("service.md"), "Variables")))
    read = set(re.findall(r'"(WETREAD_[A-Z_]*[A-Z])(?:=1)?"', code("robot_library")))
    bots = {name for name in read if name in code("bots") or name.startswith("WETREAD_CREDENTIAL_")}
    others = {"WETREAD_DATA", "WETREAD_CLIP"}  # who trains the demo hospital's films; a name within the X server
    assert read - told - bots - others == set()
    everywhere = set(_VARIABLE.findall(code("robot_library", "bots", "examples", "tests", "bench", "skills")))
    everywhere |= {name.removesuffix("_") for name in re.findall(r"WETREAD_[A-Z_]+_", code("tests", "skills"))}
    made_up = {"WETREAD_CREDENTIAL_NAME", "WETREAD_CREDENTIAL_NAME_TOTP"}
    named = {name for one in PAGES for name in _VARIABLE.findall(one.read_text(encoding="utf-8"))}
    assert {name for name in named - made_up if name not in everywhere} == set()


def test_every_port_that_listens_by_itself_is_on_the_page() -> None:
    found = {}
    for name, command in _commands(cli, "wetread"):
        for option in command.params:
            if option.name and option.name.endswith("port") and isinstance(option.default, int) and option.default:
                found[f"{name} {option.opts[0]}"] = str(option.default)
    assert found["wetread serve --port"] == "8440", "the test finds them"
    told = part(page("security.md"), "What listens")
    assert {name: port for name, port in found.items() if port not in told} == {}


def test_every_database_of_a_home_is_on_the_page() -> None:
    found = set(re.findall(r'"(\w+\.sqlite)"', code("robot_library")))
    assert "people.sqlite" in found, "the test finds them"
    others = {"hospital.sqlite", "probe.sqlite"}  # the demo hospital's; doctor's, for a moment
    told = part(page("security.md"), "What is kept, and what to back up")
    assert {name for name in found - others if name not in told} == set()


def test_tables_have_all_and_nothing_else() -> None:
    assert rows(part(page("operations.md"), "Alerts")) == set(CAUSES)
    heading = "Reconciliation: every order in one class, every gap named"
    assert rows(part(page("operations.md"), heading)) == set(get_args(What))
    told = re.findall(r"^\| (\w+) \|", part(page("attend.md"), "Coming in"), re.MULTILINE)
    assert [role for role in told if role != "role"] == list(ROLES)


def test_codes_of_mistakes_on_the_pages_are_real() -> None:
    known = {rule.code for rule in rules()}
    named = {
        code for one in [*PAGES, ROOT / "CHANGELOG.md"] for code in re.findall(r"\bWR\d{3}\b", one.read_text("utf-8"))
    }
    reference = set(re.findall(r"^## (WR\d{3})$", page("reference/diagnostics.md"), re.MULTILINE))
    assert named
    assert named - known - reference == set()


@pytest.mark.parametrize("outside", OUTSIDE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_outside_of_the_site_lead_somewhere(outside: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(outside)):
        name, _, anchor = target.partition("#")
        path = outside if not name else outside.parent / name
        if "://" in target:
            continue
        if not path.exists() or (anchor and anchor not in _anchors(path)):
            broken.append(target)
    assert broken == []


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {slugify(re.sub(r"[`*]", "", heading), "-") for heading in headings}


def _commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        assert command is not None
        yield f"{name} {each}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{name} {each}")
