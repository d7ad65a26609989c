"""Whether office and workers really live, for `/health` and the heartbeat: a dead process cannot report itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from robot_library.model.alerting import Heartbeat
from robot_library.unattended.alerts.ground import WorkerSeen

log = logging.getLogger("wetread.office")
_PATIENCE = 10.0


@dataclass(frozen=True)
class Vital:
    """How the office is; times in seconds since 1970."""

    now: float
    duties: Mapping[str, tuple[float, float, str]]
    """Duty → when it was last done, how often it should be (seconds), and what kept it from being done."""
    workers: Sequence[WorkerSeen]
    wanted: int = 0
    """So many workers should be alive at least."""
    grace: float = 60.0
    """Seconds a sign of life may be late."""

    def ailments(self) -> list[str]:
        """What is not as it should be, in words; empty if all live."""
        late = [
            f"duty {name} was last done {self.now - last:.0f} s ago"
            for name, (last, every, _) in sorted(self.duties.items())
            if self.now - last > 2 * every + self.grace
        ]
        late += [f"duty {name} failed ({failure})" for name, (_, _, failure) in sorted(self.duties.items()) if failure]
        lost = [worker for worker in self.workers if self.now - worker.seen > self.grace]
        gone = [f"worker {worker.name} was last seen {self.now - worker.seen:.0f} s ago" for worker in lost]
        alive = len(self.workers) - len(lost)
        few = [f"{alive} of {self.wanted} workers are alive"] if alive < self.wanted else []
        return [*late, *gone, *few]

    def health(self) -> dict[str, object]:
        """What `/health` answers: no names of orders, nothing sealed."""
        ailments = self.ailments()
        return {
            "status": "ailing" if ailments else "ok", "ailments": ailments,
            "workers": [{"name": worker.name, "seen_s": round(self.now - worker.seen, 1)} for worker in self.workers],
            "duties": {name: round(self.now - last, 1) for name, (last, _, _) in sorted(self.duties.items())},
        }  # fmt: skip


async def beat(how: Heartbeat, vital: Vital) -> bool:
    """Give the sign of life; False, and none given, where something is wrong."""
    if ailments := vital.ailments():
        log.warning("no heartbeat: %s", "; ".join(ailments))
        return False
    if how.file is not None:
        _touch(Path(how.file))
    return await _asked(how.url) if how.url is not None else True


def _touch(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch()


async def _asked(url: str) -> bool:
    import httpx

    try:
        async with httpx.AsyncClient(timeout=_PATIENCE) as client:
            answer = await client.get(url)
    except httpx.HTTPError as failure:
        log.warning("the outside monitor did not answer (%s)", type(failure).__name__)
        return False
    return answer.is_success
