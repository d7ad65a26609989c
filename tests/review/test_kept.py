"""What of a review is kept beside the model's answer, what lies over a film, and where a study opens."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from robot_library.attended.review.drafts import edits_of, tidied
from robot_library.attended.review.item import whose
from robot_library.attended.review.pacs import pacs_address
from robot_library.errors import NeedsPerson, SetupError
from robot_library.imaging.pictures import marks
from robot_library.interfaces import PersonAnswer
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.model.review import Asked, DraftField, Place
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.acceptance import AcceptanceGuard
from robot_library.safeguards.sealed import SealedJson
from robot_library.skills.monitor.store import FILE, Store
from robot_library.skills.monitor.watch import Kept, ObservedAcceptance
from tests.review.stand import drawn
from tests.review.test_holds import FINDING, KEY

ASKED = Asked(
    finding=FINDING, template="t",
    fields=(DraftField(id="procedure", label="Procedure", administrative=True), DraftField(id="text", label="Text"),
            DraftField(id="basis", label="Basis", ours=True)),
    drafts={"positive": {"procedure": "One view", "text": "Yes.\nSo."}, "negative": {"procedure": "One view",
            "text": "No."}},
)  # fmt: skip


def test_a_persons_word_is_kept_beside_the_models_with_what_they_changed_and_never_what_they_wrote(
    tmp_path: Path,
) -> None:
    sealer = SealedJson(KEY)
    acceptance = ObservedAcceptance(AcceptanceGuard(sealer.mac), Kept(tmp_path, sealer.mac, sealer))
    edits = {"impression": "Musterfrau has it"}
    said = PersonAnswer(verdict="correct", who="Dr A", role="reviewer", decision="positive", edits=edits)
    acceptance.by_person(FINDING, said)
    with pytest.raises(NeedsPerson, match="poor image"):
        acceptance.by_person(FINDING, PersonAnswer(verdict="reject", who="Dr A", role="reviewer", reason="poor_image"))
    with Store(tmp_path / FILE, sealer) as store:
        first, second = store.corrections(FINDING.skill)
    assert (first.verdict, first.decision, first.edited, first.role) == (
        "correct", "positive", ("impression",), "reviewer",
    )  # fmt: skip
    assert (second.verdict, second.decision, second.reason) == ("reject", "", "poor_image")
    raw = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))
    assert not any(word in raw for word in (b"Musterfrau", b"Dr A", b"impression", b"poor_image"))


def test_only_what_differs_from_the_draft_is_an_edit() -> None:
    typed = {"procedure": " One view ", "text": "Yes.\r\nSo."}
    assert edits_of(ASKED, typed, "negative", clinical=True, before={}) == {}
    assert edits_of(ASKED, {"text": ""}, "", clinical=True, before={}) == {}, "empty before the decision is no edit"
    assert edits_of(ASKED, {"text": ""}, "negative", clinical=True, before={}) == {"text": ""}
    assert edits_of(ASKED, {}, "", clinical=True, before={"text": "Mine."}) == {"text": "Mine."}
    assert edits_of(ASKED, {"text": "No."}, "negative", clinical=True, before={"text": "Mine."}) == {}


def test_a_clerk_keeps_a_reviewers_words_and_writes_none() -> None:
    before = {"text": "Mine.", "procedure": "Two"}
    typed = {"text": "Mine.", "procedure": "Three"}
    assert edits_of(ASKED, typed, "", clinical=False, before=before) == {"text": "Mine.", "procedure": "Three"}
    for name, clinical in (("text", False), ("basis", True), ("nothing", True)):
        with pytest.raises(SetupError, match="not yours"):
            edits_of(ASKED, {name: "Other."}, "", clinical=clinical, before=before)


def test_what_is_typed_is_made_fit_for_screens() -> None:
    assert tidied(" a\tb\u200b\r\nc \x00\rd ") == "a b\nc\nd"
    pasted = "Nodules of 5\u00a010\u202fmm\u2028no\u00a0change\vnone\u3000new"
    assert tidied(pasted) == "Nodules of 5 10 mm\nno change\nnone new"


def test_the_models_marks_lie_over_the_film_and_nothing_else_does() -> None:
    layer = marks(drawn(), 512, 512)
    assert layer is not None
    found = cv2.imdecode(np.frombuffer(layer, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    assert found.shape[:2] == (1024, 1024), "the legend below is cut off"
    opaque = found[..., 3]
    assert opaque[680, 350] > 120
    assert opaque[100, 800] == 0
    blue, green, red, _ = found[680, 350].astype(int)
    assert red > 240
    assert max(blue, green) < 60
    grey = np.full((40, 40, 3), 120, np.uint8)
    assert marks(bytes(cv2.imencode(".png", grey)[1]), 40, 40) is None
    assert marks(drawn(), 5000, 512) is None, "a picture of another shape lies over no film"


def test_a_study_opens_where_the_way_to_its_screen_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EHR", "PACS", "DICOMWEB"):
        monkeypatch.setenv(f"WETREAD_{name}_URL", "https://pacs.example/base/")
    library = Library(bundled())
    place = Place(screen="pacs.study", where={"accession": "A/1 2"})
    address = pacs_address(library, "chest-xray-preread", place)
    assert address == "https://pacs.example/base/studies?accession=A%2F1%202"
    for other in (Place(screen="pacs.study"), Place(screen="pacs.none"), Place(screen="none.study")):
        assert pacs_address(library, "chest-xray-preread", other) == ""
    monkeypatch.setenv("WETREAD_PACS_URL", "javascript:alert(1)//")
    assert pacs_address(library, "chest-xray-preread", place) == ""


def test_the_banner_says_who_it_is_in_the_words_of_all_sources() -> None:
    screen = Identity(
        source="screen:ehr.order", system="ehr", ids=(PatientId(value="1", issuer="H"),),
        names=(PersonName(family="Ödegård", given="Anna", middle="M"),),
    )  # fmt: skip
    header = Identity(source="dicom", system="dicom", ids=(PatientId(value="1"),), birth_date=date(1961, 4, 3))
    found = whose((header, screen))
    assert (found.name, found.numbers, found.birth_date) == ("Ödegård, Anna M", ("1 (H)",), date(1961, 4, 3))
    assert found.sources == ("dicom", "screen:ehr.order")
