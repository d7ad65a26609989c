"""The reference page of all commands, docs/reference/cli.md, made from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from robot_library.cli.main import cli


def cli_page() -> str:
    """Every command: what it does, how it is called, its options, examples."""
    commands = list(_commands(cli, click.Context(cli, info_name="wetread")))
    lines = [
        "# Commands",
        "",
        "Exit codes: 0 done, 1 failed, 2 the files or the call are wrong, 3 this machine lacks something; 130 after "
        "Ctrl-C, when the same command goes on. With `--json` a command prints data, one object a line.",
        "",
        "| command | what it does |",
        "|---|---|",
    ]
    lines += [f"| [`{ctx.command_path}`](#{_anchor(ctx)}) | {_first(one)} |" for one, ctx in commands]
    for one, ctx in commands:
        lines += ["", f"## {ctx.command_path}", "", *_about(one), "", "```text", _usage(one, ctx), "```"]
        lines += _options(one, ctx)
    return "\n".join([*lines, ""])


def _commands(group: click.Group, ctx: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    for name in group.list_commands(ctx):
        one = group.get_command(ctx, name)
        assert one is not None
        inner = click.Context(one, info_name=name, parent=ctx)
        if not isinstance(one, click.Group) or one.invoke_without_command:
            yield one, inner
        if isinstance(one, click.Group):
            yield from _commands(one, inner)


def _anchor(ctx: click.Context) -> str:
    return ctx.command_path.replace(" ", "-")


def _first(one: click.Command) -> str:
    return _escaped(one.get_short_help_str(limit=200))


def _about(one: click.Command) -> list[str]:
    """The help text; what click must not wrap is an example or a table, and stands as it is."""
    lines: list[str] = []
    for part in inspect.cleandoc(one.help or "").split("\n\n"):
        kept = part.removeprefix("\b\n")
        lines += ["```text", *kept.splitlines(), "```", ""] if kept != part else [_escaped(part), ""]
    return lines[:-1]


def _usage(one: click.Command, ctx: click.Context) -> str:
    return " ".join([ctx.command_path, *one.collect_usage_pieces(ctx)])


def _options(one: click.Command, ctx: click.Context) -> list[str]:
    rows = []
    for each in one.get_params(ctx):
        record = each.get_help_record(ctx) if isinstance(each, click.Option) else None
        if record is not None and "--help" not in record[0]:
            rows.append(f"| `{record[0].replace('|', chr(92) + '|')}` | {_escaped(record[1])} |")
    return ["", "| option | about |", "|---|---|", *rows] if rows else []


def _escaped(text: str) -> str:
    """Capitals and brackets are the text's own, not markup."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_").replace("[", "\\[")
