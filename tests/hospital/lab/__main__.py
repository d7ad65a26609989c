"""``python -m tests.hospital.lab up|down|reset|status --dir .lab [--rootless]``: the lab from the command line."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from .errors import LabError
from .lifecycle import down, reset, status, up


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0, or 1 with what went wrong and the cure on standard error."""
    parser = argparse.ArgumentParser(prog="python -m tests.hospital.lab", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "reset", "status"])
    parser.add_argument("--dir", type=Path, default=Path(".lab"), help="the lab's folder (default: .lab)")
    parser.add_argument("--rootless", action="store_true", help="unpack Orthanc instead of using or installing it")
    options = parser.parse_args(argv)
    begin = time.monotonic()
    try:
        match options.command:
            case "up":
                up(options.dir, rootless=options.rootless)
            case "reset":
                reset(options.dir, rootless=options.rootless)
            case "down":
                down(options.dir)
        print(json.dumps({**status(options.dir), "seconds": round(time.monotonic() - begin, 1)}, indent=1))
    except LabError as e:
        print(f"hospital lab: {e}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
