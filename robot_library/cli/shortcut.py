"""A shortcut for a desktop: a file that starts the same command, with the same options, from the same folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from robot_library.errors import SetupError


def write_shortcut(path: Path, ctx: click.Context, title: str) -> None:
    """Write it, never over what is there. UsageError for another ending than .desktop (Linux) or .cmd (Windows)."""
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise click.UsageError("A shortcut ends in .desktop (Linux) or .cmd (Windows).")
    command = [sys.executable, "-m", "robot_library.cli.main", ctx.info_name or "", *_given(ctx)]
    text = form(title, command, Path.cwd())
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        path.chmod(0o755)
    except FileExistsError:
        raise SetupError(f"there is something at {path} already; it is never overwritten.") from None
    except OSError as failure:
        raise SetupError(
            f"the shortcut at {path} cannot be written ({type(failure).__name__}).", cure="Is its folder there?"
        ) from None


def _given(ctx: click.Context) -> Iterator[str]:
    """The options as they were given, the shortcut's own left out."""
    for option in ctx.command.params:
        name = option.name or ""
        if name == "shortcut" or ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = ctx.params[name]
        for one in value if isinstance(value, tuple) else (value,):
            if one is not False:
                yield option.opts[-1]
            if not isinstance(one, bool):
                yield _text(one)


def _text(value: Any) -> str:
    return f"{value.total_seconds():.0f} s" if isinstance(value, timedelta) else str(value)


def _desktop(title: str, command: Sequence[str], folder: Path) -> str:
    """The Desktop Entry Specification's way of quoting, version 1.5."""
    lines = ["[Desktop Entry]", "Type=Application", "Version=1.5", f"Name={title}", "Terminal=true",
             f"Path={_escaped(str(folder))}", f"Exec={' '.join(map(_quoted, command))}"]  # fmt: skip
    return "\n".join((*lines, ""))


def _quoted(text: str) -> str:
    inner = "".join(f"\\{c}" if c in '"`$\\' else c for c in text.replace("%", "%%"))
    return _escaped(f'"{inner}"')


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _cmd(title: str, command: Sequence[str], folder: Path) -> str:
    line = subprocess.list2cmdline(command).replace("%", "%%")
    place = str(folder).replace("%", "%%")
    return f'@echo off\r\nchcp 65001 >nul\r\ntitle {title}\r\ncd /d "{place}"\r\n{line}\r\nif errorlevel 1 pause\r\n'


_FORMS: Mapping[str, Callable[[str, Sequence[str], Path], str]] = {".desktop": _desktop, ".cmd": _cmd}
