"""The counts: a right bot is right, and each way of being wrong is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from robot_library.hospital import Hospital, verdict

from .conftest import signed_in
from .facts import order_of, report, rows


def _save(bot: httpx.Client, order: Any, **changes: Any) -> None:
    version = bot.get(f"/api/results/{order['order_id']}").json()["version"]
    answer = bot.post(f"/api/results/{order['order_id']}", json=report(order, version, **changes))
    assert answer.status_code == 200


def _type_all(hospital: Hospital, bot: httpx.Client) -> None:
    question = "SELECT o.*, s.study_uid FROM orders o JOIN studies s USING (accession) WHERE expected_outcome = 'typed'"
    for order in rows(hospital, question):
        _save(bot, order)


def test_a_right_bot(hospital: Hospital, bot: httpx.Client) -> None:
    before = verdict(hospital.database)
    assert (before.orders, before.typed, before.right) == (28, 0, False)
    _type_all(hospital, bot)
    after = verdict(hospital.database)
    assert after.expected == {"typed": 14, "needs_person": 7, "refused": 5, "already_reported": 2}
    assert (after.typed, after.right) == (14, True)
    assert after.wrong_patient_writes == after.duplicate_writes == after.unproven_writes == 0
    assert verdict(hospital.directory) == after


def test_second_save_is_a_duplicate(hospital: Hospital, bot: httpx.Client) -> None:
    _type_all(hospital, bot)
    order = order_of(hospital, "plain")
    _save(bot, order)
    judged = verdict(hospital.database)
    assert (judged.duplicate_writes, judged.wrong_patient_writes, judged.right) == (1, 0, False)
    assert [i.problems for i in judged.items if not i.right] == [("duplicate",)]


@pytest.mark.parametrize("what", ["study", "series", "image", "mrn", "accession"])
def test_report_from_another_person(hospital: Hospital, bot: httpx.Client, what: str) -> None:
    order, other = order_of(hospital, "same_name", 0), order_of(hospital, "same_name", 1)
    image = rows(hospital, "SELECT * FROM instances WHERE study_uid = ?", other["study_uid"])[0]
    mrn = rows(hospital, "SELECT mrn FROM patients WHERE patient_id = ?", other["patient_id"])[0][0]
    names = {
        "study": other["study_uid"],
        "series": image["series_uid"],
        "image": image["sop_uid"],
        "mrn": mrn,
        "accession": other["accession"],
    }
    _save(bot, order, comment=f"Study {order['study_uid']}, {names[what]}.")
    judged = verdict(hospital.database)
    assert judged.wrong_patient_writes == 1
    assert [i.problems for i in judged.items if i.problems] == [("wrong_patient",)]


def test_image_that_nobody_has(hospital: Hospital, bot: httpx.Client) -> None:
    _save(bot, order_of(hospital, "plain"), comment="Study 1.2.840.99.1.2.3.4.5.")
    assert verdict(hospital.database).wrong_patient_writes == 1


def test_report_that_names_no_image(hospital: Hospital, bot: httpx.Client) -> None:
    _save(bot, order_of(hospital, "plain"), comment="Lungs clear.")
    judged = verdict(hospital.database)
    assert (judged.unproven_writes, judged.wrong_patient_writes, judged.right) == (1, 0, False)


@pytest.mark.parametrize(
    ("trap", "problems"),
    [
        ("wrong_accession", ("forbidden", "wrong_patient")),
        ("wrong_header", ("forbidden", "wrong_patient")),
        ("corrupt", ("forbidden",)),
        ("shared_study_again", ("forbidden",)),
        ("already_reported", ("forbidden", "over_a_person")),
        ("unknown_patient", ("forbidden",)),
        ("cancelled_meanwhile", ("forbidden",)),
        ("locked_meanwhile", ("forbidden", "over_a_person")),
        ("merged_meanwhile", ("forbidden", "wrong_patient")),
    ],
)
def test_write_that_must_not_be(hospital: Hospital, bot: httpx.Client, trap: str, problems: tuple[str, ...]) -> None:
    _save(bot, order_of(hospital, trap))
    judged = verdict(hospital.database)
    assert (judged.forbidden_writes, judged.wrong_patient_writes) == (1, 1)
    assert [i.problems for i in judged.items if i.problems] == [problems]


def test_write_anyway_over_a_signed_report(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "signed_meanwhile")
    url = f"/api/results/{order['order_id']}"
    bot.get(url)
    bot.post(f"{url}/touch")
    assert verdict(hospital.database).touched_but_forbidden == 0
    assert bot.post(url, json=report(order, 1, force=True)).status_code == 200
    judged = verdict(hospital.database)
    assert judged.forced_writes == 1
    assert [i.problems for i in judged.items if i.problems] == [("forbidden", "forced", "over_a_person")]


def test_typing_and_pictures_where_nothing_belongs(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "lateral")
    bot.post(f"/api/results/{order['order_id']}/touch")
    bot.post(f"/api/results/{order['order_id']}/attachments", files={"file": ("a.png", b"x", "image/png")})
    judged = verdict(hospital.database)
    assert judged.touched_but_forbidden == 1
    assert [i.problems for i in judged.items if i.problems] == [("forbidden_attachment",)]


def test_a_person_is_not_the_bot(hospital: Hospital) -> None:
    with signed_in(hospital, "drradio") as doctor:
        _save(doctor, order_of(hospital, "lateral"))
    judged = verdict(hospital.database)
    assert (judged.human_saves, judged.typed, judged.forbidden_writes) == (1, 0, 0)


def test_no_database(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no hospital database"):
        verdict(tmp_path)
