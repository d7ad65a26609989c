"""Bring the lab up, put it back to its first state, take it down. Safe to repeat; safe after a crash."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from . import ehr, pacs, processes, studies, viewer, web_clients
from .cases import CASES, STUDY_DAY, merge_id
from .errors import LabError
from .site import Lab, load, new, port_is_free

SERVERS: Final = ("viewer", "ehr", "pacs")


def up(root: Path, *, rootless: bool = False) -> Lab:
    """A running, seeded lab in `root`. What already runs stays as it is; work done in it is kept.

    A lab that was seeded to its end is started again with its data; anything less is made anew.
    """
    with _alone(root):
        lab = load(root)
        if lab is not None and _seeded(lab) and ports_usable(lab):
            _start(lab, _install(lab, rootless=rootless))
            return lab
        return _fresh(root, lab, rootless=rootless)


def reset(root: Path, *, rootless: bool = False) -> Lab:
    """A running lab as it was just after seeding: same order numbers, nothing typed."""
    with _alone(root):
        lab = load(root)
        if lab is None or not _seeded(lab) or not ports_usable(lab):
            return _fresh(root, lab, rootless=rootless)
        for name in ("ehr", "pacs"):
            processes.stop(lab, name, gently=False)
        ehr.restore(lab)
        pacs.wipe(lab)
        _start(lab, _install(lab, rootless=rootless))
        studies.store(lab, orders(lab))
        return lab


def down(root: Path) -> None:
    """End every server of the lab in `root`; its files stay."""
    with _alone(root):
        lab = load(root)
        if lab is not None:
            _stop_all(lab)


def status(root: Path) -> dict[str, Any]:
    """Addresses, and which servers run, by process id."""
    lab = load(root)
    if lab is None:
        return {"lab": "none", "running": {}}
    running = {name: p.pid for name in SERVERS if (p := processes.find(lab, name)) is not None}
    state = "up" if len(running) == len(SERVERS) and _seeded(lab) else "down" if not running else "incomplete"
    return {
        "lab": state,
        "ehr": lab.ehr_url,
        "pacs": lab.pacs_url,
        "viewer": lab.viewer_url,
        "dicom": pacs.dicom_address(lab),
        "passwords": str(lab.state / "lab.json"),
        "expected": str(_expected(lab)),
        "running": running,
    }


def orders(lab: Lab) -> dict[str, str]:
    """The EHR's order numbers by case key."""
    return {row["key"]: row["order"] for row in expected(lab)}


def expected(lab: Lab) -> list[dict[str, Any]]:
    """One row a case: key, trap, expected outcome, and the EHR's own numbers for it."""
    rows: list[dict[str, Any]] = json.loads(_expected(lab).read_text(encoding="utf-8"))
    return rows


def _expected(lab: Lab) -> Path:
    return lab.state / "expected.json"


def _seeded(lab: Lab) -> bool:
    return _expected(lab).exists()  # written last


def ports_usable(lab: Lab) -> bool:
    """Whether each port is free or held by this lab's own server."""
    held = {"ehr": "ehr", "pacs": "pacs", "dicom": "pacs", "viewer": "viewer"}
    return all(port_is_free(p) or processes.find(lab, held[n]) is not None for n, p in lab.ports.items())


def _fresh(root: Path, old: Lab | None, *, rootless: bool) -> Lab:
    if old is not None:
        _stop_all(old)
    shutil.rmtree(root / "state", ignore_errors=True)
    lab = new(root)
    lab.save()
    orthanc = _install(lab, rootless=rootless)
    pacs.start(lab, orthanc)
    made = ehr.seed(lab, _plan(lab))
    _start(lab, orthanc)
    studies.store(lab, {key: row["order"] for key, row in made.items()})
    rows = [
        {
            "key": c.key,
            "trap": c.trap,
            "expected": c.expected,
            "puid": c.person.puid,
            "study": merge_id(c),
            **made[c.key],
        }
        for c in CASES
    ]
    _expected(lab).write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return lab


def _install(lab: Lab, *, rootless: bool) -> Path:
    """Everything fetched and built that is not in the cache yet, side by side; gives Orthanc's root."""
    jobs: list[Callable[[], object]] = [
        lambda: ehr.template(lab),
        lambda: (web_clients.sao(lab), web_clients.ohif(lab)),
    ]
    with ThreadPoolExecutor(len(jobs) + 1) as pool:
        orthanc = pool.submit(lambda: pacs.install(lab, rootless=rootless))
        for future in [pool.submit(job) for job in jobs]:
            future.result()
        return orthanc.result()


def _start(lab: Lab, orthanc: Path) -> None:
    if processes.find(lab, "pacs") is None:
        pacs.start(lab, orthanc)
    if processes.find(lab, "viewer") is None:
        viewer.start(lab)
    if processes.find(lab, "ehr") is None:
        ehr.start(lab)


def _stop_all(lab: Lab) -> None:
    for name in SERVERS:
        processes.stop(lab, name)


def _plan(lab: Lab) -> dict[str, Any]:
    people = {c.person.puid: c.person for c in CASES}
    return {
        "day": STUDY_DAY.isoformat(),
        "logins": {role: asdict(login) for role, login in lab.logins.items()},
        "people": [{**asdict(p), "born": p.born.isoformat()} for p in people.values()],
        "orders": [
            {
                "key": c.key,
                "puid": c.person.puid,
                "merge_id": merge_id(c),
                "cancelled": c.cancelled,
                "report": c.report,
                "note": f"Cough and fever. Consolidation?\nImages taken: {len(c.shots)}",
            }
            for c in CASES
        ],
    }


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One command at a time on one lab; the kernel frees the lock of a process that dies."""
    if sys.platform == "win32":
        raise LabError("bringing up the hospital lab", "it runs on Linux only", "use Linux or WSL")
    import fcntl

    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise LabError("taking the lab", "another process is at work on it", "wait until it has ended") from e
        yield
