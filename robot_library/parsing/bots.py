"""bots/<name>.yaml → BotSpec; and the fingerprint of everything a bot is made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from robot_library.errors import AuthoringError
from robot_library.model.bot import BotSpec
from robot_library.model.skill import SkillManifest
from robot_library.model.workflow import Workflow
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.library import Library, shown
from robot_library.parsing.workflows import called_by


def load_bot(path: Path, name: str | None = None) -> BotSpec:
    """A bot; `name` is how diagnostics call the file. AuthoringError with all that is wrong."""
    return load_yaml_model(path, BotSpec, name or shown(path))


OTHER_NAME, SAME = "WR708", "Give both the same name."


def other_name(bot: BotSpec, file: str) -> str:
    """What is wrong where a bot calls itself otherwise than its file; empty where it does not. Under two names, whoever
    stops the one would not stop the other."""
    return "" if bot.bot == file else f"the bot calls itself '{bot.bot[:60]}', its file '{file[:60]}'"


@dataclass(frozen=True)
class Parts:
    """Names of everything that a bot is made of, sorted."""

    workflows: tuple[str, ...]
    screens: tuple[str, ...]
    templates: tuple[str, ...]
    skills: tuple[str, ...]


def parts(bot: BotSpec, library: Library) -> Parts:
    """What a bot is made of: its workflow and those it calls, screen maps, templates, skills and those these ask."""
    flows: dict[str, Workflow] = {}
    waiting = [bot.workflow]
    while waiting:
        if (name := waiting.pop()) not in flows:
            flows[name] = library.workflow(name, bot.place)
            waiting += called_by(flows[name])
    skills: set[str] = set()
    asked = [skill for flow in flows.values() for skill in flow.skills]
    while asked:
        if (skill := asked.pop()) not in skills and (path := library.look("skill", skill)) is not None:
            skills.add(skill)
            asked += load_yaml_model(path, SkillManifest, shown(path)).gates.first
    return Parts(
        tuple(sorted(flows)), tuple(sorted(_maps(bot, library))),
        tuple(sorted({template for flow in flows.values() for template in flow.templates})), tuple(sorted(skills)),
    )  # fmt: skip


def _maps(bot: BotSpec, library: Library) -> set[str]:
    """The screen maps that play a bot's roles, and those they are built on."""
    found: set[str] = set()
    waiting = [app.map for app in bot.apps.values()]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            try:
                base = library.screen_map(name).extends
            except AuthoringError:  # said where the map is checked
                continue
            waiting += [base] if base else []
    return found


def fingerprint(bot: BotSpec, library: Library) -> str:
    """SHA-256 (hex) over the workflow with all it calls and its templates, the screen maps that play its roles, and the
    manifests of its skills, which name their models by hash."""
    digest = hashlib.sha256(library.workflow(bot.workflow, bot.place).sha256.encode())
    for role, app in sorted(bot.apps.items()):
        text = library.path("screen", app.map, bot.place).read_bytes()
        digest.update(f"{role}={app.map}:{hashlib.sha256(text).hexdigest()};".encode())
    for base in sorted(_maps(bot, library) - {app.map for app in bot.apps.values()}):
        digest.update(f"map {base}:{hashlib.sha256(library.path('screen', base).read_bytes()).hexdigest()};".encode())
    for skill in parts(bot, library).skills:
        text = library.path("skill", skill).read_bytes()
        digest.update(f"skill {skill}:{hashlib.sha256(text).hexdigest()};".encode())
    return digest.hexdigest()
