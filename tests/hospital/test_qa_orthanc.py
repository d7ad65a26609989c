"""The QA bot on OHIF and Orthanc: which films lie there is asked of Orthanc, which were measured of the record."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import pytest

from robot_library.bot import keyed_hash
from robot_library.cli.main import run_cli
from robot_library.cli.site import open_key
from robot_library.hospital.films import FilmPatient, FilmStudy, film_dataset, make_film
from robot_library.hospital.films.faults import spoiled
from robot_library.model.quality import QualityEntry
from robot_library.parsing.library import bundled
from robot_library.reports.qa.history import History
from robot_library.safeguards.blobs import FileBlobs
from robot_library.skills.manifest import load_manifest
from tests.hospital.bot import Done, bot_at, outcomes
from tests.hospital.lab import lifecycle, oracle
from tests.hospital.lab.cases import CASES, STUDY_DAY, UID_ROOT
from tests.hospital.lab.site import Lab
from tests.hospital.lab.studies import ISSUER, send

pytestmark = [pytest.mark.hospital, pytest.mark.browser, pytest.mark.slow]

BOT = "imaging-qa-orthanc"
DAY = f"{STUDY_DAY:%Y%m%d}"
FALSE_ALARMS = 1
"""Ordinary films that the skill flags: one of fifteen, by its black pixels."""


def send_film(lab: Lab, accession: str, day: dt.date, *, noisy: bool) -> None:
    """One more study of one film."""
    film = make_film(301, "normal", rows=1024, cols=896)
    uid = f"{UID_ROOT}.{day:%Y%m%d}.{accession}"
    made = film_dataset(
        spoiled(film, "noise", 1.0) if noisy else film,
        patient=FilmPatient("00990018", ISSUER, "Berg^Nils", dt.date(2022, 1, 1), "M"),
        study=FilmStudy(accession, uid, f"{uid}.1", day, "Chest X-ray"),
    )
    out = io.BytesIO()
    made.save_as(out, enforce_file_format=True)
    send(lab, accession, out.getvalue())


def measured(home: Path, lab: Lab) -> dict[str, QualityEntry]:
    """SOPInstanceUID → what the record holds of it, of everything that Orthanc holds; nothing else is in the record."""
    key = open_key(home)
    mac = keyed_hash(key, "quality")
    version = load_manifest(bundled() / "skills" / "image-quality").version
    entries = {one.key: one for one in History(home, mac, FileBlobs(home / "blobs", key)).entries()}
    named = {uid: mac(f"film|{uid}|image-quality|{version}") for uid in oracle.objects(lab)}
    assert entries.keys() <= set(named.values())
    return {uid: entries[key] for uid, key in named.items() if key in entries}


async def take_the_day(lab: Lab, home: Path) -> dict[str, Done]:
    async with bot_at(lab, home, BOT) as engine:
        await engine.collect(BOT)
        await engine.run_until_idle()
        return await outcomes(engine, BOT, "accession")


async def test_every_film_of_the_day_is_measured_once(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send_film(lab, "901", STUDY_DAY, noisy=True)
    send_film(lab, "902", STUDY_DAY - dt.timedelta(days=1), noisy=False)
    home, stored = tmp_path / "home", oracle.studies(lab)
    became = await take_the_day(lab, home)

    there = {one["SOPInstanceUID"]: one["AccessionNumber"] for one in oracle.headers(lab, StudyDate=DAY)}
    assert became.keys() == set(there.values())
    numbers = lifecycle.orders(lab)
    broken = {numbers[case.key] for case in CASES if case.damage == "truncated"}
    found = measured(home, lab)
    assert found.keys() == {uid for uid, accession in there.items() if accession not in broken}
    assert {accession for accession, done in became.items() if done.outcome == "refused"} == broken

    views = {one["SOPInstanceUID"]: one.get("ViewPosition") for one in oracle.headers(lab, StudyDate=DAY)}
    noisy = next(uid for uid, accession in there.items() if accession == "901")
    for uid, entry in found.items():
        assert (entry.code == "view") == (views[uid] == "LL"), uid
        assert ("repeat noise.sigma above" in entry.flags) == (uid == noisy), uid
    false_alarms = {uid for uid, entry in found.items() if entry.decision == "positive"} - {noisy}
    assert len(false_alarms) <= FALSE_ALARMS
    assert oracle.studies(lab) == stored

    await take_the_day(lab, home)  # coming by again counts nothing twice
    assert measured(home, lab) == found
    the_report_has_the_day(home, tmp_path / "day.html", len(found), capsys)
    nobody_is_named(home, lab)


def the_report_has_the_day(home: Path, out: Path, films: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run_cli(["qa", "report", "--day", STUDY_DAY.isoformat(), "--home", str(home), "--out", str(out), "--json"]) == 0
    )
    said = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (said["films"], said["abstained"]) == (films, 2)
    assert 1 <= said["positive"] <= 1 + FALSE_ALARMS
    page = out.read_text(encoding="utf-8")
    for case in CASES:
        assert case.person.family not in page
        assert case.person.puid not in page


def nobody_is_named(home: Path, lab: Lab) -> None:
    kept = (home / "quality.sqlite").read_bytes()
    for one in oracle.headers(lab):
        for secret in (one["SOPInstanceUID"], one["StudyInstanceUID"], one["PatientID"]):
            assert secret.encode() not in kept
