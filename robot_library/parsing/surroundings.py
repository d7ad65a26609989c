"""What stands outside a bot's files and still decides what it does: the addresses that ${NAME} stands for, what
site.yaml says of skills, keywords, deliveries, credentials and the time zone, and the files of the keyword libraries
and of the plug-ins' actions that it uses.

Limits, people, alerts and retention are left out: they change neither what is typed nor where.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.metadata
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from robot_library.model.bot import BotSpec
from robot_library.model.workflow import Step
from robot_library.parsing.bots import Parts
from robot_library.parsing.library import Library
from robot_library.parsing.workflows import every_step

_OURS = __name__.partition(".")[0]
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def variables(bot: BotSpec, library: Library) -> list[str]:
    """Names that stand as ${NAME} in addresses, site values and deliveries, sorted."""
    own = bot.model_dump_json(include={"apps", "site", "deliveries"})
    return sorted({*VARIABLE.findall(own), *VARIABLE.findall(library.site().model_dump_json(include={"deliveries"}))})


def surroundings(bot: BotSpec, made: Parts, library: Library, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What it is → SHA-256 (hex) of what it says here. A name that is not set is another thing than an empty one."""
    for name in variables(bot, library):
        yield f"${{{name}}}", _digest(repr(values.get(name)))
    site = library.site()
    if (found := library.environment()) and found[1].credentials:
        yield "site.yaml: credentials", _digest(repr(sorted(found[1].credentials.items())))
    yield "site.yaml: zone", _digest(site.zone)
    if made.skills:
        yield "site.yaml: skills", _digest(site.skills.model_dump_json())
    for name, delivery in site.deliveries.items():
        yield f"site.yaml: deliveries: {name}", _digest(delivery.model_dump_json())
    for module in sorted(set(_plug_ins(made.workflows, library))):
        yield f"actions of {module}", of_library(module)
    if used := sorted(set(_libraries(made.workflows, library))):
        yield "site.yaml: keywords", _digest(site.keywords.model_dump_json())
        for name in used:
            yield f"keywords {name}", of_library(name)


def _steps(workflows: Iterable[str], library: Library) -> Iterator[Step]:
    for name in workflows:
        flow = library.workflow(name)
        tables = [part.steps for part in (flow.collect, flow.compare) if part is not None]
        yield from every_step((*flow.steps, *(step for steps in tables for step in steps)))


def _libraries(workflows: Iterable[str], library: Library) -> Iterator[str]:
    for step in _steps(workflows, library):
        if step.action == "keyword":
            yield str(step.params.get("library"))


def _plug_ins(workflows: Iterable[str], library: Library) -> Iterator[str]:
    """Modules of the actions that are not wetread's own."""
    for step in _steps(workflows, library):
        module = library.actions[step.action].__module__
        if module.partition(".")[0] != _OURS:
            yield module


def of_library(name: str) -> str:
    """Of the file that a keyword library is, found without running any of it; of its package's version beside that."""
    file = _file_of(name)
    own = "" if file is None else hashlib.sha256(file.read_bytes()).hexdigest()
    return _digest("\n".join([*_installed(name.partition(".")[0]), own]))


@cache
def _installed(package: str) -> tuple[str, ...]:
    """What is installed under a name, with its version; of this process, which does not change it."""
    found = importlib.metadata.packages_distributions().get(package, [])
    return tuple(f"{one} {importlib.metadata.version(one)}" for one in sorted(set(found)))


def _file_of(name: str) -> Path | None:
    """Of a module by its dotted name, or by the whole path of its file: Robot Framework takes both."""
    if (path := Path(name)).is_absolute():
        return next((one for one in (path, path / "__init__.py") if one.is_file()), None)
    where: Sequence[str] | None = None
    found: Path | None = None
    for place in range(1, name.count(".") + 2):
        spec = _spec(".".join(name.split(".")[:place]), where)
        if spec is None:
            return found
        where = None if spec.submodule_search_locations is None else list(spec.submodule_search_locations)
        found = _on_disk(spec.origin)
        if where is None:
            return found
    return found


def _spec(name: str, where: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
    """As an import would find it, by whatever finds modules in this process (an editable install has a way of its own);
    nothing of it is run."""
    found = (finder.find_spec(name, where) for finder in sys.meta_path if hasattr(finder, "find_spec"))
    return next((one for one in found if one is not None), None)


def _on_disk(origin: str | None) -> Path | None:
    """The file that a module comes from: its own, or the archive that it lies in."""
    path = Path(origin or "")
    return next((one for one in (path, *path.parents) if one.is_file()), None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
