"""Two hosts as network namespaces: one is cut off in the middle of its work; and two do more than one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import lacking
from tests.fleet.cluster import Cluster, make_cluster, programs
from tests.fleet.host import HALTED
from tests.fleet.hosts import Host, hosts
from tests.fleet.links import Link, links, why_not
from tests.fleet.test_fail_over import ORDERS, WITHIN, all_ended, hospital, nothing_twice, views

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def two() -> Iterator[list[Link]]:
    if reason := why_not():
        lacking(reason)
    with links(2) as made:
        yield made


@pytest.fixture(scope="module")
def server(two: list[Link]) -> Iterator[Cluster]:
    if programs() is None:
        lacking("PostgreSQL is not here: `make system` installs it")
    cluster = make_cluster(",".join(["127.0.0.1", *(link.here for link in two)]))
    yield cluster
    cluster.remove()


@pytest.mark.parametrize("at", ["step/8.steps.2:tell", "intent/:tell"], ids=["before-typing", "before-the-press"])
def test_a_host_that_is_cut_off_stops_before_its_items_go_on_elsewhere(
    server: Cluster, two: list[Link], tmp_path: Path, at: str
) -> None:
    record, database = hospital(tmp_path), server.new_database()
    with hosts() as start:
        first = start(
            tmp_path, "first", f"--orders={ORDERS}", f"--at={at}", "--pause=1", url=server.url(database, two[0].here),
            network=two[0].network,
        )  # fmt: skip
        first.moment("step")
        second = start(tmp_path, "second", "--pause=1", url=server.url(database, two[1].here), network=two[1].network)
        lost = first.moment("tell")
        two[0].cut()
        try:
            taken = second.moment("step")
            all_ended(second)
        finally:
            two[0].mend()
        assert first.ended() == HALTED, first.errors()
        after = [told["moment"] for told in first.told if told["at"] > taken["at"]]
    assert taken["at"] - lost["at"] <= WITHIN
    assert not set(after) & {"step", "intent", "pressed", "proven", "part_done", "item"}, (
        f"cut off, and still at work when its items went on elsewhere: {after}"
    )
    outcomes = [view.outcome for view in views(tmp_path, server.url(database))]
    assert set(outcomes) <= {"typed", "needs_person"}
    assert outcomes.count("typed") >= ORDERS - 1
    nothing_twice(record, len(record.saves()))


def seconds_for(start: object, folder: Path, url: str, networks: list[tuple[str, str]], orders: int) -> float:
    """From the first step of the first item to the end of the last."""
    assert callable(start)
    folder.mkdir()
    hospital(folder, orders)
    at_work: list[Host] = []
    for number, (network, address) in enumerate(networks):
        more = [f"--orders={orders}"] if number == len(networks) - 1 else []
        named = url.replace("//wetread@127.0.0.1:", f"//wetread@{address}:")
        words = ("--bots=4", "--workers=2", "--pause=1.5")
        at_work.append(start(folder, f"host-{number}", *more, *words, url=named, network=network))
        at_work[-1].moment("started")
    for host in at_work:
        host.wait_for(lambda told: sum(each.count("item") for each in at_work) >= orders or told["moment"] == "never")
    told = [each for host in at_work for each in host.told]
    began = min(each["at"] for each in told if each["moment"] == "step")
    return float(max(each["at"] for each in told if each["moment"] == "item") - began)


def test_two_hosts_do_nearly_twice_as_much(server: Cluster, two: list[Link], tmp_path: Path) -> None:
    """Steps that wait, as screens do; every host works on two items at a time."""
    orders = 16
    networks = [(link.network, link.here) for link in two]
    with hosts() as start:
        one = seconds_for(start, tmp_path / "one", server.url(server.new_database()), networks[:1], orders)
    with hosts() as start:
        both = seconds_for(start, tmp_path / "both", server.url(server.new_database()), networks, orders)
    print(f"{orders} items: one host {one:.1f} s, two hosts {both:.1f} s, {one / both:.2f} times")
    assert one / both >= 1.8
