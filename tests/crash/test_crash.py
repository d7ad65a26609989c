"""kill -9 with everything real: a hospital that survives, the bot, its browser. Judged by the hospital's database."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain, cycle
from pathlib import Path
from typing import Any

import pytest

from robot_library.drivers.browser.find_browser import find_browser
from robot_library.errors import SetupError
from tests.conftest import lacking
from tests.crash.kills import Kill
from tests.crash.ward import PER_ITEM, Ward, ward

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX matter; tests/engine kills on Windows too"),
]
KILLS, ITEMS = 100, 30
SEEDS = (1, 2, 3, 4)
EVIDENCE = Path(os.environ.get("WETREAD_EVIDENCE") or Path(__file__).parents[2] / "build" / "evidence")


@pytest.fixture(autouse=True)
def _browser() -> None:
    try:
        find_browser()
    except SetupError as failure:
        lacking(str(failure))


def work_through(site: Ward, kills: list[Kill], orders: list[str] | None = None) -> list[Kill]:
    """Life after life, each with the next kill, until idle. Returns the kills for which no moment came."""
    left = list(kills)
    while True:
        done = site.life(left, orders)
        left = kills[len(site.strikes()) :]
        if done:
            return left


def all_right(site: Ward, orders: list[str] | None = None) -> None:
    """Every order ended once and as it should; the hospital has one save of each, of the right person."""
    judged = site.verdict()
    assert judged.wrong_patient_writes == judged.duplicate_writes == judged.duplicate_attachments == 0
    assert judged.unproven_writes == judged.forced_writes == judged.forbidden_writes == 0
    wrong = [ended.wrong for ended in site.ended(orders) if ended.wrong]
    assert not wrong, "\n".join(wrong)
    assert site.orphans() == []


@pytest.mark.slow
class TestKilled:
    def test_around_the_final_presses_and_between_steps(self, tmp_path: Path) -> None:
        """A tenth of the full size: the first order shows where it can be killed, the others are."""
        with ward(tmp_path, 1) as site:
            orders = site.orders("plain")[:5]
            site.life([], orders[:1])
            moments = site.boundaries()
            chance = random.Random(5)
            final = [at for at in moments if at.split(":")[0] in ("before_intent", "intent", "pressed", "proven")]
            others = [at for at in moments[:-1] if at not in final]
            kills = [Kill(at) for at in final] + [Kill(at, "worker") for at in chance.sample(others, 2)]
            plan = in_fours([*kills, Kill("step:9", "browser")], moments)
            plan.append(Kill(final[1], "tree", chance.uniform(0, 1)))
            assert work_through(site, plan, orders) == []
            assert len(site.strikes()) >= 12
            all_right(site, orders)

    def test_the_answer_to_a_save_is_lost(self, tmp_path: Path) -> None:
        """Saved, attached, and the connection gone before the answer: proven, not pressed again."""
        with ward(tmp_path, 1, module="tests.crash.hospital") as site:
            orders = site.orders("monochrome_pair")
            assert site.life([], orders)
            all_right(site, orders)


def full_plan(moments: list[str], chance: random.Random) -> list[Kill]:
    """Every moment once, both ways of dying by turns; and random times after random moments, many near a press."""
    ways = cycle(["tree", "worker"])
    kills = [Kill(at, next(ways)) for at in moments]  # type: ignore[arg-type]
    steps = [at for at in moments if at.startswith("step:")]
    near = [at for at in moments if at.startswith(("intent", "before_intent", "pressed"))]
    kills += [Kill(chance.choice(near), next(ways), chance.uniform(0, 1.5)) for _ in range(18)]  # type: ignore[arg-type]
    kills += [Kill(chance.choice(steps), next(ways), chance.uniform(0, 3)) for _ in range(18)]  # type: ignore[arg-type]
    kills += [Kill(chance.choice(steps + near), "browser", chance.uniform(0, 1)) for _ in range(8)]
    chance.shuffle(kills)
    return [Kill("collect/step:3"), *in_fours(kills, moments)]


def in_fours(kills: list[Kill], moments: list[str]) -> list[Kill]:
    """In fours, each in the order of an item's life, so that one item meets several of them."""
    fours = [kills[at : at + PER_ITEM] for at in range(0, len(kills), PER_ITEM)]
    return list(chain.from_iterable(sorted(four, key=lambda kill: moments.index(kill.at)) for four in fours))


def figures(sites: list[Ward], moments: list[str], seconds: float) -> dict[str, Any]:
    """What the full-size run shows, as one line of JSON."""
    strikes = [strike for site in sites for strike in site.strikes()]
    verdicts = [site.verdict() for site in sites]
    ended = [ended for site in sites for ended in site.ended()]
    at_once = {strike.at for strike in strikes if not strike.delay}
    return {
        "test": "crash", "at": datetime.now(UTC).isoformat(timespec="seconds"), "kills": len(strikes),
        "victims": Counter(strike.victims for strike in strikes), "at_random_times": sum(s.delay > 0 for s in strikes),
        "boundaries": len(moments), "boundaries_killed_at": len(at_once & set(moments)),
        "between_press_and_proof": sum(s.last.startswith(("intent", "pressed")) for s in strikes),
        "items": len(ended), "items_killed": len({strike.item for strike in strikes}),
        "lives": sum(site.lives for site in sites), "hospitals": len(sites),
        "typed": sum(verdict.typed for verdict in verdicts),
        "expected_typed": sum(verdict.expected["typed"] for verdict in verdicts),
        "outcomes": Counter(each.outcome for each in ended),
        "wrong_patient_writes": sum(verdict.wrong_patient_writes for verdict in verdicts),
        "duplicate_writes": sum(verdict.duplicate_writes for verdict in verdicts),
        "duplicate_attachments": sum(verdict.duplicate_attachments for verdict in verdicts),
        "otherwise_than_expected": [each.wrong for each in ended if each.wrong],
        "orphans": sum(len(site.orphans()) for site in sites), "seconds": round(seconds),
    }  # fmt: skip


def write_down(line: dict[str, Any]) -> None:
    """Add a line to the evidence."""
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    with (EVIDENCE / "crash.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


@pytest.mark.evidence
@pytest.mark.timeout(4 * 3600)
def test_full_size(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """At least 100 kills over at least 30 items of whole worklists: at every moment, and at random times."""
    began = time.monotonic()
    chance = random.Random(11)
    with ward(tmp_path / "moments", SEEDS[0]) as site:
        assert site.life([], site.orders("plain")[:1])
        moments = site.boundaries()
    sites: list[Ward] = []
    left = full_plan(moments, chance)
    half = len(left) // 2
    for seed in SEEDS:
        with ward(tmp_path / f"seed-{seed}", seed) as site:
            sites.append(site)
            later = left[half:]
            left = work_through(site, left[:half]) + later
            write_down({"seed": seed, **figures([site], moments, time.monotonic() - began)})
        if not left:
            break
        half = len(left)
    shown = figures(sites, moments, time.monotonic() - began)
    shown["no_moment_came"] = [kill.at for kill in left]
    write_down(shown)
    for name, value in shown.items():
        record_property(name, value)
    for site in sites:
        all_right(site)
    assert shown["kills"] >= KILLS
    assert shown["items"] >= ITEMS
    assert shown["boundaries_killed_at"] == len(moments)
