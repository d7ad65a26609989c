"""Seeds that outlive a machine: one archive for each parser, beside this file, the same bytes for the same seeds."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

FOLDER = Path(__file__).parent / "seeds"
LARGEST = 20_000
"""Bytes of a seed that is kept: larger ones are mostly one thing said often."""


def pack(name: str, seeds: Path) -> None:
    """Keep what lies in the folder `seeds`."""
    chosen = [path for path in sorted(seeds.glob("*")) if path.stat().st_size <= LARGEST]
    if not chosen:
        return
    FOLDER.mkdir(exist_ok=True)
    whole, part = FOLDER / f"{name}.tar.xz", FOLDER / f"{name}.part"
    with tarfile.open(part, "w:xz", preset=9) as archive:
        for path in chosen:
            data = path.read_bytes()
            member = tarfile.TarInfo(path.name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    part.replace(whole)  # who ends it here loses nothing that was kept before


def unpack(name: str, seeds: Path) -> None:
    """Put what was kept into the folder `seeds`, beside what lies there."""
    kept = FOLDER / f"{name}.tar.xz"
    if not kept.exists():
        return
    seeds.mkdir(parents=True, exist_ok=True)
    with tarfile.open(kept, "r:xz") as archive:
        for member in archive.getmembers():
            if (held := archive.extractfile(member)) is not None:
                (seeds / Path(member.name).name).write_bytes(held.read())
