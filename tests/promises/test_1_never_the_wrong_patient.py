"""Promise 1: never the wrong patient."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.errors import AuthoringError
from tests.promises.bots import Changes, Site, library, wired
from tests.promises.conftest import Day

browser = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]

CHECK = "  - check_patient: {agree: [=order, =study]}   # two identifiers of the person, independent sources\n"
WHOSE = "patient: {screen: ehr.result, is: [=order, =study], unchanged: {procedure: =order.procedure}}"
OURS = "patient: {screen: ehr.result, is: [=order, =study], state: own_draft, unchanged: {report: =report.text}}"
OPEN = "        - open: {screen: ehr.result, where: {order: =item.order}}\n"
FILL = "        - fill: {screen: ehr.result, with: =report, read_back: exact}\n"
DRAFT = "  - protect:                                   # identity and order state re-read before each write inside\n"
MADE_UP = "{source: dicom, fields: {}, identity: {source: dicom, system: dicom}}"


def only(one: str, named: str = "=order") -> str:
    return one.replace("[=order, =study]", named)


NO_CHECK: Changes = {CHECK: ""}
UNPROTECTED: Changes = {
    DRAFT: f"  - open: {{screen: ehr.result, where: {{order: =item.order}}}}\n  {FILL.strip()}\n{DRAFT}"
}
CLICKS_SAVE: Changes = {f"{OPEN}{FILL}": f"{OPEN}        - click: ehr.result.save\n{FILL}"}
EHR_ALONE: Changes = {CHECK: "", WHOSE: only(WHOSE), OURS: only(OURS)}
CARELESS: list[tuple[str, Changes]] = [
    ("WR404", EHR_ALONE),
    ("WR404", {CHECK: only(CHECK, "[=order, =order]")}),
    ("WR404", {CHECK: only(CHECK, "[=study, =study]")}),
    ("WR103", {WHOSE: only(WHOSE, f"[=order, {MADE_UP}]")}),
    ("WR401", UNPROTECTED),
    ("WR403", CLICKS_SAVE),
]


@pytest.mark.parametrize(("code", "changes"), CARELESS, ids=range(len(CARELESS)))
def test_the_lint_refuses_the_careless_author(tmp_path: Path, code: str, changes: Changes) -> None:
    with pytest.raises(AuthoringError) as refused:
        wired(tmp_path / "home", None, library(tmp_path, changes))
    assert code in {d.code for d in refused.value.diagnostics}, [str(d) for d in refused.value.diagnostics]


class TestAtTheHospital:
    """By the real bot, judged by the hospital's own database."""

    pytestmark = browser

    async def test_nothing_lands_in_a_wrong_record(self, day: Day) -> None:
        judged = day.site.verdict()
        assert judged.wrong_patient_writes == judged.forbidden_writes == judged.unproven_writes == 0

    @pytest.mark.parametrize("trap", ["wrong_accession", "wrong_header", "merged_meanwhile"])
    async def test_a_film_or_record_of_another_stops_the_item(self, day: Day, trap: str) -> None:
        run = day.run(trap)
        assert (run.outcome, run.code) == ("refused", "PatientMismatch")
        assert day.site.saves(day.site.orders(trap)[0]) == 0

    async def test_namesakes_get_each_their_own(self, day: Day) -> None:
        for order in day.site.orders("same_name"):
            assert day.site.saves(order) == 1, day.runs[order].reason
            assert day.site.truth(order).problems == ()

    async def test_nobody_is_nobody(self, day: Day) -> None:
        assert (day.run("unknown_patient").outcome, day.run("unknown_patient").code) == (
            "needs_person",
            "TooFewIdentifiers",
        )

    @pytest.mark.parametrize(
        ("changes", "trap", "code"),
        [
            (NO_CHECK, "wrong_header", "PatientMismatch"),
            (EHR_ALONE, "plain", "TooFewIdentifiers"),
            (UNPROTECTED, "plain", "AuthoringError"),
            (CLICKS_SAVE, "plain", "AuthoringError"),
        ],
        ids=["no check_patient", "the EHR alone", "typed unprotected", "save clicked"],
    )
    async def test_the_engine_refuses_what_the_lint_did_not_see(
        self, site: Site, day: Day, changes: Changes, trap: str, code: str
    ) -> None:
        order = site.orders(trap)[0]
        run = (await site.day([order], changes=changes))[order]
        assert (run.outcome == "typed", run.code) == (False, code), run.reason
        assert site.saves(order) == 0

    async def test_a_save_that_the_map_calls_harmless_is_not_clicked_over_typed_text(self, site: Site) -> None:
        """Nothing but the map knows what a button does; with text in the form, no button but the save is pressed."""
        order = site.orders("plain")[0]
        maps = {
            "demo-ehr": {
                "find: [{role: button, name: Save}], use: commit": "find: [{role: button, name: Save}], use: navigate"
            }
        }
        changes = {f"{FILL}        - save:\n": f"{FILL}        - click: ehr.result.save\n        - save:\n"}
        run = (await site.day([order], changes=changes, maps=maps))[order]
        assert (run.outcome, run.code) == ("needs_person", "AuthoringError"), run.reason
        assert "is not saved" in run.reason
        assert site.saves(order) == 0
