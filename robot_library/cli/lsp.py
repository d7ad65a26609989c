"""`wetread lsp`: the language server for editors."""

from __future__ import annotations

import importlib.util

import click

from robot_library.cli.output import json_option
from robot_library.errors import SetupError


@click.command()
@click.option("--stdio", is_flag=True, help="Speak over stdin and stdout: what it does anyway; editors often say it.")
@json_option
def lsp(stdio: bool, as_json: bool) -> None:
    """The language server: an editor starts it and speaks with it over stdin and stdout.

    Mistakes while you type, by the same rules and codes as `wetread check`; names of targets, screens, earlier steps,
    skills and templates completed; go to where they are defined; what they mean. How to set up an editor:
    docs/editor.md. --json concerns only what keeps it from starting: what it speaks is JSON anyway.

    \b
    wetread lsp
    pip install 'wetread[lsp]'     where it is missing
    """
    if importlib.util.find_spec("pygls") is None:
        raise SetupError("the language server needs pygls.", cure="pip install 'wetread[lsp]'")
    from robot_library.editor.server import serve

    serve()
