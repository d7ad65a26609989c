"""The little JavaScript that runs inside pages, kept in files of its own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def script(name: str) -> str:
    """Text of `<name>.js` beside this module, without its leading comment lines."""
    text = (files("robot_library.drivers.browser") / f"{name}.js").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("//"))
