"""Is a command line of the documentation one that the real command understands? Nothing is run."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Sequence

import click
import pytest

from robot_library.cli.main import cli
from tests.docs.blocks import ROOT

SHELL = {"cd", "export", "cp"}
"""Done by whoever runs a page; see running.py."""


def understood(words: Sequence[str]) -> str:
    """What is wrong with a command line, by the program's own parser; "" if it is understood."""
    match words[0]:
        case "wetread":
            return _wetread(words[1:])
        case "make":
            made = (ROOT / "Makefile").read_text(encoding="utf-8")
            return "" if re.search(rf"^{re.escape(words[1])}:", made, re.MULTILINE) else "no such target"
        case "python":
            return "" if words[1] == "-m" and importlib.util.find_spec(words[2]) else "no such module"
        case "pip":
            extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            asked = re.findall(r"wetread\[(\w+)\]", " ".join(words))
            return "" if set(asked) <= set(extras["optional-dependencies"]) else "no such extra"
        case name if name in SHELL:
            return ""
    return "nobody checks this program: write why before the block, <!-- not run: … -->"


def _wetread(words: Sequence[str]) -> str:
    """By click: the command, its options, what it must have, and words of which only some may stand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(click.Path, "convert", lambda _self, value, _param, _ctx: value)  # files are the reader's
        patch.setattr(click.File, "convert", lambda _self, value, _param, _ctx: value)
        try:
            command, ctx, rest = _found(words)
            if isinstance(command, click.Group) and not (command.invoke_without_command or "--help" in rest):
                return "names no command"
            command.make_context(ctx.info_name, list(rest), parent=ctx.parent)
        except click.exceptions.Exit:
            return ""  # --help
        except click.ClickException as wrong:
            return wrong.format_message()
    return ""


def _found(words: Sequence[str]) -> tuple[click.Command, click.Context, Sequence[str]]:
    command: click.Command = cli
    ctx = click.Context(cli, info_name="wetread")
    while isinstance(command, click.Group):
        with pytest.MonkeyPatch.context() as patch:  # what a group that may be called without a command puts in
            patch.setattr(click.Group, "parse_args", lambda _self, _ctx, args: list(args))
            words = command.parse_args(ctx, list(words))
        if not words or words[0].startswith("-"):
            break
        inner = command.get_command(ctx, words[0])
        if inner is None:
            if command.invoke_without_command:
                break
            raise click.UsageError(f"no command {words[0]!r}")
        command, ctx, words = inner, click.Context(inner, info_name=words[0], parent=ctx), words[1:]
    return command, ctx, words


def mentioned(words: Sequence[str]) -> str:
    """What is wrong with a command named in prose: the command and its options exist. Arguments may be left out."""
    try:
        command, ctx, rest = _found(words)
    except click.UsageError as wrong:
        return wrong.format_message()
    known = {name for one in command.get_params(ctx) for name in (*one.opts, *one.secondary_opts)} | {"-h", "--help"}
    known |= {"--version"} if command is cli else set()
    return next((f"no option {word}" for word in rest if re.match(r"--?[a-z]", word) and word not in known), "")
