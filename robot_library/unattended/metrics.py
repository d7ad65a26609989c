"""Prometheus `/metrics`. Labels are the site's own names, codes and states; numbers come from columns in clear."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter as Count
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from robot_library import __version__
from robot_library.engine.line.downtime import Outage
from robot_library.engine.records.alerts import Alerts
from robot_library.engine.records.board import Board
from robot_library.engine.records.checks import Checks
from robot_library.unattended.alerts.ground import Stopped, WorkerSeen

if TYPE_CHECKING:
    from prometheus_client.core import Metric

CONTENT_TYPE = "text/plain; version=1.0.0; charset=utf-8"
_NAME = re.compile(r"[\w.:/-]{0,160}")
_KINDS = ("canary", "backup", "keep")


@dataclass(frozen=True)
class Sources:
    """Where the numbers come from."""

    board: Board
    alerts: Alerts
    checks: Checks
    home: Path
    workers: Sequence[WorkerSeen] = ()
    stopped: Sequence[Stopped] = ()
    outages: Sequence[Outage] = ()


async def metrics(sources: Sources, now: float | None = None) -> bytes:
    """The page that Prometheus asks for."""
    from prometheus_client import CollectorRegistry, generate_latest

    at = time.time() if now is None else now
    families = [
        *await _items(sources.board, at), *await _times(sources.board), *await _alerts(sources.alerts),
        *await _checks(sources.checks), *_machine(sources, at),
    ]  # fmt: skip
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(families))
    return generate_latest(registry)


class _Once:
    """A collector of what was counted already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


async def _items(board: Board, at: float) -> list[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    tally = await board.tally()
    items = GaugeMetricFamily("wetread_items", "Items by how they stand.", labels=["bot", "state", "outcome"])
    ended = CounterMetricFamily("wetread_items_ended", "Items that ended.", labels=["bot", "outcome", "code"])
    oldest = GaugeMetricFamily("wetread_oldest_seconds", "Age of the oldest open item.", labels=["bot", "state"])
    count: Count[tuple[str, str, str]] = Count()
    age: dict[tuple[str, str], float] = {}
    for one in tally:
        count[one.bot, one.state, one.outcome or ""] += one.count
        if one.outcome is None:
            age[one.bot, one.state] = max(age.get((one.bot, one.state), 0.0), at - one.oldest)
        else:
            ended.add_metric([label(one.bot), one.outcome, label(one.code)], one.count)
    for (bot, state, outcome), number in count.items():
        items.add_metric([label(bot), state, outcome], number)
    for (bot, state), seconds in age.items():
        oldest.add_metric([label(bot), state], max(0.0, seconds))
    return [items, ended, oldest]


async def _times(board: Board) -> list[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    steps = CounterMetricFamily("wetread_steps", "Steps that ran.", labels=["bot", "action"])
    seconds = CounterMetricFamily("wetread_step_seconds", "Time that steps took.", labels=["bot", "action"])
    longest = GaugeMetricFamily("wetread_step_longest_seconds", "The longest step.", labels=["bot", "action"])
    for one in await board.figures.spent(0.0):
        names = [label(one.bot), label(one.action)]
        steps.add_metric(names, one.count)
        seconds.add_metric(names, one.seconds)
        longest.add_metric(names, one.longest)
    troubles = CounterMetricFamily("wetread_troubles", "Goes that failed.", labels=["bot", "code", "screen"])
    found: Count[tuple[str, str, str]] = Count()
    for trouble in await board.figures.troubles():
        found[label(trouble.bot), label(trouble.code), label(trouble.screen)] += trouble.count
    for names_of, number in found.items():
        troubles.add_metric(names_of, number)
    drift = CounterMetricFamily("wetread_drift", "Targets found by a fall-back.", labels=["bot", "target"])
    for drifted in await board.figures.drift():
        drift.add_metric([label(drifted.bot), label(drifted.target)], drifted.count)
    return [steps, seconds, longest, troubles, drift]


async def _alerts(alerts: Alerts) -> list[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    lasting = await alerts.all(limit=10_000)
    family = GaugeMetricFamily("wetread_alerts", "Alerts that last.", labels=["cause", "state"])
    for (cause, state), number in Count((one.cause, one.state) for one in lasting).items():
        family.add_metric([label(cause), state], number)
    stuck = GaugeMetricFamily(
        "wetread_messages_undelivered", "Messages to people that could not be delivered until now.",
        value=sum(one.undelivered for one in lasting),
    )  # fmt: skip
    return [family, stuck]


async def _checks(checks: Checks) -> list[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    bad = GaugeMetricFamily("wetread_check_bad", "What the newest check found wrong.", labels=["kind", "scope"])
    when = GaugeMetricFamily("wetread_check_timestamp_seconds", "When it was checked.", labels=["kind", "scope"])
    for kind in _KINDS:
        for scope, one in (await checks.newest(kind)).items():
            bad.add_metric([kind, label(scope)], one.bad)
            when.add_metric([kind, label(scope)], one.at)
    return [bad, when]


def _machine(sources: Sources, at: float) -> list[Metric]:
    from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

    free = shutil.disk_usage(sources.home).free
    seen = GaugeMetricFamily("wetread_worker_seen_seconds", "Since the worker's last sign of life.", labels=["worker"])
    for worker in sources.workers:
        seen.add_metric([label(worker.name)], max(0.0, at - worker.seen))
    stopped = GaugeMetricFamily("wetread_stopped", "Lines that were stopped.", labels=["scope"])
    for line in sources.stopped:
        stopped.add_metric([label(line.scope)], 1)
    down = GaugeMetricFamily("wetread_system_down_seconds", "Since it does not answer; 0: it does.", labels=["system"])
    for name, seconds in _down(sources.outages, at).items():
        down.add_metric([label(name)], seconds)
    return [
        GaugeMetricFamily("wetread_disk_free_bytes", "Left on the home's disk.", value=free), seen, stopped, down,
        InfoMetricFamily("wetread_build", "What runs here.", value={"version": __version__}),
    ]  # fmt: skip


def _down(outages: Iterable[Outage], at: float) -> dict[str, float]:
    """Of each system that is down or was, at any of its addresses."""
    found: dict[str, float] = {}
    for one in outages:
        seconds = max(0.0, at - one.since) if one.ended is None else 0.0
        found[one.system] = max(found.get(one.system, 0.0), seconds)
    return found


def label(text: str) -> str:
    """A name as a label; anything that is no plain name is not shown."""
    return text if _NAME.fullmatch(text) else "other"
