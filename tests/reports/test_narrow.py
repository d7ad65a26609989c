"""Pages that commands write fit a phone: what is wide scrolls in its own box, not the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.cli.main import run_cli
from robot_library.reports.diff_report import diff_report
from robot_library.reports.run_diff import in_the_whole, side_by_side
from tests.cli.test_qa import PROJECT
from tests.cli.test_qa import film as quality_film
from tests.imaging.dicoms import film, gradient
from tests.reports.test_run_diff import run, step
from tests.review.seeing import seen

pytestmark = pytest.mark.browser


def deidentified(folder: Path) -> Path:
    (folder / "a.dcm").write_bytes(film(gradient()))
    assert run_cli(["deidentify", str(folder / "a.dcm"), str(folder / "out"), "--trust-pixels"]) == 0
    return folder / "out" / "deidentification" / "report.html"


def quality(folder: Path) -> Path:
    quality_film(folder, 1, day=1)
    home = ["--home", str(folder / "home")]
    assert run_cli(["qa", "measure", str(folder / "1.dcm"), "--project", str(PROJECT), *home]) == 0
    assert run_cli(["qa", "report", "--out", str(folder / "qa.html"), *home]) == 0
    return folder / "qa.html"


def two_runs(folder: Path) -> Path:
    steps = [step("16.steps.1", "open", title="write gnuhealth.imaging_result under guard", seconds=120.0)]
    runs = run(*steps), run(*steps, outcome="refused", code="OrderChanged")
    page = diff_report(runs, in_the_whole(*runs), side_by_side(*runs), lambda _: b"", lambda picture: picture)
    (folder / "diff.html").write_text(page, encoding="utf-8")
    return folder / "diff.html"


def test_written_pages_fit_a_phone(tmp_path: Path) -> None:
    pages = [make(tmp_path) for make in (deidentified, quality, two_runs)]
    with seen() as browser:
        for path in pages:
            page = browser.new_page(viewport={"width": 390, "height": 800})
            page.goto(path.as_uri())
            assert page.locator("h1").count() == 1, path
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
