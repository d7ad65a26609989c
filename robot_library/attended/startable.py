"""Which bots can be started by hand here, by whom, and what their forms ask."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from robot_library.bot import with_addresses
from robot_library.errors import AuthoringError, SetupError
from robot_library.lint import check_bot
from robot_library.model.bot import Attended, BotSpec
from robot_library.model.workflow import Workflow
from robot_library.parsing.library import Library

STAT_WITHIN = 1800.0
"""Seconds that an urgent order may be held, where the bot's file does not say."""


@dataclass(frozen=True)
class Startable:
    """One bot that may be started by hand. `problem` says why it cannot run on this machine, if so."""

    spec: BotSpec
    workflow: Workflow
    attended: Attended
    problem: str = ""

    @property
    def name(self) -> str:
        """Of the bot."""
        return self.spec.bot

    @property
    def title(self) -> str:
        """What its tile says."""
        return self.attended.title or self.spec.bot.replace("-", " ").capitalize()

    @property
    def limit(self) -> float:
        """Seconds that an urgent order may be held."""
        return self.attended.limit.total_seconds() if self.attended.limit else STAT_WITHIN

    def by(self, roles: Collection[str]) -> bool:
        """Whether somebody with these roles may start it."""
        return any(role in self.attended.by for role in roles)

    def key(self, values: Mapping[str, str]) -> str:
        """What the order is known by: the same as when the bot finds it in its worklist, so that it is taken once,
        whoever is first. Without such an input, all of them together."""
        collect = self.workflow.collect
        if collect is not None and values.get(collect.key):
            return values[collect.key]
        if len(values) == 1:
            return next(iter(values.values()))
        return json.dumps(dict(sorted(values.items())), ensure_ascii=False)


def startables(library: Library) -> Sequence[Startable]:
    """Every bot whose file says who may start it by hand. One whose files are wrong is left out: `wetread check`."""
    found = []
    for name in library.names("bot"):
        try:
            spec = library.bot(name)
            if spec.attended is None or any(one.severity == "error" for one in check_bot(library, name)):
                continue
            found.append(Startable(spec, library.workflow(spec.workflow), spec.attended, _problem(spec)))
        except AuthoringError:
            continue
    return tuple(found)


def _problem(spec: BotSpec) -> str:
    try:
        with_addresses(spec, os.environ)
    except SetupError as failure:
        return str(failure)
    return ""
