"""Checks files: what each is, is it well-formed, does it keep every rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from robot_library.errors import AuthoringError
from robot_library.lint.cut_off import cut_off
from robot_library.lint.files import TELLS, files_below, kind_of_file
from robot_library.lint.flow import lay_out
from robot_library.lint.manifest import check_manifest
from robot_library.lint.partly import lint_partly
from robot_library.lint.rule import BotSubject, CaseSubject, MapSubject, On, SiteSubject, rules_on
from robot_library.lint.subject import note
from robot_library.model.bot import BotSpec
from robot_library.model.case import Case
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.model.screen import ScreenMap
from robot_library.model.site import Site
from robot_library.model.workflow import Workflow
from robot_library.parsing.bots import load_bot
from robot_library.parsing.cases import load_case
from robot_library.parsing.library import WORDS, Kind, Library, shown, where
from robot_library.parsing.nodes import MapNode, Node, read_yaml
from robot_library.parsing.overlays import picture_folders
from robot_library.parsing.partly import readable_part
from robot_library.parsing.problems import did_you_mean, in_order, single
from robot_library.parsing.screens import load_screen_map, screen_tree
from robot_library.parsing.sites import load_site
from robot_library.parsing.texts import reading
from robot_library.parsing.workflows import called_by, load_workflow


def check(paths: Sequence[Path], library: Library) -> list[Diagnostic]:
    """Every diagnostic of the files, and of the files below the folders, in order; each once."""
    with reading():
        checked = _Check(library)
        found: list[Diagnostic] = []
        for path in paths:
            for file in files_below(path) if path.is_dir() else [path]:
                found += checked.file(file)
        return in_order(found)


def check_bot(library: Library, name: str) -> list[Diagnostic]:
    """Every diagnostic of a bot and of all it is made of, by the bot's name."""
    try:
        return check([library.path("bot", name)], library)
    except AuthoringError as error:
        return list(error.diagnostics)


def lint_all(
    workflow: Workflow, library: Library, maps: Mapping[str, ScreenMap], bot: BotSpec | None = None
) -> list[Diagnostic]:
    """A workflow and every workflow it calls, however deep, against every rule."""
    seen: dict[str, Workflow] = {}
    waiting = [workflow]
    while waiting:
        one = waiting.pop()
        if one.name not in seen:
            seen[one.name] = one
            waiting += [library.workflow(name) for name in called_by(one)]
    return [diagnostic for one in seen.values() for diagnostic in lint(one, library, maps, bot)]


def lint(
    workflow: Workflow, library: Library, maps: Mapping[str, ScreenMap], bot: BotSpec | None = None
) -> list[Diagnostic]:
    """One workflow against every rule; `maps` are the screen maps by role, {} if they are not known."""
    return in_order(_run("workflow", lay_out(workflow, library, maps, bot)))


class _Check:
    """One check of some files with one library; what several files need is worked out once."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._screens: dict[str, list[Diagnostic]] = {}
        self._linted: dict[tuple[str, int], list[Diagnostic]] = {}

    def file(self, path: Path) -> list[Diagnostic]:
        """Every diagnostic of one file and of what it is made of."""
        name = shown(path)
        try:
            node = read_yaml(path, name)
        except AuthoringError as error:
            return list(error.diagnostics)
        return [*cut_off(path, name), *self._never_found(path, name, node), *self._judged(path, name, node)]

    def _never_found(self, path: Path, name: str, node: Node) -> Iterator[Diagnostic]:
        """A file of the project that stands where its kind is not looked for: night.yml, or bots/old/night.yaml."""
        kind, root = kind_of_file(path, node), self.library.folders[0]
        if kind is None or kind == "case" or kind == "site":
            return
        own, wanted = path.resolve(), where(kind, path)
        at = own.relative_to(root).as_posix() if own.is_relative_to(root) else ""
        if at.startswith(("bots/", "workflows/", "skills/")) and at != wanted:
            message = f"nothing finds this {WORDS[kind]} here: it is looked for as {wanted}"
            yield note(Place(file=name), "WR126", message, "Move it, or give it that name.", "warning")

    def _judged(self, path: Path, name: str, node: Node) -> list[Diagnostic]:
        """What its kind of file is held against."""
        try:
            match kind_of_file(path, node):
                case "workflow":
                    return self.workflow_file(path, name)
                case "screen":
                    return self.screen(load_screen_map(path, name), screen_tree(path, name))
                case "bot":
                    return self.bot(load_bot(path, name), node)
                case "skill":
                    return check_manifest(path, name, node)
                case "case":
                    return self.case(load_case(path, name), node)
                case "site":
                    return self.site(load_site(path, name), node)
                case _:
                    keys = [key.value for key, _ in node.items] if isinstance(node, MapNode) else []
                    hint = did_you_mean(keys[0], [key for key, _ in TELLS]) if keys else ""
                    raise single(
                        node.place, "WR100", "this is no workflow, screen map, bot, skill, case or site.yaml", hint
                    )
        except AuthoringError as error:
            return list(error.diagnostics)

    def _named(self, kind: Kind, path: Path, name: str) -> str | None:
        """The name under which the library has this very file."""
        found = self.library.look(kind, name)
        return name if found is not None and found == path.resolve() else None

    def workflow_file(self, path: Path, name: str) -> list[Diagnostic]:
        """With the maps of every bot that runs it; without maps if there is none."""
        own = self._named("workflow", path, path.parent.name)
        bots = [bot for bot in self.bots if bot.workflow == own]
        playing: list[BotSpec | None] = [*bots] or [None]
        try:
            workflow = self.library.workflow(own) if own else load_workflow(path, self.library, name)
        except AuthoringError as error:
            rest = [one for bot in playing for one in self.partly(path, self.maps(bot) if bot else {}, bot)]
            return [*error.diagnostics, *rest]
        found: list[Diagnostic] = []
        for bot in playing:
            found += self.linted(workflow, self.maps(bot) if bot else {}, bot)
        return found

    def partly(self, path: Path, maps: Mapping[str, ScreenMap], bot: BotSpec | None) -> list[Diagnostic]:
        """What else is wrong with a workflow that has mistakes, and with those among the ones it calls."""
        key = (shown(path), id(bot))
        if key in self._linted:
            return self._linted[key]
        found: list[Diagnostic] = []
        seen, waiting = set[Path](), [path]
        while waiting:
            one = waiting.pop()
            part = None if one in seen else readable_part(one, self.library, shown(one))
            seen.add(one)
            if part is not None:
                found += lint_partly(lay_out(part.workflow, self.library, maps, bot, part.gaps))
                waiting += [self.library.path("workflow", name) for name in part.wrong]
        self._linted[key] = in_order(found)
        return self._linted[key]

    def linted(self, workflow: Workflow, maps: Mapping[str, ScreenMap], bot: BotSpec | None) -> list[Diagnostic]:
        """A workflow with all it calls, for one bot."""
        key = (workflow.place.file, id(bot))  # a bot is read once: one bot, one object, as long as this check goes on
        if key not in self._linted:
            self._linted[key] = lint_all(workflow, self.library, maps, bot)
        return self._linted[key]

    def screen(self, screen_map: ScreenMap, node: Node) -> list[Diagnostic]:
        """A screen map against every rule."""
        assert isinstance(node, MapNode)
        file = node.place.file
        if file not in self._screens:
            self._screens[file] = in_order(_run("screen", MapSubject(screen_map, node, picture_folders(Path(file)))))
        return self._screens[file]

    def bot(self, bot: BotSpec, node: Node) -> list[Diagnostic]:
        """A bot, the screen maps that play its roles, and its workflow."""
        assert isinstance(node, MapNode)
        found: list[Diagnostic] = []
        workflow: Workflow | None = None
        try:
            workflow = self.library.workflow(bot.workflow, _place(node, "workflow"))
        except AuthoringError as error:
            found += error.diagnostics
        maps: dict[str, ScreenMap] = {}
        for role, app in bot.apps.items():
            try:
                apps = node.get("apps")
                inner = apps.get(role) if isinstance(apps, MapNode) else None
                maps[role] = self.library.screen_map(app.map, _place(inner, "map") if inner else node.place)
                path = self.library.path("screen", app.map)
                found += self.screen(maps[role], screen_tree(path))
            except AuthoringError as error:
                found += error.diagnostics
        found += _run("bot", BotSubject(bot, node, self.library, workflow, maps))
        if workflow is not None:
            found += self.linted(workflow, maps, bot)
        elif (written := self.library.look("workflow", bot.workflow)) is not None:
            found += self.partly(written, maps, bot)
        return found

    def site(self, site: Site, node: Node) -> list[Diagnostic]:
        """site.yaml against every rule."""
        assert isinstance(node, MapNode)
        return in_order(_run("site", SiteSubject(site, node, self.library)))

    def case(self, case: Case, node: Node) -> list[Diagnostic]:
        """A case against every rule, with what its bot is made of."""
        assert isinstance(node, MapNode)
        found: list[Diagnostic] = []
        workflow: Workflow | None = None
        maps: dict[str, ScreenMap] = {}
        missing = True
        try:
            bot = self.library.bot(case.bot, _place(node, "bot"))
            maps = self.maps(bot)
            missing = len(maps) < len(bot.apps)
            workflow = self.library.workflow(bot.workflow, _place(node, "bot"))
        except AuthoringError as error:
            found += error.diagnostics
        return in_order([*found, *_run("case", CaseSubject(case, node, workflow, maps, missing))])

    @cached_property
    def bots(self) -> list[BotSpec]:
        """Every bot that can be read."""
        found = []
        for name in self.library.names("bot"):
            try:
                found.append(self.library.bot(name))
            except AuthoringError:  # a wrong bot is reported where it is checked
                continue
        return found

    def maps(self, bot: BotSpec) -> dict[str, ScreenMap]:
        """The screen maps that play a bot's roles, as far as they can be read."""
        maps = {}
        for role, app in bot.apps.items():
            try:
                maps[role] = self.library.screen_map(app.map)
            except AuthoringError:  # reported where the map or the bot is checked
                continue
        return maps


def _run(kind: On, subject: object) -> Iterable[Diagnostic]:
    return [one for rule in rules_on(kind) for one in rule.check(subject)]


def _place(node: Node | None, key: str) -> Place:
    inner = node.get(key) if isinstance(node, MapNode) else None
    return inner.place if inner is not None else node.place if node is not None else Place(file="")
