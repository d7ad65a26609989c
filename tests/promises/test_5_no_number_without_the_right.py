"""Promise 5: no number without the right to it."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest

from robot_library.engine.ports import Event
from robot_library.errors import AuthoringError, NeedsPerson
from robot_library.interfaces import PersonAnswer, SkillHost
from robot_library.model.finding import Abstention, Accepted, Finding, Measurement
from robot_library.model.study import Image
from robot_library.safeguards.acceptance import AcceptanceGuard
from tests.promises.bots import BOT, Changes, Site, library, wired

browser = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser, pytest.mark.slow]

FINDING = Finding(
    skill="chest-xray-pneumonia", skill_version="1", model_sha256="ab", provider="CPU", label="pneumonia", score=0.97,
    decision="positive", operating_point="rule_in", thresholds={"rule_in": 0.9}, image_uid="1.2.3",
    evidence={"overlay": "ref"}, n=100,
)  # fmt: skip
UNSURE = FINDING.model_copy(update={"decision": "uncertain", "operating_point": "rule_in"})
ABSTAINED = Abstention(
    skill="s", skill_version="1", model_sha256="ab", provider="CPU", code="age", reason="too old", image_uid="1.2.3"
)
ACCEPT = """\
  - accept:                                    # certain → accepted; else a person decides
      finding: =reading
      ask: duty-radiologist
      wait: 4 h                                # then it stays with the person; nothing below runs
      show:                                    # what the person sees on the review page
        patient: [=order, =study]
        images: [=film]
        template: chest-xray
        values: {reported_by: =site.reported_by}
        pacs: {screen: pacs.study, where: {accession: =order.accession}}
      as: accepted
"""
DRAFTED = """\
      study: =study
      values: {reported_by: =site.reported_by}
"""
HURRIED: Changes = {"wait: 4 h ": "wait: 1 s "}


def guard(secret: bytes = b"site") -> AcceptanceGuard:
    return AcceptanceGuard(lambda text: hmac.new(secret, text.encode(), hashlib.sha256).hexdigest())


def others_of(model: Finding | Accepted, *but: str) -> Iterator[tuple[str, Any]]:
    """Each field with something else of its type in it."""
    for name in type(model).model_fields.keys() - {"kind", *but}:
        value = getattr(model, name)
        match value:
            case str():
                others: list[Any] = [value + "x", value.upper(), ""]
            case int():
                others = [value + 1, -value]
            case float():
                others = [value + 0.01, -value]
            case tuple():
                others = [(*value, Measurement(name="x", value=1.0) if name == "measurements" else "x"), value[1:]]
            case _:
                others = [{}, {**value, "x": next(iter(value.values()), "")}]
        yield from ((name, other) for other in others if other != value)


def test_a_seal_covers_every_field_of_what_it_seals() -> None:
    accepted = guard().by_operating_point(FINDING)
    assert accepted is not None
    guard().verify(accepted)
    forged = [accepted.model_copy(update={name: other}) for name, other in others_of(accepted, "finding")]
    for name, other in others_of(FINDING):
        forged.append(accepted.model_copy(update={"finding": FINDING.model_copy(update={name: other})}))
    assert len(forged) > 25
    for one in forged:
        with pytest.raises(NeedsPerson):
            guard().verify(one)


def test_a_seal_of_another_site_is_none() -> None:
    accepted = guard(b"elsewhere").by_operating_point(FINDING)
    assert accepted is not None
    with pytest.raises(NeedsPerson):
        guard().verify(accepted)


def test_what_is_uncertain_is_accepted_by_no_point() -> None:
    assert guard().by_operating_point(UNSURE) is None
    assert guard().by_operating_point(FINDING.model_copy(update={"operating_point": ""})) is None


@pytest.mark.parametrize(
    ("finding", "answer"),
    [
        (FINDING, PersonAnswer(verdict="reject", who="dr-a", decision="positive")),
        (UNSURE, PersonAnswer(verdict="accept", who="dr-a")),
        (UNSURE, PersonAnswer(verdict="correct", who="dr-a")),
        (FINDING, PersonAnswer(verdict="correct", who="dr-a")),
        (FINDING, PersonAnswer(verdict="accept", who="  ")),
        (UNSURE, PersonAnswer(verdict="correct", who="", decision="negative")),
        (ABSTAINED, PersonAnswer(verdict="accept", who="dr-a", decision="negative")),
    ],
)
def test_a_person_who_does_not_decide_accepts_nothing(finding: Finding | Abstention, answer: PersonAnswer) -> None:
    with pytest.raises(NeedsPerson):
        guard().by_person(finding, answer)


@pytest.mark.parametrize(
    "changes",
    [
        {ACCEPT: "", "findings: =accepted": "findings: =reading", "image: =accepted": "image: =reading"},
        {"findings: =accepted": "findings: =reading"},
        {DRAFTED: DRAFTED.replace("=site.reported_by", "=reading.label")},
        {"with: =report, read_back": "with: {report: =text(reading.score)}, read_back"},
        {"finding: =reading\n": "finding: {kind: finding, skill: s, label: l, score: 1}\n"},
        {"image: =accepted": "image: {kind: accepted, by: person, who: me, decision: positive}"},
    ],
    ids=range(6),
)
def test_the_lint_refuses_a_way_round_acceptance(tmp_path: Any, changes: Changes) -> None:
    with pytest.raises(AuthoringError) as refused:
        wired(tmp_path / "home", None, library(tmp_path, changes))
    assert {d.code for d in refused.value.diagnostics} & {"WR407", "WR304", "WR103"}


class Unsure:
    """The real skill, never sure."""

    def __init__(self, real: SkillHost) -> None:
        self._real = real

    async def run(self, name: str, image: Image) -> Finding | Abstention:
        answer = await self._real.run(name, image)
        assert isinstance(answer, Finding)
        return answer.model_copy(update={"decision": "uncertain"})


class TestAtTheHospital:
    """By the real bot, judged by the hospital's own database."""

    pytestmark = browser

    async def test_reviewers_who_reject_or_do_not_decide_lead_nowhere(self, site: Site) -> None:
        home, orders = site.home(), site.orders("plain")[7:9]
        answers = [PersonAnswer(verdict="reject", who="dr-a"), PersonAnswer(verdict="accept", who="dr-a")]
        assembly = site.assembly(home, skills=Unsure(site.assembly(home).skills))
        async with site.engine(home, assembly) as engine:
            taken = [await engine.submit(BOT, {"order": order}, order) for order in orders]
            await engine.run_until_idle()
            for item, answer in zip(taken, answers, strict=True):
                assert item is not None
                assert (await engine.item(item.id)).item.state == "waiting_for_person"
                asked = (await engine.desk.reviews.question(item.id)).asked
                assert asked is not None
                assert ([one.role for one in asked.images], set(asked.drafts)) == (
                    ["frontal"],
                    {"positive", "negative"},
                )
                assert len({person.system for person in asked.patients}) == 2
                assert await engine.answer(item.id, answer)
                assert not await engine.answer(item.id, PersonAnswer(verdict="correct", who="x", decision="negative"))
            await engine.run_until_idle()
            runs = await engine.runs(BOT)
        assert [run.outcome for run in runs] == ["needs_person", "needs_person"]
        assert "rejected" in runs[0].reason
        assert "does not say who decided, or what" in runs[1].reason
        assert [site.saves(order) for order in orders] == [0, 0]

    async def test_a_reviewer_who_comes_too_late_leads_nowhere(self, site: Site) -> None:
        home, order = site.home(), site.orders("plain")[7]
        assembly = site.assembly(home, changes=HURRIED)
        assembly = dataclasses.replace(assembly, skills=Unsure(assembly.skills))
        ended = asyncio.Event()

        def listener(event: Event) -> None:
            if event.moment == "item" and event.outcome == "needs_person":
                ended.set()

        async with site.engine(home, assembly) as engine:
            engine.listen(listener)
            item = await engine.submit(BOT, {"order": order}, order)
            assert item is not None
            async with asyncio.timeout(120):
                await ended.wait()
            assert not await engine.answer(item.id, PersonAnswer(verdict="correct", who="dr-a", decision="negative"))
            run = await engine.run(item.id)
        assert (run.outcome, run.code) == ("needs_person", "NoAnswer")
        assert site.saves(order) == 0

    async def test_a_reading_reaches_no_write_past_the_lint(self, site: Site) -> None:
        order = site.orders("plain")[7]
        changes = {"with: =report, read_back": "with: {report: =text(reading.score)}, read_back"}
        run = (await site.day([order], changes=changes))[order]
        assert (run.outcome, run.code) == ("needs_person", "AuthoringError")
        assert "nobody has accepted" in run.reason
        assert site.saves(order) == 0
