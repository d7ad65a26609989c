"""What stands outside a bot's files and still decides what it does: the addresses that ${NAME} stands for, what
site.yaml says of skills, keywords, deliveries, credentials and the time zone, and the files of the keyword libraries it
uses.

Limits, people, alerts and retention are left out: they change neither what is typed nor where.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.metadata
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from robot_library.model.bot import BotSpec
from robot_library.parsing.bots import Parts
from robot_library.parsing.library import Library
from robot_library.parsing.workflows import every_step

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
    if used := sorted(set(_libraries(made.workflows, library))):
        yield "site.yaml: keywords", _digest(site.keywords.model_dump_json())
        for name in used:
            yield f"keywords {name}", of_library(name)


def _libraries(workflows: Iterable[str], library: Library) -> Iterator[str]:
    for name in workflows:
        flow = library.workflow(name)
        tables = [part.steps for part in (flow.collect, flow.compare) if part is not None]
        for step in every_step((*flow.steps, *(step for steps in tables for step in steps))):
            if step.action == "keyword":
                yield str(step.params.get("library"))


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
    where: list[str] | None = None
    found: Path | None = None
    for place in range(1, name.count(".") + 2):
        spec = importlib.machinery.PathFinder.find_spec(".".join(name.split(".")[:place]), where)
        if spec is None:
            return found
        where = None if spec.submodule_search_locations is None else list(spec.submodule_search_locations)
        found = Path(spec.origin) if spec.origin and Path(spec.origin).is_file() else None
        if where is None:
            return found
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
