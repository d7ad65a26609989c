"""The skills that a command works on, and the options that say where they are and where they run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.skills.host import LocalSkillHost

PROVIDERS = ("cpu", "cuda", "directml", "openvino")

provider_option = click.option("--provider", type=click.Choice(PROVIDERS), help="Where the model runs; no fallback.")


def host_for(project: Path | None, folder: Path, provider: str | None) -> tuple[LocalSkillHost, FileBlobs]:
    """A host over the project's skills whose blobs, under a key made for the occasion, lie in `folder`."""
    from robot_library.bot import skill_host
    from robot_library.parsing.library import Library
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.safeguards.keys import new_key

    blobs = FileBlobs(folder, new_key())
    return skill_host(Library.find(project), blobs, provider), blobs  # type: ignore[arg-type]
