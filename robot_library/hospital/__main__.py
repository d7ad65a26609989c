"""``python -m robot_library.hospital``: the demo hospital as a process of its own, until it is told to stop."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.hospital import crowd
from robot_library.hospital.server import Hospital
from robot_library.hospital.stories import STORIES


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT, SIGTERM or end of standard input with ``--until-eof``; print one JSON line when ready."""
    parser = argparse.ArgumentParser(prog="python -m robot_library.hospital", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="where the hospital lives; built there at first start")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", choices=sorted(STORIES), default="chest", help="which hospital")
    parser.add_argument("--orders", type=int, default=None, help="a hospital of this many orders, all kinds of trap")
    parser.add_argument("--ehr-port", type=int, default=0, help="0: a free one")
    parser.add_argument("--pacs-port", type=int, default=0, help="0: a free one")
    parser.add_argument("--chaos", type=int, default=None, metavar="SEED", help="random trouble from this seed")
    parser.add_argument("--identity", choices=("banner", "record"), default="banner", help="what the result form shows")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends (a parent's death)")
    chosen = parser.parse_args(arguments)
    hospital = Hospital(
        chosen.dir,
        seed=chosen.seed,
        story=crowd.of(chosen.orders) if chosen.orders else STORIES[chosen.scenario],
        chaos=chosen.chaos,
        ehr_port=chosen.ehr_port,
        pacs_port=chosen.pacs_port,
        identity=chosen.identity,
    )
    try:
        hospital.start()
    except SetupError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    addresses = {"ehr": hospital.ehr_url, "pacs": hospital.pacs_url, "dicomweb": hospital.dicomweb_url}
    print(json.dumps({**addresses, "database": str(hospital.database)}), flush=True)
    _wait(chosen.until_eof)
    hospital.close()
    return 0


def _watch_input(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def _wait(until_eof: bool) -> None:
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, lambda *_: stop.set())
    if until_eof:
        threading.Thread(target=_watch_input, args=(stop,), daemon=True).start()
    while not stop.wait(0.5):  # a bare wait() cannot be interrupted by a signal on Windows
        pass


if __name__ == "__main__":
    raise SystemExit(main())
