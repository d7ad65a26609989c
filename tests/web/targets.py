"""The applications that are asked in every way: the dashboard over a filled home, and the clerk's app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import robot_library.attended as attended
import robot_library.unattended.dashboard as dashboard
import robot_library.web as web
from robot_library.attended.app import Attended
from robot_library.attended.site import house_of
from robot_library.engine.database.store import Store
from robot_library.engine.desk import Desk
from robot_library.parsing.library import Library, bundled
from robot_library.people.door import FOLDER
from robot_library.people.entrances import clerks_doors
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.sealed import SealedJson
from tests.dashboard.conftest import KEY, standing
from tests.dashboard.fill import BOTS
from tests.web.probing import Target

WEB = Path(str(web.__file__)).parent


@contextmanager
def operations(folder: Path) -> Iterator[Target]:
    """The dashboard over a filled home."""
    stand = standing(folder, 60)
    stand.store.open(stand.sealer.fingerprint)
    items = stand.ask(lambda: stand.desk.board.page(limit=4)).items
    told = stand.ask(lambda: stand.desk.incidents.report(items[0].id, "ann", "left and right confused"))
    known = [*BOTS, *(one.id for one in items), told.id, "ask", "approve", "retry", "cancel", f"bot:{BOTS[0]}"]
    rooms = [WEB, FOLDER, Path(str(dashboard.__file__)).parent]
    roles = ("viewer", "clerk", "reviewer", "author", "admin", "operator")
    yield Target(stand.dashboard.app, stand.doors, roles, known, rooms, stand.dashboard.close)
    stand.dashboard.close()
    stand.store.close()


@contextmanager
def clerks(folder: Path) -> Iterator[Target]:
    """The clerk's app, and somebody in each role."""
    sealer = SealedJson(KEY)
    store = Store(f"sqlite:///{folder / 'engine.sqlite'}")
    store.open(sealer.fingerprint)
    store.trail = AuditTrail(folder, KEY)
    desk, doors = Desk(folder, sealer, sealer.fingerprint, store=store), clerks_doors(folder, KEY)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("EHR", "PACS", "DICOMWEB"):
            patch.setenv(f"WETREAD_{name}_URL", "http://127.0.0.1:9")
        patch.setattr(
            "robot_library.web.strangers.AT_ONCE", 10**9
        )  # else most of what is asked is slowed, and not seen
        house = house_of(folder, KEY, desk, Library(bundled()))
        house.book.add("ann", ["clerk"])
        known = ["chest-xray-preread", "ann", "clerk", "admin", "en", "es"]
        rooms = [WEB, FOLDER, Path(str(attended.__file__)).parent]
        app = Attended(house, doors).app
        yield Target(app, doors, ("author", "clerk local", "reviewer admin operator"), known, rooms)
    store.close()
