"""Runs one golden case: a folder with a wrong file, and expected.txt with the whole of what is said about it."""

from __future__ import annotations

from pathlib import Path

from robot_library.errors import AuthoringError
from robot_library.lint.check import check, lint
from robot_library.lint.flow import lay_out
from robot_library.lint.partly import lint_partly
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.partly import readable_part
from robot_library.parsing.problems import in_order
from robot_library.parsing.workflows import load_workflow

HERE = Path(__file__).parent
KINDS = ("workflow.yaml", "screen.yaml", "bot.yaml", "skill.yaml", "site.yaml", "case.yaml")


def cases() -> list[Path]:
    """Every case's folder."""
    return sorted(path.parent for name in KINDS for path in HERE.glob(f"[!_]*/{name}"))


def said(case: Path) -> str:
    """Everything said about a case's file, as text; called with the case's folder as working folder."""
    library = Library(HERE / "_project", bundled())
    file = next(Path(name) for name in KINDS if (case / name).is_file())
    if file.name != "workflow.yaml":
        found = check([file], library)
    else:
        maps = {role: library.screen_map(role) for role in ("ehr", "notes", "pacs")}
        try:
            found = lint(load_workflow(file, library), library, maps)
        except AuthoringError as error:
            part = readable_part(file, library, file.name)
            rest = lint_partly(lay_out(part.workflow, library, maps, None, part.gaps)) if part else []
            found = in_order([*error.diagnostics, *rest])
    return "".join(f"{one}\n" for one in found).replace(f"{HERE.as_posix()}/", "")
