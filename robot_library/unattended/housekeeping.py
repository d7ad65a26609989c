"""The office's duty of forgetting: once a day, in its quiet hours, what is older than site.yaml's `keep` says goes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from robot_library.engine.fleet.fleet import machine
from robot_library.engine.records.checks import Checks
from robot_library.engine.steady import Steady
from robot_library.errors import SetupError
from robot_library.model.clock import zone
from robot_library.unattended.keeping import Retention

if TYPE_CHECKING:
    from robot_library.unattended.office import Office

log = logging.getLogger("wetread.office")
KIND = "keep"
BACKUP, OF_OLD = "backup", "home"
"""Kind of what a backup leaves behind; and its scope, before each home of a fleet had one of its own."""
_HOURS = range(2, 6)
_OVERDUE = 36 * 3600.0
_ONCE = 20 * 3600.0
_EVENLY = 3600.0


class Housekeeping:
    """Between two and six at night by the site's clock, or as soon as it is overdue; never by a clock that has not gone
    evenly for an hour. `steady`: for how many seconds it has."""

    name = "keeping"
    every = timedelta(minutes=10)

    def __init__(self, steady: Callable[[], float] | None = None) -> None:
        self._steady = steady or Steady().seconds

    async def run(self, office: Office) -> None:
        """Delete what is old, if it is time for it."""
        if self._steady() < _EVENLY:
            return
        checks, now, scope = Checks(office.desk.store, office.sealer), time.time(), scope_of(office.home)
        last = (await checks.newest(KIND)).get(scope)
        since = now - (last.at if last else office.began)
        night = datetime.fromtimestamp(now, zone(office.zone)).hour in _HOURS
        if since < (_ONCE if night and last else _OVERDUE if last else 600.0 if night else _OVERDUE):
            return
        retention = Retention(office.home, office.desk.store, office.sealer, office.blobs, office.site.keep)
        try:
            gone = await retention.run()
        except SetupError as busy:  # a backup is being made: the next time
            log.info("retention waits: %s", busy.message)
            return
        await checks.add(KIND, scope, gone.as_data(), 0)
        log.info("retention: %s runs, %s pictures, %s files deleted", gone.runs, gone.evidence, gone.files)


def scope_of(home: Path) -> str:
    """Of one home: hosts of a fleet call theirs alike, and each keeps pictures and files that no other can delete."""
    return f"{home.name}:{machine(home)}"
