"""Where something stands in a file, and what is wrong there."""

from __future__ import annotations

from typing import Literal

from robot_library.model.base import Frozen


class Place(Frozen):
    """A position in an author's file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Diagnostic(Frozen):
    """One finding of the parser or the lint, in the shape `wetread check --json` prints."""

    file: str
    line: int
    column: int
    code: str
    severity: Literal["error", "warning"] = "error"
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f"\n    {self.hint}" if self.hint else ""
        warning = "warning: " if self.severity == "warning" else ""
        return f"{self.file}:{self.line}:{self.column}: {self.code} {warning}{self.message}{hint}"
