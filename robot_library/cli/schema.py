"""`wetread schema`: JSON Schema for editors."""

from __future__ import annotations

import json

import click

from robot_library.cli.output import json_option


@click.command()
@click.argument("kind", type=click.Choice(["workflow", "screen", "bot", "skill", "site", "case"]))
@json_option
def schema(kind: str, as_json: bool) -> None:
    """JSON Schema of one kind of file, made from the same definitions that check it.

    \b
    wetread schema workflow > workflow.schema.json
    In VS Code: "yaml.schemas": {"workflow.schema.json": "workflows/*/workflow.yaml"}
    """
    from robot_library.parsing.schema import json_schema

    click.echo(json.dumps(json_schema(kind), indent=None if as_json else 2, ensure_ascii=False))
