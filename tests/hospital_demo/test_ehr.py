"""The EHR over HTTP: sessions, the worklist, what saves do, and what others do meanwhile."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from robot_library.hospital import Hospital

from .conftest import Start, signed_in
from .facts import order_of, report, rows


def test_wrong_password_opens_nothing(hospital: Hospital) -> None:
    with httpx.Client(base_url=hospital.ehr_url) as client:
        for user, password in (("rpabot", "nope"), ("nobody", "meadow-bot-1"), ("rpabot", "")):
            assert client.post("/api/signin", json={"user": user, "password": password}).status_code == 403
        assert client.get("/worklist").headers["location"] == "/signin?next=%2Fworklist"
        assert client.get("/api/worklist").status_code == 401
    assert [bool(r["ok"]) for r in rows(hospital, "SELECT ok FROM sign_ins")] == [False] * 3


@pytest.mark.parametrize("elsewhere", ["//evil.example/x", "http://evil.example", "/\\evil.example", "/signin?next=/x"])
def test_sign_in_leads_nowhere_else(hospital: Hospital, elsewhere: str) -> None:
    page = httpx.get(f"{hospital.ehr_url}/signin", params={"next": elsewhere}).text
    assert 'data-next="/worklist"' in page


def test_sessions_end_after_their_requests(start: Start) -> None:
    hospital = start(session_requests=(3, 1), grid_ms=(0, 0))
    answers = []
    for _ in range(3):
        with signed_in(hospital) as client:
            answers.append([client.get("/api/worklist").status_code for _ in range(5)])
    assert answers == [[200, 200, 200, 401, 401], [200, 401, 401, 401, 401], [200] * 5]


def test_sessions_end_with_time(start: Start) -> None:
    hospital = start(session_requests=(), session_seconds=0.0)
    with signed_in(hospital) as client:
        assert client.get("/worklist").status_code == 303


def test_sign_out_ends_the_session(bot: httpx.Client) -> None:
    assert bot.get("/worklist").status_code == 200
    bot.get("/signout")
    assert bot.get("/worklist").status_code == 303


def test_worklist_pages_and_tabs(hospital: Hospital, bot: httpx.Client) -> None:
    pages = [bot.get("/api/worklist", params={"state": "requested", "page": n}).json() for n in (1, 2, 3, 9)]
    assert [len(p["rows"]) for p in pages] == [10, 10, 8, 8]
    assert pages[3]["page"] == 3
    ids = [r["order"] for p in pages[:3] for r in p["rows"]]
    assert ids == [r["order_id"] for r in rows(hospital, "SELECT order_id FROM orders ORDER BY order_id")]
    assert bot.get("/api/worklist", params={"state": "all"}).json()["total"] == 42
    assert bot.get("/api/worklist", params={"state": "secret"}).status_code == 404
    assert all("\u200b" in r["age"] for r in pages[0]["rows"] if r["age"] != "unknown")


def test_no_shown_value_is_ever_empty(hospital: Hospital, bot: httpx.Client) -> None:
    """An empty box means that its value has not arrived; so no value may be empty."""
    for row in rows(hospital, "SELECT order_id, patient_id FROM orders"):
        for part in bot.get(f"/api/orders/{row['order_id']}").json()["parts"]:
            assert all(part.values()), (row["order_id"], part)
        form = bot.get(f"/api/results/{row['order_id']}").json()
        assert all({**form["identity"], **form["status"]}.values())
        person = bot.get(f"/api/patients/{row['patient_id']}")
        assert all(v for part in person.json()["parts"] for v in part.values())


def test_save_makes_a_preliminary_report(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "plain")
    answer = bot.post(f"/api/results/{order['order_id']}", json=report(order)).json()
    assert answer["status"]["report_status"] == "Preliminary"
    assert answer["status"]["report_author"] == "RPA Bot"
    again = bot.get(f"/api/results/{order['order_id']}").json()
    assert again["report"]["comment"] == report(order)["comment"]
    listed = bot.get("/api/worklist", params={"state": "requested"}).json()["rows"]
    assert {r["order"]: r["report"] for r in listed}.get(order["order_id"], "Preliminary") == "Preliminary"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"comment": " \n"}, "“Report text” is required."),
        ({"reported_by": ""}, "“Reported by” is required: choose a person from the list."),
        ({"reported_by": "RPA"}, "“Reported by” is required: choose a person from the list."),
    ],
)
def test_required_fields(hospital: Hospital, bot: httpx.Client, change: dict[str, Any], message: str) -> None:
    order = order_of(hospital, "plain")
    answer = bot.post(f"/api/results/{order['order_id']}", json=report(order, **change))
    assert (answer.status_code, answer.json()["message"]) == (422, message)
    assert rows(hospital, "SELECT * FROM saves") == []


def test_changed_version_is_a_conflict_unless_forced(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "plain")
    url = f"/api/results/{order['order_id']}"
    with signed_in(hospital, "drradio") as doctor:
        assert doctor.post(url, json=report(order, comment="Mine.", reported_by="Okafor, Amara")).status_code == 200
    refused = bot.post(url, json=report(order))
    assert refused.status_code == 409
    assert (refused.json()["author"], refused.json()["theirs"]) == ("Okafor, Amara", "Mine.")
    assert bot.post(url, json=report(order, force=True)).status_code == 200
    assert [s["forced"] for s in rows(hospital, "SELECT forced FROM saves ORDER BY at")] == [0, 1]


def test_only_a_radiologist_signs(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "plain")
    url = f"/api/results/{order['order_id']}"
    bot.post(url, json=report(order))
    assert bot.post(f"{url}/sign", json={}).status_code == 403
    with signed_in(hospital, "drradio") as doctor:
        assert doctor.post(f"{url}/sign", json={}).status_code == 204
        done = doctor.get(url).json()["status"]
    assert (done["state"], done["report_status"]) == ("Done", "Final")
    assert 'id="sign"' not in bot.get(f"/results/{order['order_id']}").text


def _status(client: httpx.Client, order_id: str) -> dict[str, str]:
    answer: dict[str, str] = client.get(f"/api/results/{order_id}/status").json()["status"]
    return answer


def test_cancelled_once_the_bot_has_read_the_order(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "cancelled_meanwhile")
    parts = bot.get(f"/api/orders/{order['order_id']}").json()["parts"]
    assert parts[2]["state"] == "Requested", "what the bot saw was true when it saw it"
    assert _status(bot, order["order_id"])["state"] == "Cancelled"
    shown = [r for n in (1, 2, 3) for r in bot.get("/api/worklist", params={"page": n}).json()["rows"]]
    assert order["order_id"] not in {r["order"] for r in shown}


def test_locked_once_the_bot_has_opened_the_form(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "locked_meanwhile")
    bot.get(f"/api/orders/{order['order_id']}")
    assert bot.get(f"/api/results/{order['order_id']}").json()["status"]["locked_by"] == "nobody"
    assert _status(bot, order["order_id"])["locked_by"] == "Okafor, Amara"


def test_signed_once_the_bot_begins_to_type(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "signed_meanwhile")
    url = f"/api/results/{order['order_id']}"
    assert bot.get(url).json()["status"]["report_status"] == "None"
    assert _status(bot, order["order_id"])["report_status"] == "None"
    assert bot.post(f"{url}/touch").status_code == 204
    assert _status(bot, order["order_id"])["report_status"] == "Final"
    assert bot.post(url, json=report(order)).status_code == 409


def test_merged_once_the_bot_has_opened_the_form(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "merged_meanwhile")
    before = bot.get(f"/api/results/{order['order_id']}").json()["identity"]
    after = bot.get(f"/api/results/{order['order_id']}/status").json()["identity"]
    assert before["mrn"] != after["mrn"]
    assert before["patient"] != after["patient"]
    leads = bot.get(f"/patients/{order['patient_id']}")
    assert leads.headers["location"] == f"/patients/{order['merge_into']}"
    page = bot.get(leads.headers["location"]).text
    assert "Merged record" in page
    assert before["mrn"] in page


@pytest.mark.parametrize("trap", ["cancelled_meanwhile", "locked_meanwhile", "signed_meanwhile", "merged_meanwhile"])
def test_people_only_interfere_with_the_bot_and_once(hospital: Hospital, bot: httpx.Client, trap: str) -> None:
    order = order_of(hospital, trap)
    with signed_in(hospital, "drradio") as doctor:
        doctor.get(f"/api/orders/{order['order_id']}")
        doctor.get(f"/api/results/{order['order_id']}")
        doctor.post(f"/api/results/{order['order_id']}/touch")
    assert rows(hospital, "SELECT * FROM happenings") == []
    for _ in range(2):
        bot.get(f"/api/orders/{order['order_id']}")
        bot.get(f"/api/results/{order['order_id']}")
        bot.post(f"/api/results/{order['order_id']}/touch")
    assert len(rows(hospital, "SELECT * FROM happenings")) == 1


def test_pictures_are_kept(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "plain")
    url = f"/api/results/{order['order_id']}/attachments"
    answer = bot.post(url, files={"file": ("overlay.png", b"\x89PNG", "image/png")})
    assert answer.json() == {"files": ["overlay.png"]}
    kept = rows(hospital, "SELECT * FROM attachments")[0]
    assert (kept["order_id"], kept["filename"], kept["content"]) == (order["order_id"], "overlay.png", b"\x89PNG")
    assert bot.post(url, data={"file": "text"}).status_code == 422


def test_unknown_records(bot: httpx.Client) -> None:
    for path in ("/orders/REQ000000", "/results/REQ000000", "/patients/P9999"):
        assert bot.get(path).status_code == 404
        assert bot.get(f"/api{path}").status_code == 404
    assert bot.post("/api/results/REQ000000", content=b"not json").status_code in (404, 422)


def test_names_do_not_break_pages(hospital: Hospital, bot: httpx.Client) -> None:
    order = order_of(hospital, "plain")
    bot.post(f"/api/results/{order['order_id']}", json=report(order, comment="</script><b>x"))
    assert "<b>x" not in bot.get(f"/results/{order['order_id']}").text
