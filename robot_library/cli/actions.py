"""`wetread actions`: the reference, from the actions themselves."""

from __future__ import annotations

import inspect
from typing import Any

import click

from robot_library.cli.output import json_option, print_json, print_table


@click.command()
@click.argument("name", required=False)
@json_option
def actions(name: str | None, as_json: bool) -> None:
    """What a step can do. With NAME, all about one action.

    \b
    wetread actions            a line each
    wetread actions open       parameters, effect, short form
    """
    from robot_library.plugins import actions as registered

    known = registered()
    if name is None:
        if as_json:
            print_json([_described(action) for action in known.values()])
        else:
            lines = [(key, action.effect, _first_line(action)) for key, action in known.items()]
            print_table(("action", "effect", "what it does"), lines)
        return
    if name not in known:
        import difflib

        near = difflib.get_close_matches(name, known, 1)
        raise click.UsageError(f"There is no action {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
    described = _described(known[name])
    if as_json:
        print_json(described)
        return
    click.echo(f"{name} ({described['effect']})\n\n{described['about']}\n")
    if described["short_form"]:
        click.echo(f"Short form:  - {name}: <{described['short_form']}>\n")
    rows = [(p["name"], "yes" if p["required"] else "", p["about"]) for p in described["parameters"]]
    print_table(("parameter", "required", "meaning"), rows)


def _described(action: Any) -> dict[str, Any]:
    parameters = [
        {"name": field.alias or key, "required": field.is_required(), "about": field.description or ""}
        for key, field in action.model_fields.items()
    ]
    return {
        "action": action.key,
        "effect": action.effect,
        "about": inspect.cleandoc(action.__doc__ or ""),
        "short_form": action.main,
        "gives": list(action.gives),
        "parameters": parameters,
    }


def _first_line(action: Any) -> str:
    text = " ".join(inspect.cleandoc(action.__doc__ or "").split("\n\n")[0].split())
    return text.split(". ")[0].rstrip(".") + "."
