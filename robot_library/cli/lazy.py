"""A group of commands that are imported when they are called, so that help is instant."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping

import click


class LazyGroup(click.Group):
    """`commands` maps a name to where it lives (module:attribute) and what help says of it."""

    table: Mapping[str, tuple[str, str]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.table:
            return None
        module, _, attribute = self.table[name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.table, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            asked = f"There is no command {args[0]!r}.{hint} `{ctx.command_path} --help` lists them."
            raise click.UsageError(asked, ctx)
        return super().resolve_command(ctx, args)


def lazy(commands: Mapping[str, tuple[str, str]]) -> type[LazyGroup]:
    """A group class for these commands."""
    return type("Commands", (LazyGroup,), {"table": commands})
