"""Where a trail is, and what its lines are held against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from robot_library.safeguards.audit.verify import Keys


def trail_of(path: Path | None, home: Path) -> tuple[Path, Path]:
    """(folder, home) of a trail: PATH may be a home, a trail's folder, or one of its files."""
    from robot_library.safeguards.audit.trail import FOLDER

    if path is None:
        return home / FOLDER, home
    if path.is_file():
        path = path.parent
    if (path / FOLDER).is_dir() or not path.exists():
        return path / FOLDER, path
    return (path, path.parent) if path.name == FOLDER or any(path.glob("*.jsonl")) else (path / FOLDER, path)


def keys_of(home: Path, public: tuple[str, ...]) -> Keys:
    """The site's own keys, or only public ones that were given. SetupError where there is neither."""
    from robot_library.safeguards.audit.signing import Signer, key_id, read_public
    from robot_library.safeguards.audit.verify import Keys
    from robot_library.safeguards.keys import site_key

    if public:
        return Keys({key_id(key): key for key in map(read_public, public)})
    signer = Signer(site_key(home))
    return Keys({signer.key_id: signer.public}, signer.seal_key)
