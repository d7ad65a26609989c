"""bots/<name>.yaml → BotSpec; and the fingerprint of everything a bot is made of."""

from __future__ import annotations

import hashlib
from pathlib import Path

from robot_library.model.bot import BotSpec
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.library import Library, shown


def load_bot(path: Path, name: str | None = None) -> BotSpec:
    """A bot; `name` is how diagnostics call the file. AuthoringError with all that is wrong."""
    return load_yaml_model(path, BotSpec, name or shown(path))


def fingerprint(bot: BotSpec, library: Library) -> str:
    """SHA-256 (hex) over the workflow with all it calls and the screen maps that play its roles."""
    digest = hashlib.sha256(library.workflow(bot.workflow, bot.place).sha256.encode())
    for role, app in sorted(bot.apps.items()):
        text = library.path("screen", app.map, bot.place).read_bytes()
        digest.update(f"{role}={app.map}:{hashlib.sha256(text).hexdigest()};".encode())
    return digest.hexdigest()
