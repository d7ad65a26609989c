"""The lab itself: what stands in it, what the bot's account may do, and that it comes and goes cleanly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.hospital.lab import ehr, lifecycle, oracle, processes, site
from tests.hospital.lab.cases import CASES, REPORT_BY_A_PERSON, merge_id
from tests.hospital.lab.errors import LabError
from tests.hospital.lab.site import Lab

pytestmark = pytest.mark.hospital


def test_every_order_has_one_result_of_the_right_patient(lab: Lab) -> None:
    results, rows = oracle.results(lab), lifecycle.expected(lab)
    assert {row["order"] for row in rows} == set(results)
    for case, row in zip(CASES, rows, strict=True):
        result = results[row["order"]]
        assert (result.puid, result.text) == (case.person.puid, case.report or "")
    assert sum(r.text == REPORT_BY_A_PERSON for r in results.values()) == 1


def test_every_study_is_in_the_pacs(lab: Lab) -> None:
    arrived = {merge_id(c): 1 if c.damage == "half_received" else len(c.shots) for c in CASES}
    assert oracle.studies(lab) == arrived


def test_the_bot_may_type_a_report_and_nothing_else(lab: Lab) -> None:
    row = lifecycle.expected(lab)[0]
    with oracle.Rpc(lab, lab.logins["ehr_bot"]) as bot:
        bot.model(oracle.RESULT, "write", [row["result_id"]], {"comment": "typed"})
        refused: list[tuple[str, str, list[Any]]] = [
            (oracle.RESULT, "write", [[row["result_id"]], {"doctor": 1}]),
            (oracle.RESULT, "delete", [[row["result_id"]]]),
            (oracle.RESULT, "create", [[{"requested_test": 1, "doctor": 1, "request": row["request_id"]}]]),
            (oracle.REQUEST, "generate_results", [[row["request_id"]]]),
            (oracle.REQUEST, "write", [[row["request_id"]], {"worklist_status": "done"}]),
            (oracle.REQUEST, "create", [[{"patient": 1, "requested_test": 1, "doctor": 1}]]),
            ("gnuhealth.patient", "write", [[1], {"critical_info": "x"}]),
            ("party.party", "write", [[1], {"name": "x"}]),
        ]
        for model, method, arguments in refused:
            with pytest.raises(LabError, match=r"not allowed|access"):
                bot.model(model, method, *arguments)
    result = oracle.result(lab, row["order"])
    assert result.text == "typed"
    assert result.writes == (oracle.Write("rpabot", ("comment",)),)


def test_the_log_counts_every_write_and_whose(lab: Lab) -> None:
    order = lifecycle.expected(lab)[1]["order"]
    oracle.Person(lab).report(order, "one")
    oracle.Person(lab).report(order, "two")
    result = oracle.result(lab, order)
    assert result.text == "two"
    assert (result.writes_by("radiologist"), result.writes_by("rpabot")) == (2, 0)


def test_a_session_that_was_ended_is_refused(lab: Lab) -> None:
    with oracle.Rpc(lab, lab.logins["ehr_admin"]) as other:
        login = lab.logins["ehr_bot"]
        bot = oracle.Rpc(lab, login)
        assert ehr.end_sessions(lab, login.name) == 1
        with pytest.raises(Exception, match="401"):
            bot.rows(oracle.RESULT, [], "order")
        bot.close()
        assert other.rows(oracle.RESULT, [], "order")


def test_up_again_changes_nothing(lab: Lab) -> None:
    order = lifecycle.expected(lab)[2]["order"]
    oracle.Person(lab).report(order, "kept")
    before = lifecycle.status(lab.root)
    assert before["lab"] == "up"
    lifecycle.up(lab.root)
    assert lifecycle.status(lab.root) == before
    assert oracle.result(lab, order).text == "kept"


@pytest.fixture
def second_root(lab: Lab, tmp_path: Path) -> Path:
    (tmp_path / "cache").symlink_to(lab.cache, target_is_directory=True)
    return tmp_path


@pytest.mark.slow
def test_a_second_lab_survives_crashes_and_leaves_nothing(second_root: Path) -> None:
    lab = lifecycle.up(second_root)
    try:
        order = lifecycle.expected(lab)[0]["order"]
        oracle.Person(lab).report(order, "before the crash")
        for name in ("ehr", "pacs"):
            process = processes.find(lab, name)
            assert process is not None
            process.kill()
            process.wait(20)
        assert lifecycle.status(second_root)["lab"] == "incomplete"
        lifecycle.up(second_root)
        assert lifecycle.status(second_root)["lab"] == "up"
        assert oracle.result(lab, order).text == "before the crash"
        assert len(oracle.studies(lab)) == len(CASES)
    finally:
        lifecycle.down(second_root)
    assert lifecycle.status(second_root)["running"] == {}
    assert all(site.port_is_free(port) for port in lab.ports.values())
    lifecycle.down(second_root)
