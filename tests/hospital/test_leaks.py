"""The leak hunt on the real hospital: bots work in GNU Health, OHIF and Orthanc, on SQLite and on PostgreSQL.

Every byte they leave is then searched for whoever is in its books, and for the passwords they signed in with.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from robot_library.hospital.heads import make_head
from tests.fleet.cluster import Cluster, make_cluster, programs
from tests.hospital.bot import BOT, DESKTOP_BOT
from tests.hospital.lab import brain, desktop_client, lifecycle, oracle
from tests.hospital.lab.cases import CASES, STUDY_DAY, Person
from tests.hospital.lab.site import Lab
from tests.hospital.test_brain_gnuhealth import GRETA
from tests.leaks.hunt import Hunt
from tests.leaks.left import Left, credential

pytestmark = [pytest.mark.hospital, pytest.mark.browser, pytest.mark.slow, pytest.mark.evidence]

Say = Callable[[str, object], None]


def marks(lab: Lab, *more: Person) -> set[str]:
    """Numbers, names, birth dates, orders and studies of everybody, and every password."""
    people = {case.person for case in CASES} | {case.header for case in CASES if case.header} | set(more)
    found = {login.password for login in lab.logins.values()}
    for one in people:
        found |= {one.puid, one.family, f"{one.given} {one.family}", f"{one.family}, {one.given}"}
        found |= {one.born.isoformat(), f"{one.born:%Y%m%d}", f"{one.born:%m/%d/%Y}", f"{one.born:%d.%m.%Y}"}
        found |= {f"{one.family}^{one.given}"}
    for header in oracle.headers(lab):
        found |= {header["StudyInstanceUID"], header["SOPInstanceUID"], header["PatientID"]}
    return {value for value in found if value and len(value) >= 6}


def left(lab: Lab, folder: Path, database: str = "") -> Left:
    values = {
        "WETREAD_GNUHEALTH_URL": lab.ehr_url, "WETREAD_ORTHANC_URL": lab.pacs_url, "WETREAD_OHIF_URL": lab.viewer_url,
        "WETREAD_QA_DAY": f"{STUDY_DAY:%Y%m%d}",
        **credential("gnuhealth-bot", lab.logins["ehr_bot"].name, lab.logins["ehr_bot"].password),
        **credential("orthanc-bot", lab.logins["pacs_bot"].name, lab.logins["pacs_bot"].password),
    }  # fmt: skip
    return Left(folder, values, database)


def judged(found: Left, lab: Lab, say: Say, *more: Person, also: tuple[Path, ...] = ()) -> None:
    """Nothing is found, in files that would show it; and the hunt finds it where it is."""
    found.looked_at()
    looked_for = marks(lab, *more)
    hits = found.hits(looked_for, *also)
    size = sum(path.stat().st_size for at in (found.folder, *also) for path in at.rglob("*") if path.is_file())
    say("values looked for", len(looked_for))
    say("MB searched", round((size + len(found.printed)) / 1e6, 1))
    say("found in clear or wrapped", len(hits))
    assert hits == [], sorted({(hit.value, hit.place, hit.how) for hit in hits})[:40]
    in_books = Hunt(case.person.family for case in CASES if len(case.person.family) > 5)
    books = (lab.state / "ehr").rglob("*.sqlite")
    seen = {hit.value for path in books for hit in in_books.within(path.read_bytes(), "books")}
    assert seen, "the hunt finds nobody in the hospital's own books"


def order_of(lab: Lab, key: str) -> str:
    return next(row["order"] for row in lifecycle.expected(lab) if row["key"] == key)


def test_a_whole_worklist_in_the_browser(lab: Lab, tmp_path: Path, record_property: Say) -> None:
    found = left(lab, tmp_path / "left")
    found.do("run", BOT, "--report", "report.html", "--json", code=None)
    assert sum(one.get("outcome") == "typed" for one in found.items()) == sum(c.expected == "typed" for c in CASES)
    judged(found, lab, record_property)


def test_the_days_images(lab: Lab, tmp_path: Path, record_property: Say) -> None:
    found = left(lab, tmp_path / "left")
    found.do("run", "imaging-qa-orthanc", "--report", "report.html", "--json", code=None)
    assert len(found.items()) > 10
    found.do("qa", "report", "--day", STUDY_DAY.isoformat(), "--out", "day.html")
    judged(found, lab, record_property)


def test_an_mri(lab: Lab, tmp_path: Path, record_property: Say) -> None:
    made = brain.make(lab, GRETA, make_head(1, lesion_ml=40.0))
    found = left(lab, tmp_path / "left")
    bot = "brain-tumour-measure-gnuhealth"
    found.do("queue", "add", bot, "--set", f"order={made.order}")
    found.do("run", bot, "--no-collect", "--report", "report.html", code=None)
    assert [one["outcome"] for one in found.items()] == ["typed"]
    judged(found, lab, record_property, GRETA)


@pytest.fixture
def near() -> Iterator[Path]:
    """A folder with a short name: the desktop's sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="left-") as folder:
        yield Path(folder)


def test_the_desktop_client(lab: Lab, near: Path, record_property: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WETREAD_TRYTON", str(desktop_client.program(lab)))
    monkeypatch.setenv("WETREAD_TRYTON_PROFILE", str(desktop_client.profile(lab)))
    found = left(lab, near / "l")
    for key in ("normal", "pneumonia"):
        found.do("queue", "add", DESKTOP_BOT, "--set", f"order={order_of(lab, key)}")
    found.do("run", DESKTOP_BOT, "--no-collect", "--report", "report.html", code=None)
    assert {one["outcome"] for one in found.items()} == {"typed"}
    judged(found, lab, record_property)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    assert programs() is not None, "no PostgreSQL here"
    made = make_cluster()
    try:
        yield made
    finally:
        made.remove()


def test_a_fleet_on_postgresql(
    lab: Lab, cluster: Cluster, tmp_path: Path, record_property: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's own files, its log and what it has yet to write to its tables included."""
    monkeypatch.setenv("WETREAD_KEYS", str(tmp_path / "keys"))
    cluster.ask("ALTER SYSTEM SET log_statement = 'all'")
    cluster.ask("SELECT pg_reload_conf()")
    found = left(lab, tmp_path / "left", cluster.url(cluster.new_database()))
    for key in ("normal", "pneumonia", "cancelled"):
        found.do("queue", "add", BOT, "--set", f"order={order_of(lab, key)}")
    found.worked_off(BOT)
    assert sorted(str(one["outcome"]) for one in found.items()) == ["refused", "typed", "typed"]
    found.looked_at()
    cluster.ask("CHECKPOINT")
    judged(found, lab, record_property, also=(cluster.folder,))
