"""Train the film generator: `WETREAD_DATA=… python -m robot_library.hospital.films.train [--out FILE]`.

Reads `cxr_kermany224`, `split=train` only; one thread, seeded. Public originals: Kermany, Zhang, Goldbaum 2018,
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

from robot_library.hospital.films.train import verify
from robot_library.hospital.films.train.export import export
from robot_library.hospital.films.train.fit import fit
from robot_library.hospital.films.train.register import Bytes, register

SEED = 20181122
SOURCE = "Kermany et al. 2018, Cell 172:1122, doi:10.17632/rscbjbr9sj, CC BY 4.0; 224 px copies, split=train"


def load(folder: Path) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """The training films (n, 224, 224) and whether each is labelled pneumonia. Evaluation films are never read."""
    with (folder / "labels.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["split"] == "train"]
    films = np.stack([_gray(folder / row["file"]) for row in rows])
    return films, np.array([row["kind"] != "normal" for row in rows], dtype=np.bool_)


def _gray(path: Path) -> Bytes:
    film = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if film is None:
        raise FileNotFoundError(f"{path.name} of the training data is missing or no picture")
    return np.asarray(film, dtype=np.uint8)


def main() -> None:
    """Train, verify and write the model; prints the hash that `generator.py` pins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "generator.onnx")
    out: Path = parser.parse_args().out
    began = time.process_time()
    films, ill = load(Path(os.environ["WETREAD_DATA"]) / "cxr_kermany224")
    coded = fit(register(films, ill, SEED), ill, SEED)
    share = verify.largest_share(coded, ill[coded.kept])
    print(f"{len(coded.kept)} of {len(films)} films; one film's largest share in a component: {share:.4f}")
    kept = f"{coded.fit.normal.films} normal, {coded.fit.pneumonia.films} pneumonia"
    export(coded.fit, out, {"trained_on": SOURCE, "films": kept, "seed": str(SEED)})
    error = verify.rounding(coded.fit, out)
    print(f"{out.name}: {out.stat().st_size} bytes, rounding {error:.4f}, {time.process_time() - began:.0f} s of CPU")
    print(hashlib.sha256(out.read_bytes()).hexdigest())
    if share > verify.MOST_OF_ONE_FILM or error > verify.MOST_ROUNDING:
        out.unlink()
        raise SystemExit("The model is not kept: one film weighs too much in it, or the graph is not what was trained.")


if __name__ == "__main__":
    main()
