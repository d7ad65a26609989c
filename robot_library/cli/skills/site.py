"""Where a site keeps what its skills said, and which skill a command means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from robot_library.errors import SetupError, UnknownName

if TYPE_CHECKING:
    from robot_library.skills.monitor.store import Store


def skill_folder(name: str, project: Path | None) -> Path:
    """The champion's folder; a move that was cut short is undone first. Raises SetupError."""
    from robot_library.parsing.library import Library
    from robot_library.skills.manifest import MANIFEST
    from robot_library.skills.monitor.versions import recover

    folders = [folder / "skills" for folder in Library.find(project).folders]
    for folder in folders:
        champion = folder / name
        if champion.parent == folder and (recover(champion) or (champion / MANIFEST).is_file()):
            return champion
    raise UnknownName(f"there is no skill {name!r}.", cure="`wetread skills list` shows those there are.")


def monitor(home: Path) -> Store:
    """The site's table of answers. Raises SetupError when no bot has written one."""
    from robot_library.cli.site import open_key
    from robot_library.safeguards.sealed import SealedJson
    from robot_library.skills.monitor.store import FILE, Store

    if not (home / FILE).is_file():
        raise SetupError(
            f"no skill has been watched in {home} yet.",
            cure="Bots write what their skills say; or name another --home.",
        )
    return Store(home / FILE, SealedJson(open_key(home)))
