"""`python -m bench.fuzz`: every parser for so many seconds of a processor. Seeds and crashes stay in build/fuzz; what
`--due` has come to lies in bench/fuzz/seeds, too, and every run begins with it.

python -m bench.fuzz --seconds 1800 --due      each for half an hour, as is done once for a release: fifteen hours of a
                                               processor, in as many sittings as you like (see bench/fuzz/ran.json)
python -m bench.fuzz --seconds 30 --only onnx  one of them
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.fuzz.drive import Found, child, drive
from bench.fuzz.kept import pack, unpack
from bench.fuzz.parsers import PARSERS

OUT = Path("build/fuzz")
SLICE = 300.0
"""Seconds of a processor in one go where what has been is written down."""
RAN = Path(__file__).parent / "ran.json"
"""Parser → seconds it has had, inputs, last day: what `--due` has run. Delete it to begin anew."""


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 if anything but an error of ours came up."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="for each parser (default: 30)")
    parser.add_argument("--only", choices=sorted(PARSERS), action="append", help="one of them (again: several)")
    parser.add_argument("--seed", type=int, default=1, help="another one, another run")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of seeds, crashes and report.json")
    parser.add_argument("--due", action="store_true", help="only those that have not had their time; writes it down")
    parser.add_argument("--child", choices=sorted(PARSERS), help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.child:
        child(chosen.child, chosen.seconds, chosen.out, chosen.seed)
        return 0
    rows = []
    for name in chosen.only or PARSERS:
        seeds = chosen.out / name / "seeds"
        unpack(name, seeds)
        for seconds, seed in _slices(name, chosen) if chosen.due else [(chosen.seconds, chosen.seed)]:
            found = drive(name, seconds, chosen.out, seed)
            rows.append(asdict(found))
            print(f"{name:<14} {found.inputs:>9,} inputs  {found.taken:>9,} taken  {found.refused:>9,} refused  "
                  f"{found.seeds:>5} seeds  {len(found.crashes)} crashes", flush=True)  # fmt: skip
            for why, where in found.crashes.items():
                print(f"  {why}\n    {where}", file=sys.stderr, flush=True)
            (chosen.out / "report.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
            if chosen.due and found.crashes:
                _note(name, None)  # once it is mended, its time begins anew
                break
            if chosen.due:
                _add(name, found)
                pack(name, seeds)
    return 1 if any(row["crashes"] for row in rows) else 0


def _slices(name: str, chosen: argparse.Namespace) -> Iterator[tuple[float, int]]:
    """Seconds and seed of each run that is still due: what is broken off loses one slice."""
    while (left := chosen.seconds - (had := float(_ran().get(name, {}).get("seconds", 0)))) > 1:
        yield min(SLICE, left), chosen.seed + int(had)


def _add(name: str, found: Found) -> None:
    had = _ran().get(name, {})
    seconds, inputs = (round(found.seconds + had.get("seconds", 0), 1), found.inputs + had.get("inputs", 0))
    _note(name, {"seconds": seconds, "inputs": inputs, "day": datetime.now(UTC).date().isoformat()})


def _note(name: str, row: dict[str, Any] | None) -> None:
    ran = {**_ran(), name: row}
    kept = {one: had for one, had in ran.items() if had}
    RAN.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _ran() -> dict[str, dict[str, Any]]:
    return json.loads(RAN.read_text(encoding="utf-8")) if RAN.exists() else {}


if __name__ == "__main__":
    raise SystemExit(main())
