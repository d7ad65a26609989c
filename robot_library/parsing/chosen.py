"""Which of a site's environments is chosen. Imports nothing before it is asked: the command line's help needs the
variable's name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robot_library.model.site import Site

ENVIRONMENT = "WETREAD_ENV"
"""Names the environment for this process and those it starts; `--env` sets it."""


def chosen(site: Site, path: Path | None) -> str | None:
    """The environment that holds. AuthoringError (WR122) for a name that site.yaml does not have: nobody who asks for
    production, or for the test system, gets something else."""
    from robot_library.model.diagnostic import Place
    from robot_library.parsing.library import SITE, shown
    from robot_library.parsing.nodes import MapNode, read_yaml
    from robot_library.parsing.problems import did_you_mean, single

    name = os.environ.get(ENVIRONMENT) or None
    if name is None:
        return site.default_environment
    if name in site.environments:
        return name
    file = SITE if path is None else shown(path)
    place = Place(file=file)
    if path is not None and isinstance(node := read_yaml(path, file), MapNode):
        word = node.key("environments")
        place = word.place if word is not None else node.place
    none = f"`environments:` of {file} names it; {ENVIRONMENT} or --env chose it here."
    hint = did_you_mean(name, site.environments) if site.environments else none
    raise single(place, "WR122", f"there is no environment '{name[:60]}'", hint)
