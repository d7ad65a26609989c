"""Into a folder that another system takes reports from. A version's folder is there whole or not at all; no name in it
is a patient's."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import Any, get_args

from robot_library.delivery.parcel import Parcel, digest
from robot_library.errors import NotDelivered, SetupError
from robot_library.model.delivery import DicomObject, FolderTarget, Format

_NAMES: dict[Format, str] = {"pdf": "report.pdf", "text": "report.txt", "fhir": "report.json", "hl7": "report.hl7"}
_PART = ".part-"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


async def send(target: FolderTarget, parcel: Parcel) -> dict[str, Any]:
    """Write it; the folder's name and the files' hashes. Written twice, it is the same folder."""
    base = _place(target.path)
    files = await _files(target, parcel)
    step = f"{parcel.version.number}.{parcel.version.step}"
    name = f"{parcel.version.report}-{step}-{parcel.version.status.replace('_', '-')}"
    await asyncio.to_thread(_write, base, name, files)
    return {"folder": name, "files": {file: digest(data) for file, data in files.items()}}


def _place(path: str) -> Path:
    """The folder, with every ${NAME} filled in. SetupError for one that is not set."""
    for name in _VARIABLE.findall(path):
        if not os.environ.get(name):
            raise SetupError(f"a delivery takes its folder from {name}, which is not set.", cure=f"Set {name}.")
    return Path(_VARIABLE.sub(lambda match: os.environ[match[1]], path)).expanduser()


async def _files(target: FolderTarget, parcel: Parcel) -> dict[str, bytes]:
    from robot_library.reports.outputs.fhir import diagnostic_report
    from robot_library.reports.outputs.hl7 import oru_r01
    from robot_library.reports.outputs.stage import stage

    made: dict[str, bytes] = {}
    void = parcel.version.status == "entered_in_error"
    kinds: tuple[DicomObject, ...] = get_args(DicomObject)
    objects = [one for one in kinds if one in target.formats] if void else []
    if objects:
        (note,) = parcel.dicom(objects)
        made[f"{note.name}.dcm"] = note.data
    for one in target.formats:
        if one in objects:
            continue
        match one:
            case "pdf":
                made[_NAMES[one]] = await parcel.pdf()
            case "text":
                now = stage(parcel.version)
                text = "" if now.void else f"\n{parcel.version.content.text}\n"
                made[_NAMES[one]] = f"{now.words}\n{text}".encode()
            case "fhir":
                made[_NAMES[one]] = diagnostic_report(parcel.version, {}).encode()
            case "hl7":
                made[_NAMES[one]] = oru_r01(parcel.version, parcel.letter, before=parcel.had).encode()
            case _:
                for file in parcel.dicom([one]):
                    made[f"{file.name}.dcm"] = file.data
    return made


def _write(base: Path, name: str, files: dict[str, bytes]) -> None:
    if not base.is_dir():
        raise NotDelivered("NoFolder", "the folder is not there: not mounted, perhaps.")
    done = base / name
    if done.is_dir() and all((done / file).is_file() for file in files):
        return
    for left in base.glob(f"{_PART}{name}.*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    part = base / f"{_PART}{name}.{secrets.token_hex(4)}"
    part.mkdir()
    for file, data in files.items():
        with (part / file).open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    if not done.exists():
        os.replace(part, done)
        return
    for file in files:  # there from another delivery into the same folder
        os.replace(part / file, done / file)
    part.rmdir()
