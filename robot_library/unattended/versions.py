"""Copies of what bots are made of: an item that has begun finishes on the version it began with, through restarts, and
what a running bot reads later (templates, models) does not change under its hands."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from robot_library.errors import SetupError, WetreadError
from robot_library.model.bot import BotSpec
from robot_library.parsing.bots import fingerprint, parts
from robot_library.parsing.library import Library
from robot_library.parsing.made_of import made_of

FOLDER = "versions"
_NAME = 32
"""Of the fingerprint, so many letters name the folder: paths on Windows are short."""


class Versions:
    """The copies in one home. Several workers may make the same one at once."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def keep(self, bot: str, library: Library) -> Library:
        """The bot's files as they are now, copied unless they were before. SetupError if they change meanwhile."""
        spec = library.bot(bot)
        version = fingerprint(spec, library)
        folder = self._folder / version[:_NAME]
        there = self.find(bot, version, library)
        if there is not None and made_of(bot, there).parts != made_of(bot, library).parts:
            self._away(
                folder
            )  # what the version does not tell apart, but an approval does: pictures, a skill's other files
        if not folder.is_dir():
            self._copy(spec, library, folder)
        if (kept := self.find(bot, version, library)) is None:
            raise SetupError(f"the files of bot {bot!r} changed while they were read.", cure="Start it again.")
        return kept

    def find(self, bot: str, version: str, library: Library) -> Library | None:
        """The files of a version that was kept, with the bot's own file as it is now; None if there is none, or the bot
        no longer fits it."""
        folder = self._folder / version[:_NAME]
        if not folder.is_dir():
            return None
        kept = Library(folder, *library.folders, actions=library.actions)
        try:
            return kept if fingerprint(kept.bot(bot), kept) == version else None
        except WetreadError:
            return None

    def in_use(self, *versions: str) -> None:
        """Said from time to time by whoever runs them: they are kept."""
        for version in versions:
            with contextlib.suppress(OSError):
                os.utime(self._folder / version[:_NAME])

    def forget(self, still: Iterable[str], *, unused: float = 7 * 86400.0) -> list[str]:
        """Delete what nobody has used for so many seconds, but never these versions; returns what is gone."""
        if not self._folder.is_dir():
            return []
        names, before = {version[:_NAME] for version in still}, time.time() - unused
        gone = [path for path in self._folder.iterdir() if path.name not in names and path.stat().st_mtime < before]
        for path in gone:
            shutil.rmtree(path, ignore_errors=True)
        return sorted(path.name for path in gone)

    def _away(self, folder: Path) -> None:
        """Whoever comes second finds it gone, or made anew."""
        aside = self._folder / f".{secrets.token_hex(6)}"
        with contextlib.suppress(FileNotFoundError):
            os.replace(folder, aside)
        shutil.rmtree(aside, ignore_errors=True)

    def _copy(self, spec: BotSpec, library: Library, folder: Path) -> None:
        """Made aside and put in its place whole; whoever comes second finds it there."""
        aside = self._folder / f".{secrets.token_hex(6)}"
        try:
            for source, goal in _files(spec, library):
                (aside / goal).parent.mkdir(parents=True, exist_ok=True)
                if source.is_dir():
                    not_run = shutil.ignore_patterns("train") if goal.startswith("skills/") else None
                    shutil.copytree(source, aside / goal, ignore=not_run)
                else:
                    shutil.copyfile(source, aside / goal)
            try:
                os.replace(aside, folder)
            except OSError:
                if not folder.is_dir():
                    raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _files(spec: BotSpec, library: Library) -> Iterator[tuple[Path, str]]:
    """Files and folders that a bot is made of, and where they lie in a project."""
    found = parts(spec, library)
    for name in found.workflows:
        yield library.path("workflow", name), f"workflows/{name}/workflow.yaml"
    for name in found.screens:
        path = library.path("screen", name)
        yield path, f"workflows/screens/{name}.yaml"
        if (pictures := path.parent / name).is_dir():
            yield pictures, f"workflows/screens/{name}"
    for name in found.templates:
        yield library.path("template", name), f"workflows/templates/{name}.html"
    for name in found.skills:
        yield library.path("skill", name).parent, f"skills/{name}"
