"""The QA bot on a hospital of known films, in a real browser; what it wrote is read in that hospital's database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from robot_library.bot import assemble, keyed_hash
from robot_library.cli.main import run_cli
from robot_library.cli.site import open_key, running
from robot_library.hospital import ACCOUNTS, Hospital
from robot_library.hospital.quality import REPEAT, TRAPS, expected, today, write
from robot_library.hospital.scenario import Scenario
from robot_library.interfaces import Credential
from robot_library.parsing.library import Library
from robot_library.reports.qa.history import History
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.vault import Vault

pytestmark = [pytest.mark.slow, pytest.mark.browser]
SEED, DAYS = 1, 10
FILMS = tuple(trap for trap in TRAPS if trap.fault in ("noise", "motion", "collimated")) + 2 * TRAPS[-1:]
BY_HAND = "Cut off at the right."
ROOT = Path(__file__).parents[2]


def story(seed: int) -> Scenario:
    return write(seed, DAYS, FILMS)


@dataclass
class Watched:
    """A hospital after a day of the bot."""

    hospital: Hospital
    home: Path
    scenario: Scenario
    outcomes: dict[str, tuple[str, str]]

    def rows(self, query: str) -> list[Any]:
        database = sqlite3.connect(self.hospital.database)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    @property
    def judged(self) -> str:
        """The study of today that a person has judged before the bot comes."""
        wanted = expected(self.scenario, FILMS)
        return [accession for accession, verdict in wanted.items() if verdict == "Fine"][-1]

    @property
    def day(self) -> str:
        return today(self.scenario).isoformat()


async def work(home: Path, hospital: Hospital, day: str) -> dict[str, tuple[str, str]]:
    """Let the bot take the day; accession → (outcome, code)."""
    key = open_key(home, create=True)
    assembly = assemble(
        "imaging-qa", Library(ROOT), home, key,
        vault=Vault({"pacs-bot": Credential("rpabot", ACCOUNTS["rpabot"].password)}),
        values={"WETREAD_PACS_URL": hospital.pacs_url, "WETREAD_DICOMWEB_URL": hospital.dicomweb_url,
                "WETREAD_QA_DAY": day.replace("-", "")},
    )  # fmt: skip
    async with running(home, key, assembly) as engine:
        await engine.collect("imaging-qa")
        labels = {view.item.id: view.item.payload["accession"] for view in await engine.items("imaging-qa")}
        await engine.run_until_idle()
        return {labels[run.item]: (run.outcome, run.code) for run in await engine.runs("imaging-qa")}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    import asyncio

    folder = tmp_path_factory.mktemp("qa")
    scenario = story(SEED)
    with Hospital(folder / "hospital", seed=SEED, story=story) as hospital:
        found = Watched(hospital, folder / "home", scenario, {})
        mark_by_hand(hospital, found.judged)
        found.outcomes = asyncio.run(work(found.home, hospital, found.day))
        yield found


def mark_by_hand(hospital: Hospital, accession: str) -> None:
    """The radiologist marks a study, as a person would."""
    with signed_in(hospital) as client:
        uid = client.get("/api/studies", params={"accession": accession}).json()["rows"][0]["uid"]
        assert client.post(f"/studies/{uid}/quality", data={"verdict": "Repeat", "remarks": BY_HAND}).status_code == 200


@contextmanager
def signed_in(hospital: Hospital) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hospital.pacs_url, follow_redirects=True) as client:
        client.post("/login", data={"user": "drradio", "password": ACCOUNTS["drradio"].password})
        yield client


def test_every_study_of_the_day_is_judged_as_its_film_deserves(watched: Watched) -> None:
    wanted = expected(watched.scenario, FILMS)
    found = watched.rows("SELECT accession, verdict FROM marks WHERE account = 'rpabot'")
    assert sorted(found) == sorted(
        (accession, verdict) for accession, verdict in wanted.items() if verdict and accession != watched.judged
    )
    assert set(watched.outcomes) == set(wanted)


def test_the_mark_says_what_was_measured(watched: Watched) -> None:
    remarks = [
        row[0] for row in watched.rows("SELECT remarks FROM marks WHERE verdict LIKE 'Repeat%' AND account = 'rpabot'")
    ]
    assert any("noise 0.0" in text and "above" in text for text in remarks)
    assert any("blur" in text for text in remarks)
    assert any("outside the field" in text for text in remarks)


def test_a_film_with_another_childs_header_is_refused(watched: Watched) -> None:
    stranger = next(accession for accession, verdict in expected(watched.scenario, FILMS).items() if not verdict)
    assert watched.outcomes[stranger] == ("refused", "PatientMismatch")


def test_what_a_person_has_judged_stays_as_it_is(watched: Watched) -> None:
    assert watched.outcomes[watched.judged][0] == "already_reported"
    assert watched.rows(f"SELECT remarks FROM marks WHERE accession = '{watched.judged}'") == [(BY_HAND,)]


def test_the_technologists_list_shows_what_is_to_be_repeated(watched: Watched) -> None:
    with signed_in(watched.hospital) as client:
        page = client.get("/repeats").text
    for accession, verdict in expected(watched.scenario, FILMS).items():
        assert (accession in page) == (verdict == REPEAT or accession == watched.judged), accession


async def test_the_bot_coming_by_again_writes_and_counts_nothing_twice(watched: Watched) -> None:
    before = watched.rows("SELECT count(*) FROM marks"), len(history(watched).entries())
    await work(watched.home, watched.hospital, watched.day)
    assert (watched.rows("SELECT count(*) FROM marks"), len(history(watched).entries())) == before


def history(watched: Watched) -> History:
    key = open_key(watched.home)
    return History(watched.home, keyed_hash(key, "quality"), FileBlobs(watched.home / "blobs", key))


def test_nothing_in_the_record_says_whose_film_it_is(watched: Watched) -> None:
    kept = (watched.home / "quality.sqlite").read_bytes()
    for study in watched.scenario.studies:
        for secret in (study.accession, study.study_uid, study.owner.mrn, study.owner.family):
            assert secret.encode() not in kept


def test_the_report_names_no_person_and_the_device_that_drifts(
    watched: Watched, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    films = str(watched.hospital.directory / "dicom")
    assert run_cli(["qa", "measure", films, "--home", str(watched.home), "--project", str(ROOT), "--json"]) == 0
    out = tmp_path / "report.html"
    command = ["qa", "report", "--day", watched.day, "--home", str(watched.home), "--out", str(out)]
    assert run_cli([*command, "--baseline", "6", "--pdf", "--json"]) == 0
    said = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (said["films"], said["positive"]) == (6, 3)
    assert "noise.sigma" in said["drifts"]["DEMOXR2"]
    assert "noise.sigma" not in said["drifts"]["DEMOXR1"] + said["drifts"]["DEMOXR3"]
    paper = out.with_suffix(".pdf").read_bytes()
    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Subtype /Image") >= 6
    page = out.read_text(encoding="utf-8")
    assert "DEMOXR2" in page
    assert page.count("data:image/jpeg") == 6
    assert "http" not in page.replace("http-equiv", "")
    for study in watched.scenario.studies:
        for secret in (study.accession, study.study_uid, study.owner.mrn, study.owner.family, study.owner.given):
            assert secret not in page
