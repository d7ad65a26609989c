"""Promise 4: no silent pixel. Bit-exactness against another path is in tests/imaging."""

from __future__ import annotations

import re

import pytest

from tests.promises.bots import Changes, Site
from tests.promises.conftest import Day

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]

FROM_THE_SCREEN: Changes = {
    "  - fetch_study:\n": "  - open: {screen: pacs.viewer, where: {accession: =order.accession}}\n  - fetch_study:\n",
    "prefer: [dicomweb, download]": "prefer: [screen]",
    "  - choose_images: {from: =study, which: frontal, as: film}\n": "",
    "image: =film": "image: =first(study.images)",
    "images: [=film]": "images: [=first(study.images)]",
}


async def test_a_film_and_its_monochrome1_twin_read_the_same(day: Day) -> None:
    orders = day.site.orders("monochrome_pair")
    kinds = day.site.ask(
        "SELECT photometric FROM instances i JOIN studies s USING (study_uid) JOIN orders o USING (accession) "
        "WHERE o.trap = 'monochrome_pair'"
    )
    assert {row["photometric"] for row in kinds} == {"MONOCHROME1", "MONOCHROME2"}
    said = [step.detail for order in orders for step in day.runs[order].steps if step.action == "run_skill"]
    assert len(said) == 2
    assert re.search(r"score \d\.\d{3}", said[0])
    assert said[0] == said[1]
    assert [day.site.saves(order) for order in orders] == [1, 1]


async def test_a_picture_of_the_viewer_is_refused_by_the_skill(site: Site) -> None:
    """An author takes the viewer's canvas for a film; it is tagged as what it is, and nothing is typed on it."""
    order = site.orders("plain")[6]
    run = (await site.day([order], changes=FROM_THE_SCREEN))[order]
    (read,) = (step for step in run.steps if step.action == "run_skill")
    assert read.detail == "abstained: source", run.reason
    assert (run.outcome, run.code) == ("needs_person", "NeedsPerson"), run.reason
    assert "abstained (source)" in run.reason
    assert site.saves(order) == 0
