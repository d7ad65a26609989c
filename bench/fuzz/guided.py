"""One parser for so many seconds, as `drive.child` does it, but atheris (libFuzzer) makes the inputs: it sees which
branches of our Python, and of the Python that we read with, each one comes to, and goes on from what came further.

`drive` starts it where atheris is installed: `make setup` does so on Linux.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

SEEN = ["robot_library", "pydicom", "yaml", "zipfile", "tarfile", "email", "urllib.parse", "joserfc"]
"""Packages whose branches are seen: of what is imported before `main` does it, none are."""


def main(name: str, seconds: float, folder: Path, seed: int) -> None:
    """Never comes back: the process ends when the time is used up, and its report lies in the folder."""
    import atheris

    with atheris.instrument_imports(include=SEEN):  # held open: many of our imports are lazy
        from bench.fuzz.drive import HANGS, Run, bounded, used
        from bench.fuzz.mutate import LARGEST
        from bench.fuzz.parsers import PARSERS

        bounded()
        began, place, parser = used(), folder / name, PARSERS[name]
        run = Run(parser, place, random.Random(seed))
        run.clock = False  # libFuzzer has one
        for at, data in enumerate(parser.seeds()):
            _written(place / "own" / str(at), data)
            run.one(data, keep=False)  # what is imported late is seen, too
        words = "".join(f'"{_escaped(word)}"\n' for word in parser.words)
        _written(place / "words", words.encode())
        (seeds := place / "seeds").mkdir(exist_ok=True)
        before = len(list(seeds.iterdir()))

        def one(data: bytes) -> None:
            run.one(data, keep=False)
            if used() - began < seconds:
                return
            run.found.seconds = round(used() - began, 1)
            run.found.seeds = len(list(seeds.iterdir())) - before
            run.report()
            os._exit(0)  # libFuzzer has no way back; what it keeps lies in the folder

        options = [
            f"-seed={seed}",
            f"-timeout={HANGS}",
            "-rss_limit_mb=0",
            f"-max_len={LARGEST}",
            f"-artifact_prefix={place}/",
        ]
        if parser.words:
            options += [f"-dict={place / 'words'}"]
        with run.watched():
            atheris.Setup([name, "-verbosity=0", *options, str(seeds), str(place / "own")], one)
            atheris.Fuzz()


def _escaped(word: bytes) -> str:
    """As libFuzzer reads it."""
    return "".join(f"\\x{byte:02x}" for byte in word)


def _written(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
