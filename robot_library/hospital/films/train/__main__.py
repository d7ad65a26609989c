"""Train the film generator: `WETREAD_DATA=… python -m robot_library.hospital.films.train [--out FILE]`.

Reads `cxr_kermany224`, `split=train` only, one thread, seeded. Public originals: Kermany, Zhang, Goldbaum 2018,
Mendeley Data doi:10.17632/rscbjbr9sj (CC BY 4.0).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import time
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from robot_library.hospital.films.train.export import export
from robot_library.hospital.films.train.fit import fit
from robot_library.hospital.films.train.register import register

SEED = 20181122
SOURCE = "Kermany et al. 2018, Cell 172:1122, doi:10.17632/rscbjbr9sj, CC BY 4.0; 224 px copies, split=train"


def load(folder: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """The training films (n, 224, 224) uint8 and whether each is labelled pneumonia. Evaluation films are never read."""
    with (folder / "labels.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["split"] == "train"]
    films = np.stack([cv2.imread(str(folder / row["file"]), cv2.IMREAD_GRAYSCALE) for row in rows])
    return films, np.array([row["kind"] != "normal" for row in rows])


def main() -> None:
    """Train and write the model; prints its hash, which `generator.py` pins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "generator.onnx")
    out: Path = parser.parse_args().out
    began = time.monotonic()
    films, ill = load(Path(os.environ["WETREAD_DATA"]) / "cxr_kermany224")
    registered = register(films, ill, SEED)
    print(f"registered {len(films)} films after {time.monotonic() - began:.0f} s")
    fitted = fit(registered, ill, SEED)
    kept = f"{fitted.normal.films} normal, {fitted.pneumonia.films} pneumonia"
    export(fitted, out, {"trained_on": SOURCE, "films": kept, "seed": str(SEED)})
    print(f"{out.name}: {out.stat().st_size} bytes after {time.monotonic() - began:.0f} s ({kept})")
    print(hashlib.sha256(out.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
