"""Finds an author's files by name: the project's own first, then those that came with wetread."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from robot_library.errors import AuthoringError
from robot_library.interfaces import Action
from robot_library.model.bot import BotSpec
from robot_library.model.diagnostic import Place
from robot_library.model.environments import Overlay
from robot_library.model.screen import ScreenMap
from robot_library.model.site import Site
from robot_library.model.workflow import Workflow
from robot_library.parsing.problems import did_you_mean, single
from robot_library.parsing.texts import meanwhile, unsaved

Kind = Literal["bot", "workflow", "screen", "template", "skill"]
MARKER = "wetread.toml"
SITE = "site.yaml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
"""As long as any file system takes, with its ending."""
_WHERE: dict[Kind, tuple[str, str]] = {
    "bot": ("bots", "{}.yaml"),
    "workflow": ("workflows", "{}/workflow.yaml"),
    "screen": ("workflows/screens", "{}.yaml"),
    "template": ("workflows/templates", "{}.html"),
    "skill": ("skills", "{}/skill.yaml"),
}
WORDS: dict[Kind, str] = {
    "bot": "bot",
    "workflow": "workflow",
    "screen": "screen map",
    "template": "template",
    "skill": "skill",
}


def where(kind: Kind, path: Path) -> str:
    """Where a file like this one would be looked for, below its project."""
    folder, pattern = _WHERE[kind]
    own_folder = "/" in pattern and path.parent.name != folder
    return f"{folder}/{pattern.format(path.parent.name if own_folder else path.stem)}"


def bundled() -> Path:
    """The folder with the bots/, workflows/ and skills/ that came with wetread (wheel or source checkout)."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_bundled"
    return inside if inside.is_dir() else package.parent


def project_above(start: Path) -> Path | None:
    """The nearest folder at or above `start` that holds a wetread.toml."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / MARKER).is_file()), None)


def shown(path: Path) -> str:
    """A path as diagnostics name it: below the working folder if it is there."""
    return meanwhile(("shown", path), lambda: _shown(path))


def _shown(path: Path) -> str:
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _unread(folder: Path) -> str | None:
    """What somebody who stands in a folder that is no project would take for in force: its site.yaml, or a bot of its
    own. Limits, or a bot's stage, that are passed over in silence are a danger."""
    if (folder / SITE).is_file():
        return SITE
    for bot in sorted((folder / "bots").glob("*.yaml")):
        came = bundled() / "bots" / bot.name
        if not came.is_file() or came.read_bytes() != bot.read_bytes():
            return f"bots/{bot.name}"
    return None


class Library:
    """Folders with bots/, workflows/ and skills/, in the order they are looked in; loads each file once."""

    def __init__(self, *folders: Path, actions: Mapping[str, type[Action]] | None = None) -> None:
        self.folders = tuple(dict.fromkeys(folder.resolve() for folder in folders))
        self._actions = actions
        self._loaded: dict[tuple[Kind, str], Workflow | ScreenMap | BotSpec] = {}
        self._site: Site | None = None
        self._environment: tuple[str, Overlay] | None = None
        self.loading: list[str] = []
        """Names of workflows being loaded, outermost first: a workflow must not call itself."""

    @classmethod
    def find(cls, project: Path | None = None, start: Path | None = None, *, to_run: bool = False) -> Library:
        """`project`, else the folder of the nearest wetread.toml upward from `start`; then the bundled files. `to_run`:
        refuse to pass over what stands in a folder that is no project and would be taken for in force."""
        if project is not None and not project.is_dir():
            raise single(Place(file=str(project)), "WR001", "there is no such project folder", "Check --project.")
        own = project or project_above(start or Path.cwd())
        if own is None and to_run and (unread := _unread(Path.cwd())):
            raise single(
                Place(file=unread), "WR001", f"it would not be used: no {MARKER} makes this folder a project",
                f"Put an empty {MARKER} beside it, or give --project. Elsewhere, only what came with wetread is used.",
            )  # fmt: skip
        return cls(*([own] if own else []), bundled())

    @classmethod
    def own(cls, project: Path | None) -> Library:
        """As `find`, for commands that look through a whole project: refused where there is none, so that what came
        with wetread is neither taken for one's own files nor written into. In a checkout of wetread they are one's."""
        here = Path.cwd()
        if project is None and project_above(here) is None and bundled() not in (here, *here.parents):
            raise single(
                Place(file=str(here)), "WR001", f"this folder is no project: no {MARKER} in it or above it",
                f"Go into one, or give --project. `wetread init` makes one; an empty {MARKER} makes this folder one.",
            )  # fmt: skip
        return cls.find(project)

    def anew(self) -> Library:
        """The same folders, with every file to be read again. What site.yaml said when it was first asked for stays."""
        fresh = Library(*self.folders, actions=self.actions)
        fresh._site, fresh._environment = self._site, self._environment
        return fresh

    @cached_property
    def actions(self) -> Mapping[str, type[Action]]:
        """The registry steps are read with."""
        if self._actions is not None:
            return self._actions
        from robot_library import plugins

        return plugins.actions()

    def look(self, kind: Kind, name: str) -> Path | None:
        """The file of a thing, or None."""
        return meanwhile(("look", self.folders, kind, name), lambda: self._look(kind, name))

    def _look(self, kind: Kind, name: str) -> Path | None:
        folder, pattern = _WHERE[kind]
        if not _NAME.fullmatch(name):  # no name leads out of its folder, on any system
            return None
        candidates = (root / folder / pattern.format(name) for root in self.folders)
        return next((path for path in candidates if path.is_file() or unsaved(path) is not None), None)

    def path(self, kind: Kind, name: str, asked: Place | None = None) -> Path:
        """The file of a thing. AuthoringError (WR120) with did-you-mean, at the place that asked."""
        if found := self.look(kind, name):
            return found
        folder, pattern = _WHERE[kind]
        place = asked or Place(file=f"{folder}/{pattern.format(name)}")
        raise single(place, "WR120", f"there is no {WORDS[kind]} '{name[:60]}'", did_you_mean(name, self.names(kind)))

    def names(self, kind: Kind) -> list[str]:
        """Every name of a kind, sorted."""
        return meanwhile(("names", self.folders, kind), lambda: self._names(kind))

    def _names(self, kind: Kind) -> list[str]:
        folder, pattern = _WHERE[kind]
        before, _, after = pattern.partition("{}")
        found = set()
        for root in self.folders:
            for path in (root / folder).glob(f"*{after}"):
                relative = path.relative_to(root / folder).as_posix()
                found.add(relative.removeprefix(before).removesuffix(after))
        return sorted(found)

    def workflow(self, name: str, asked: Place | None = None) -> Workflow:
        """A workflow by name. AuthoringError if it is missing or wrong."""
        from robot_library.parsing.workflows import load_workflow

        path = self.path("workflow", name, asked)
        found = self._loaded.get(("workflow", name))
        if found is None:
            self.loading.append(name)
            try:
                found = load_workflow(path, self)
            finally:
                self.loading.pop()
        assert isinstance(found, Workflow)
        if found.name != name:  # by the one it is called and approved, by the other its items are known
            message = f"the workflow calls itself '{found.name}', its folder '{name}'"
            place = getattr(found.name, "place", found.place)
            raise single(place, "WR125", message, "Give both the same name.")
        self._loaded["workflow", name] = found
        return found

    def screen_map(self, name: str, asked: Place | None = None) -> ScreenMap:
        """A screen map by system name."""
        from robot_library.parsing.screens import load_screen_map

        path = self.path("screen", name, asked)
        found = self._loaded.get(("screen", name)) or load_screen_map(path)
        assert isinstance(found, ScreenMap)
        self._loaded["screen", name] = found
        return found

    def bot(self, name: str, asked: Place | None = None) -> BotSpec:
        """A bot by name. AuthoringError if it is missing or wrong, or calls itself otherwise than its file."""
        from robot_library.parsing.bots import OTHER_NAME, SAME, load_bot, other_name

        path = self.path("bot", name, asked)
        found = self._loaded.get(("bot", name)) or self._here(load_bot(path))
        assert isinstance(found, BotSpec)
        if wrong := other_name(found, name):
            raise single(found.place or Place(file=shown(path)), OTHER_NAME, wrong, SAME)
        self._loaded["bot", name] = found
        return found

    def site_file(self) -> Path | None:
        """The nearest site.yaml, or None."""
        return next((path for folder in self.folders if (path := folder / SITE).is_file()), None)

    def site(self) -> Site:
        """What holds for the whole hospital, in the environment that is chosen; everything left out if there is no
        site.yaml. AuthoringError, too, for an environment that it does not have."""
        if self._site is None:
            self._site, self._environment = self._read_site()
        return self._site

    def environment(self) -> tuple[str, Overlay] | None:
        """The environment that holds, by name; None where none is chosen and none is the default."""
        self.site()
        return self._environment

    def _read_site(self) -> tuple[Site, tuple[str, Overlay] | None]:
        from robot_library.parsing.chosen import chosen
        from robot_library.parsing.sites import load_site

        path = self.site_file()
        whole = Site() if path is None else load_site(path)
        name = chosen(whole, path)
        return (whole.overlaid(name), (name, whole.environments[name])) if name else (whole, None)

    def _here(self, bot: BotSpec) -> BotSpec:
        """A bot with the credentials that are taken in this environment."""
        try:
            environment = self.environment()
        except AuthoringError:  # said where site.yaml is read; whatever runs a bot reads it
            return bot
        instead = environment[1].credentials if environment else {}
        if not instead:
            return bot
        apps = {
            role: app.model_copy(
                update={
                    "credential": instead.get(app.credential, app.credential) if app.credential else None,
                    "seats": tuple(instead.get(seat, seat) for seat in app.seats),
                }
            )
            for role, app in bot.apps.items()
        }
        return bot.model_copy(update={"apps": apps})


__all__ = ["AuthoringError", "Kind", "Library", "bundled", "project_above", "shown"]
