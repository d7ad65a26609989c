"""The leak hunt on the embedded hospital, for the bots that `tests/demo` does not watch: heads, and a day's films."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from robot_library.hospital import ACCOUNTS, Hospital
from robot_library.hospital.neuro import write as heads
from robot_library.hospital.quality import today
from tests.demo_qa.test_bot import SEED, story
from tests.leaks.hunt import Hunt, marks
from tests.leaks.left import Left, credential

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.evidence]
Say = Callable[[str, object], None]


@pytest.mark.parametrize("bot", ["imaging-qa", "brain-tumour-measure", "screens-canary"])
def test_nothing_that_is_left_says_who_anybody_was(bot: str, tmp_path: Path, record_property: Say) -> None:
    account = ("rpabot", ACCOUNTS["rpabot"].password)
    told = heads if bot == "brain-tumour-measure" else story
    with Hospital(tmp_path / "hospital", seed=SEED, story=told) as hospital:
        values = {
            "WETREAD_EHR_URL": hospital.ehr_url, "WETREAD_PACS_URL": hospital.pacs_url,
            "WETREAD_DICOMWEB_URL": hospital.dicomweb_url,
            "WETREAD_QA_DAY": "" if told is heads else today(story(SEED)).isoformat().replace("-", ""),
            **credential("ehr-bot", *account), **credential("pacs-bot", *account),
        }  # fmt: skip
        found = Left(tmp_path / "left", values)
        found.do("run", bot, "--report", "report.html", code=None)
        assert found.items()
        found.looked_at()
        looked_for = marks(hospital.database)
        hits = found.hits(looked_for)
        books = Hunt(looked_for).within(hospital.database.read_bytes(), "books")
        assert len({hit.value for hit in books}) > 0.8 * len(looked_for), "the hunt would not find it"
    record_property("values looked for", len(looked_for))
    record_property("found in clear or wrapped", len(hits))
    assert hits == [], sorted({(hit.value, hit.place, hit.how) for hit in hits})[:40]
