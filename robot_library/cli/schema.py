"""`wetread schema`: JSON Schema for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from robot_library.cli.output import json_option, print_json
from robot_library.errors import SetupError


@click.command()
@click.argument("kind", required=False, type=click.Choice(["workflow", "screen", "bot", "skill", "site", "case"]))
@click.option("--write", "folder", type=click.Path(path_type=Path, file_okay=False), help="Write every kind's here.")
@json_option
def schema(kind: str | None, folder: Path | None, as_json: bool) -> None:
    """JSON Schema of one kind of file, made from the same definitions that check it: your own actions included.

    \b
    wetread schema workflow
    wetread schema --write .vscode/schemas     all of them, as <kind>.schema.json
    In VS Code: "yaml.schemas": {".vscode/schemas/workflow.schema.json": "workflows/*/workflow.yaml"}
    """
    from robot_library.parsing.schema import KINDS, json_schema

    if (kind is None) == (folder is None):
        raise click.UsageError("Name one kind to print, or a folder to --write all of them into.")
    if kind is not None:
        click.echo(json.dumps(json_schema(kind), indent=None if as_json else 2, ensure_ascii=False))
        return
    assert folder is not None
    written = _write(folder, {one: json_schema(one) for one in KINDS})
    if as_json:
        print_json({"written": [str(path) for path in written]})
    else:
        click.echo("\n".join(f"written   {path}" for path in written))


def _write(folder: Path, schemas: dict[str, Any]) -> list[Path]:
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, made in schemas.items():
            path = folder / f"{kind}.schema.json"
            path.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
            written.append(path)
    except OSError as error:
        reason = (error.strerror or "not possible").lower()
        raise SetupError(f"{folder} cannot be written: {reason}.", cure="Choose another folder.") from None
    return written
