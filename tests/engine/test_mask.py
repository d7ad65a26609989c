"""What an item knows of its patient is found in a line however it is written there, and nothing else is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from robot_library.engine.records.mask import mask
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.model.record import Record
from tests.engine.conftest import at_work, submit
from tests.engine.steps import PREREAD
from tests.engine.world import Record as Books

WHO = Identity(
    source="screen:ehr.order", system="ehr", ids=(PatientId(value="AB-00123456"),), birth_date=date(1980, 3, 12),
    names=(PersonName(family="García López", given="María", middle="An"), PersonName(family="王", given="芳")),
)  # fmt: skip
FIELDS = {"patient": "García López, María", "state": "Draft", "procedure": "Chest X-ray", "side": "L"}
KNOWN = {"item": {"order": "acc-2026-0417"}, "order": Record(source="screen:ehr.order", fields=FIELDS, identity=WHO)}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("GARCÍA LÓPEZ, MARÍA is another", "••• is another"),
        ("garcia lopez, maria", "•••"),
        ("García López,\n  María", "•••"),
        ("Garci\u0301a Lo\u0301pez", "•••"),
        ("GARCIA LOPEZ^MARIA^AN", "•••^•••^•••"),
        ("https://ehr/p?n=Garc%C3%ADa+L%C3%B3pez%2C%20Mar%C3%ADa&v=1", "https://ehr/p?n=•••&v=1"),
        (r'{"n": "Garc\u00eda L\u00f3pez, Mar\u00eda"}', '{"n": "•••"}'),
        ("ab 00123456 and AB00123456", "••• and •••"),
        ("ACC-2026-0417", "•••"),
        ("born 12.03.1980 or 19800312 or 03/12/1980", "born ••• or ••• or •••"),
        ("患者王芳", "患者••••••"),
    ],
)
def test_a_value_is_hidden_however_it_is_written(line: str, told: str) -> None:
    assert mask(line, KNOWN) == told


@pytest.mark.parametrize(
    "line",
    [
        "draft report chest-xray", "run skill chest-xray-pneumonia", "an image of another order", "a L-shaped mark",
        "state of ehr.order allows writing (3 rules)", "acc-2026-04170", "100%25 of 3",
    ],
)  # fmt: skip
def test_what_is_nobodys_stays_readable(line: str) -> None:
    assert mask(line, KNOWN) == line


def test_what_the_map_calls_no_patients_stays_readable_unless_a_patient_is_called_so() -> None:
    names = {
        "order": Record(source="screen:ehr.order", fields={"state": "On hold", "who": "Quux, Zoe"}, plain=("state",))
    }
    assert mask("on hold: Quux, Zoe", names) == "on hold: •••"
    assert mask("it is On hold", {**names, "other": "On hold"}) == "it is •••"


async def test_a_reason_that_an_author_made_of_a_screen_names_nobody(tmp_path: Path) -> None:
    """The item was given an order's number alone; what its screens showed is not to be told either."""
    books = Books(tmp_path / "record.sqlite")
    books.add("O1", "MRN-4711")
    for stop in ("=order.patient", "=lower(order.patient)"):
        async with at_work(tmp_path, books, [*PREREAD[:3], ("stop", {"reason": stop})], home=stop[1:3]) as engine:
            (item,) = await submit(engine, "O1")
            await engine.run_until_idle()
            listed = await engine.desk.board.item(item)
            run = await engine.desk.board.run(item)
        assert (listed.outcome, listed.reason) == ("needs_person", "•••")
        assert "4711" not in run.model_dump_json()
