"""Checks files: what each is, is it well-formed, does it keep every rule."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from robot_library.errors import AuthoringError
from robot_library.lint.flow import lay_out
from robot_library.lint.rule import BotSubject, MapSubject, SiteSubject, rules_on
from robot_library.model.bot import BotSpec
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.model.screen import ScreenMap
from robot_library.model.site import Site
from robot_library.model.workflow import Workflow
from robot_library.parsing.bots import load_bot
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.library import SITE, Kind, Library, shown
from robot_library.parsing.nodes import ListNode, MapNode, Node, read_yaml
from robot_library.parsing.problems import did_you_mean, in_order, single
from robot_library.parsing.screens import load_screen_map
from robot_library.parsing.sites import load_site
from robot_library.parsing.workflows import called_by, load_workflow

_TELLS: tuple[tuple[str, Kind], ...] = (
    ("bot", "bot"),
    ("system", "screen"),
    ("skill", "skill"),
    ("workflow", "workflow"),
)
"""The first of these keys that a file has says what it is."""
_OURS = re.compile(r"^(bot|system|skill|workflow):", re.MULTILINE)


def check(paths: Sequence[Path], library: Library) -> list[Diagnostic]:
    """Every diagnostic of the files, and of the files below the folders, in order; each once."""
    found: list[Diagnostic] = []
    for path in paths:
        if path.is_dir():
            for file in files_below(path):
                found += _file(file, library)
        else:
            found += _file(path, library)
    return in_order(found)


def check_bot(library: Library, name: str) -> list[Diagnostic]:
    """Every diagnostic of a bot and of all it is made of, by the bot's name."""
    try:
        return check([library.path("bot", name)], library)
    except AuthoringError as error:
        return list(error.diagnostics)


def files_below(folder: Path) -> list[Path]:
    """Files of a project (in bots/, workflows/, skills/), or of any folder; what is not ours is passed over."""
    project = [folder / name for name in ("bots", "workflows", "skills") if (folder / name).is_dir()]
    site = [folder / SITE] if project and (folder / SITE).is_file() else []
    return site + sorted(path for top in project or [folder] for path in _walk(top) if _is_ours(path))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and path.name[0] not in "._" and path.name != "node_modules":
            yield from _walk(path)
        elif path.suffix in (".yaml", ".yml"):
            yield path


def _is_ours(path: Path) -> bool:
    text = path.read_bytes()[:1_000_000].decode("utf-8", "replace")
    return _OURS.search(text) is not None or path.name in ("workflow.yaml", "skill.yaml", SITE)


def kind_of_file(path: Path, node: Node) -> Kind | Literal["site"] | None:
    """What a file is, by its keys; by its name where they do not tell."""
    if path.name == SITE:
        return "site"
    if isinstance(node, MapNode):
        for key, kind in _TELLS:
            if node.key(key) is not None:
                return kind
    folders = path.resolve().parts
    if path.name in ("workflow.yaml", "skill.yaml"):
        return "workflow" if path.name == "workflow.yaml" else "skill"
    if path.parent.name in ("bots", "screens"):
        return "bot" if path.parent.name == "bots" else "screen"
    return "workflow" if "workflows" in folders[:-1] and path.parent.name == "workflows" else None


def _file(path: Path, library: Library) -> list[Diagnostic]:
    name = shown(path)
    try:
        node = read_yaml(path, name)
        match kind_of_file(path, node):
            case "workflow":
                return _workflow(load_workflow(path, library, name), library)
            case "screen":
                return _screen(load_screen_map(path, name), node)
            case "bot":
                return _bot(load_bot(path, name), node, library)
            case "skill":
                return _skill(path, name, node)
            case "site":
                return _site(load_site(path, name), node, library)
            case _:
                keys = [key.value for key, _ in node.items] if isinstance(node, MapNode) else []
                hint = did_you_mean(keys[0], [key for key, _ in _TELLS]) if keys else ""
                raise single(node.place, "WR100", "this is no workflow, screen map, bot, skill or site.yaml", hint)
    except AuthoringError as error:
        return list(error.diagnostics)


def _workflow(workflow: Workflow, library: Library) -> list[Diagnostic]:
    """With the maps of every bot that runs it; without maps if there is none."""
    found: list[Diagnostic] = []
    bots = [bot for bot in _bots(library) if bot.workflow == workflow.name and _is_that(workflow, library)]
    playing: list[BotSpec | None] = [*bots] or [None]
    for bot in playing:
        found += lint_all(workflow, library, _maps(bot, library) if bot else {}, bot)
    return found


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
    subject = lay_out(workflow, library, maps, bot)
    return in_order(_run("workflow", subject))


def _screen(screen_map: ScreenMap, node: Node) -> list[Diagnostic]:
    assert isinstance(node, MapNode)
    return in_order(_run("screen", MapSubject(screen_map, node)))


def _bot(bot: BotSpec, node: Node, library: Library) -> list[Diagnostic]:
    assert isinstance(node, MapNode)
    found: list[Diagnostic] = []
    workflow: Workflow | None = None
    try:
        workflow = library.workflow(bot.workflow, _place(node, "workflow"))
    except AuthoringError as error:
        found += error.diagnostics
    maps: dict[str, ScreenMap] = {}
    for role, app in bot.apps.items():
        try:
            apps = node.get("apps")
            inner = apps.get(role) if isinstance(apps, MapNode) else None
            maps[role] = library.screen_map(app.map, _place(inner, "map") if inner else node.place)
            path = library.path("screen", app.map)
            found += _screen(maps[role], read_yaml(path, shown(path)))
        except AuthoringError as error:
            found += error.diagnostics
    found += _run("bot", BotSubject(bot, node, library, workflow, maps))
    if workflow is not None:
        found += lint_all(workflow, library, maps, bot)
    return found


def _site(site: Site, node: Node, library: Library) -> list[Diagnostic]:
    assert isinstance(node, MapNode)
    return in_order(_run("site", SiteSubject(site, node, library)))


def _skill(path: Path, name: str, node: Node) -> list[Diagnostic]:
    from robot_library.model.skill import SkillManifest

    if left := list(_still_todo(node)):
        return left
    manifest = load_yaml_model(path, SkillManifest, name)
    if manifest.skill != path.resolve().parent.name:
        message = f"the skill '{manifest.skill}' stands in folder '{path.resolve().parent.name}'"
        raise single(Place(file=name), "WR130", message, "Give both the same name.")
    return list(_other_model(path.parent / manifest.model.file, manifest.model.sha256, node))


def _other_model(model: Path, sha256: str, node: Node) -> Iterator[Diagnostic]:
    """The model beside the manifest is not there, or not the one that the manifest names."""
    named = node.get("model") if isinstance(node, MapNode) else None
    place = (named.get("sha256") if isinstance(named, MapNode) else None) or node
    try:
        found = hashlib.sha256(model.read_bytes()).hexdigest()
    except OSError:
        yield from single(place.place, "WR132", f"the model file '{model.name}' cannot be read").diagnostics
        return
    if found != sha256:
        message = f"'{model.name}' has sha256 {found[:12]}…, the manifest says {sha256[:12]}…"
        hint = f"If the model was exchanged on purpose: sha256: {found}"
        yield from single(place.place, "WR132", message, hint).diagnostics


def _still_todo(node: Node, key: str = "the manifest") -> Iterator[Diagnostic]:
    """Each field of a skill that was begun and still says TODO; nothing else is asked before they are gone."""
    if isinstance(node, MapNode):
        for name, value in node.items:
            yield from _still_todo(value, name.value)
    elif isinstance(node, ListNode):
        for value in node.items:
            yield from _still_todo(value, key)
    elif node.value.startswith("TODO"):
        yield from single(node.place, "WR131", f"'{key}' is still to be filled in").diagnostics


def _run(kind: str, subject: object) -> Iterable[Diagnostic]:
    return [one for rule in rules_on(kind) for one in rule.check(subject)]  # type: ignore[arg-type]


def _bots(library: Library) -> list[BotSpec]:
    found = []
    for name in library.names("bot"):
        try:
            found.append(library.bot(name))
        except AuthoringError:  # a wrong bot is reported where it is checked
            continue
    return found


def _is_that(workflow: Workflow, library: Library) -> bool:
    """Whether the bots' workflow of this name is this file, not another one of the same name."""
    path = library.look("workflow", workflow.name)
    return path is not None and shown(path) == workflow.place.file


def _maps(bot: BotSpec, library: Library) -> dict[str, ScreenMap]:
    maps = {}
    for role, app in bot.apps.items():
        try:
            maps[role] = library.screen_map(app.map)
        except AuthoringError:  # reported where the map or the bot is checked
            continue
    return maps


def _place(node: Node | None, key: str) -> Place:
    inner = node.get(key) if isinstance(node, MapNode) else None
    return inner.place if inner is not None else node.place if node is not None else Place(file="")
