"""The watched host answers as the bare one does, whatever becomes of monitor and challenger."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest

from robot_library.errors import NeedsPerson
from robot_library.interfaces import PersonAnswer
from robot_library.model.finding import Abstention, Finding
from robot_library.model.study import Image
from robot_library.safeguards.acceptance import AcceptanceGuard
from robot_library.skills.evaluation.ask import plain_film
from robot_library.skills.evaluation.labels import read_labels
from robot_library.skills.host import Film, LocalSkillHost
from robot_library.skills.manifest import load_manifest
from robot_library.skills.monitor.feedback import export
from robot_library.skills.monitor.records import correction, observation
from robot_library.skills.monitor.reference import reference, save_reference
from robot_library.skills.monitor.store import FILE, Store
from robot_library.skills.monitor.versions import beside
from robot_library.skills.monitor.watch import (
    FilmMemory,
    HeardMemory,
    Kept,
    ObservedAcceptance,
    ObservedHost,
    local_reference,
    with_challengers,
)
from tests.skills.evaluation.films import NAME, png, project
from tests.skills.films import PNEUMONIA, Blobs, header, image
from tests.skills.monitor.answers import SEALER, ward


def mac(text: str) -> str:
    return hmac.new(b"site", text.encode(), hashlib.sha256).hexdigest()


OURS = load_manifest(PNEUMONIA).version
FILMS = {"1": ("normal", 1), "2": ("pneumonia", 1), "3": ("pneumonia", 2)}


def film(of: Image) -> Film:
    kind, seed = FILMS[of.sop_instance_uid]
    found = plain_film(png(seed, kind))
    assert found is not None
    return found


def picture(uid: str, **changes: str | None) -> Image:
    return image(sop_instance_uid=uid, study_uid=f"{uid}.9", sha256=uid.rjust(64, "0"), header=header(**changes))


class Site:
    """A project, a home, and a watched host over them."""

    def __init__(self, folder: Path) -> None:
        self.skill, self.home = project(folder), folder / "home"
        self.decoded: list[str] = []

    def host(self) -> ObservedHost:
        def read(of: Image) -> Film:
            self.decoded.append(of.sop_instance_uid)
            return film(of)

        return watched(self, FilmMemory(read))

    def challenger(self, model: bytes | None = None) -> None:
        folder = beside(self.skill, "challenger")
        folder.parent.mkdir(parents=True)
        os.rename(project(self.home / "other"), folder)
        text = (folder / "skill.yaml").read_text(encoding="utf-8").replace(f"version: {OURS}", "version: 2.0.0")
        if model is not None:
            text = text.replace(load_manifest(folder).model.sha256, hashlib.sha256(model).hexdigest())
            (folder / "model.onnx").write_bytes(model)
        (folder / "skill.yaml").write_text(text, encoding="utf-8")


def watched(site: Site, films: FilmMemory) -> ObservedHost:
    folders, heard = [site.skill.parent], HeardMemory()
    challengers = LocalSkillHost(with_challengers(folders), films, heard=heard)
    champions = LocalSkillHost(folders, films, heard=heard)
    return ObservedHost(champions, challengers, Kept(site.home, mac, SEALER), films, heard)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_every_answer_is_kept_and_is_the_bare_hosts(site: Site) -> None:
    host = site.host()
    answers = [await host.run(NAME, picture(uid)) for uid in ("1", "2")]
    bare = [LocalSkillHost([site.skill.parent], film).run_now(NAME, picture(uid)) for uid in ("1", "2")]
    assert [a.model_copy(update={"seconds": 0}) for a in answers] == [a.model_copy(update={"seconds": 0}) for a in bare]
    refused = await host.run(NAME, picture("3", Modality="MR"))
    assert isinstance(refused, Abstention)
    host.settle()
    with Store(site.home / FILE, SEALER) as store:
        kept = store.observations(NAME)
        assert store.observations(NAME, "challenger") == []
    assert [(one.image, one.code) for one in kept] == [(mac("1"), ""), (mac("2"), ""), (mac("3"), "modality")]
    assert [one.score for one in kept[:2]] == [a.score for a in answers if isinstance(a, Finding)]
    assert kept[0].pixels["mean"] > 0
    assert len(kept[0].features) == 256
    assert kept[0].unlike is not None
    assert (kept[2].features, kept[2].unlike) == ((), None)
    assert kept[2].pixels == {}


def test_answers_to_texts_and_tables_are_each_kept(site: Site) -> None:
    """They have no image: all of them under one key, only the first would ever be kept, and nothing ever drift."""
    said = Finding(
        skill="t", skill_version="1.0.0", model_sha256="a" * 64, provider="CPU", label="sick", score=0.5,
        decision="uncertain", operating_point="review", image_uid="",
    )  # fmt: skip
    refused = Abstention(skill="t", skill_version="1.0.0", model_sha256="a" * 64, provider="CPU", code="text_empty",
                         reason="", image_uid="")  # fmt: skip
    with Store(site.home / FILE, SEALER) as store:
        for subject in ("left opacity", {"age": 3.0, "crp": 12.0}, {"crp": 12.0, "age": 4.0}, [{"age": 4.0}]):
            store.observe(observation(subject, said, mac))
        for answer in (said, refused):
            store.observe(observation("left opacity", answer, mac))
        store.observe(observation("  ", refused, mac))
        kept = store.observations("t")
        assert [one.code for one in kept] == ["", "", "", "", "text_empty"]
        assert "opacity" not in (site.home / FILE).read_bytes().decode("latin-1")
        for score in (0.4, 0.6):
            store.correct(correction(said.model_copy(update={"score": score}), ANSWER, mac))
        assert [one.score for one in store.corrections("t")] == [0.4, 0.6]


ANSWER = PersonAnswer(verdict="correct", decision="positive", who="Dr A", role="reviewer")


async def test_a_challenger_is_only_heard_by_the_monitor(site: Site) -> None:
    site.challenger()
    host = site.host()
    answer = await host.run(NAME, picture("2"))
    assert answer.skill_version == OURS
    host.settle()
    with Store(site.home / FILE, SEALER) as store:
        (theirs,) = store.observations(NAME, "challenger")
        (ours,) = store.observations(NAME)
    assert (ours.version, theirs.version) == (OURS, "2.0.0")
    assert ours.image == theirs.image
    assert ours.score == theirs.score
    assert site.decoded == ["2"], "the film is decoded once"


async def test_a_challenger_that_cannot_run_changes_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.challenger(b"no model at all")
    host = site.host()
    with caplog.at_level(logging.WARNING):
        for uid in ("1", "2"):
            assert isinstance(await host.run(NAME, picture(uid)), Finding)
        host.settle()
    assert len([record for record in caplog.records if "SetupError" in record.message]) == 1, "tried once"


async def test_a_monitor_that_cannot_write_changes_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.home.mkdir()
    (site.home / FILE).write_bytes(b"not a database" * 100)
    with caplog.at_level(logging.WARNING):
        assert isinstance(await site.host().run(NAME, picture("1")), Finding)
    assert "missed an answer" in caplog.text
    guard = ObservedAcceptance(AcceptanceGuard(mac), Kept(site.home, mac, SEALER))
    said = await site.host().run(NAME, picture("1"))
    assert guard.by_person(said, PersonAnswer(verdict="correct", who="w", decision="positive")).decision == "positive"


def stopping(site: Site) -> None:
    file = site.skill / "skill.yaml"
    text = file.read_text(encoding="utf-8").replace("monitor: {", "monitor: {on_drift: stop, ")
    file.write_text(text, encoding="utf-8")


def filled(site: Site, shift: float) -> None:
    """A reference of this site, and a month of answers after it."""
    sha256 = load_manifest(site.skill).model.sha256
    own = {"skill": NAME, "model_sha256": sha256}
    with Store(site.home / FILE, SEALER) as store:
        for one in ward(600, 1):
            store.observe(one.model_copy(update=own))
        save_reference(local_reference(site.home, NAME), reference(store.observations(NAME), store.last()))
        for one in ward(600, 2, shift=shift):
            store.observe(one.model_copy(update=own))


@pytest.mark.parametrize(("shift", "stop", "withheld"), [(0.4, True, True), (0.4, False, False), (0.0, True, False)])
async def test_drift_stops_a_skill_only_where_its_manifest_says_so(
    site: Site, shift: float, stop: bool, withheld: bool
) -> None:
    if stop:
        stopping(site)
    filled(site, shift)
    answer = await site.host().run(NAME, picture("1"))
    assert isinstance(answer, Abstention) == withheld
    if isinstance(answer, Abstention):
        assert answer.code == "drift"
        assert "score" in answer.reason
        assert site.decoded == []


async def test_a_monitor_that_cannot_say_stops_a_skill_that_asks_for_it(site: Site) -> None:
    stopping(site)
    local = local_reference(site.home, NAME)
    local.parent.mkdir(parents=True)
    local.write_text("damaged", encoding="utf-8")
    host = site.host()
    for _ in range(3):
        answer = await host.run(NAME, picture("1"))
        assert isinstance(answer, Abstention)
        assert "cannot say" in answer.reason


async def test_without_a_reference_of_its_own_nothing_stops(site: Site) -> None:
    stopping(site)
    assert isinstance(await site.host().run(NAME, picture("1")), Finding)


async def test_corrections_come_back_as_training_data(site: Site, tmp_path: Path) -> None:
    from datetime import date

    from robot_library.hospital.films import make_film
    from robot_library.hospital.films.dicom import film_dataset
    from robot_library.hospital.films.film import FilmPatient, FilmStudy
    from robot_library.imaging.film import read_film
    from robot_library.imaging.headers import read_image

    blobs = Blobs()
    films = FilmMemory(lambda of: read_film(of, blobs.get(of.blob)).pixels)
    host = watched(site, films)
    guard = ObservedAcceptance(AcceptanceGuard(mac), Kept(site.home, mac, SEALER))
    person = FilmPatient("4711", "DEMO", "Meier^Anna", date(2021, 1, 1), "F")
    for number, verdict in enumerate(("correct", "reject", "correct")):
        study = FilmStudy(f"A{number}", f"1.2.{number + 1}", f"1.2.{number + 1}.1", date(2024, 6, 1))
        buffer = BytesIO()
        film_dataset(make_film(number, "pneumonia"), patient=person, study=study).save_as(buffer)
        ref = blobs.put(buffer.getvalue())
        said = await host.run(NAME, read_image(buffer.getvalue(), ref, "dicomweb"))
        answer = PersonAnswer(verdict=verdict, who="dr.chen", decision="negative" if verdict == "correct" else None)  # type: ignore[arg-type]
        if verdict == "reject":
            with pytest.raises(NeedsPerson):
                guard.by_person(said, answer)
        else:
            guard.by_person(said, answer)
            guard.by_person(said, answer)
    blobs.kept["2"] = b"no longer there"
    out = tmp_path / "out"
    with Store(site.home / FILE, SEALER) as store:
        found = export(out, store.observations(NAME), store.corrections(NAME), blobs)
    assert found.model_dump() == {"cases": 2, "pictures": 1, "without_pictures": 1, "rejected": 1}
    table = read_labels(out / "labels.csv", "pneumonia")
    (row,) = table.rows
    assert not row.positive
    assert row.groups["sex"] == "F"
    assert row.groups["age"] == "1 to 5"
    assert row.file is not None
    pixels = cv2.imread(str(row.file), cv2.IMREAD_UNCHANGED)
    assert pixels.dtype == np.uint16
    assert pixels.shape == (1200, 1400)
    written = b"".join(path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file())
    for secret in (b"Meier", b"4711", b"dr.chen", b"1.2.1", b"A0,"):
        assert secret not in written
