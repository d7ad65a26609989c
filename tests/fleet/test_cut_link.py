"""Two hosts as network namespaces: one is cut off in the middle of its work; and two do more than one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import lacking
from tests.fleet.cluster import Cluster, make_cluster, programs
from tests.fleet.host import HALTED
from tests.fleet.hosts import Host, hosts, together
from tests.fleet.links import Link, links, why_not
from tests.fleet.test_fail_over import ORDERS, SOON, all_ended, hospital, nothing_twice, views

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


@pytest.mark.parametrize("within", SOON)
@pytest.mark.parametrize(
    ("at", "typed"),
    [
        pytest.param("step/8.steps.2:wait", ORDERS, id="before-typing", marks=pytest.mark.evidence),
        pytest.param("intent/:wait", ORDERS - 1, id="before-the-press"),
    ],
)
def test_a_host_that_is_cut_off_stops_before_its_items_go_on_elsewhere(
    server: Cluster, two: list[Link], tmp_path: Path, at: str, typed: int, within: float
) -> None:
    """It is cut off right before it would type, or press: it asks, hears nothing, and does not."""
    record, database = hospital(tmp_path), server.new_database()
    with hosts() as start:
        first = start(
            tmp_path, "first", f"--orders={ORDERS}", f"--at={at}", "--pause=1", url=server.url(database, two[0].here),
            network=two[0].network,
        )  # fmt: skip
        first.moment("step")
        second = start(tmp_path, "second", "--pause=1", url=server.url(database, two[1].here), network=two[1].network)
        lost = first.moment("wait")
        two[0].cut()
        (tmp_path / "go-on").touch()
        try:
            ready, taken = second.moment("started"), second.moment("step")
            all_ended(second)
        finally:
            two[0].mend()
        assert first.ended() == HALTED, first.errors()
        after = [told["moment"] for told in first.told if told["at"] > taken["at"]]
    assert taken["at"] - max(lost["at"], ready["at"]) <= within
    assert not set(after) & {"step", "intent", "pressed", "proven", "part_done", "item"}, (
        f"cut off, and still at work when its items went on elsewhere: {after}"
    )
    outcomes = [view.outcome for view in views(tmp_path, server.url(database))]
    assert set(outcomes) <= {"typed", "needs_person"}
    assert outcomes.count("typed") == typed
    nothing_twice(record, typed)


def seconds_for(
    start: object, folder: Path, url: str, networks: list[tuple[str, str]], orders: int, pause: float, at_once: int = 2
) -> tuple[float, list[int]]:
    """From the first step of the first item to the end of the last; how many items each host has ended. `at_once`: on
    how many each works at a time."""
    assert callable(start)
    folder.mkdir()
    hospital(folder, orders)
    at_work: list[Host] = []
    for number, (network, address) in enumerate(networks):
        more = [f"--orders={orders}"] if number == len(networks) - 1 else []
        named = url.replace("//wetread@127.0.0.1:", f"//wetread@{address}:")
        words = ("--bots=4", f"--workers={at_once}", f"--pause={pause}")
        at_work.append(start(folder, f"host-{number}", *more, *words, url=named, network=network))
        at_work[-1].moment("started")
    together(at_work, "item", orders)
    told = [each for host in at_work for each in host.told]
    began = min(each["at"] for each in told if each["moment"] == "step")
    took = float(max(each["at"] for each in told if each["moment"] == "item") - began)
    return took, [host.count("item") for host in at_work]


@pytest.mark.parametrize(
    ("orders", "pause", "times"),
    [pytest.param(8, 1.0, 0.0, id="small"), pytest.param(32, 3.0, 1.8, id="full", marks=pytest.mark.evidence)],
)
def test_two_hosts_do_nearly_twice_as_much(
    server: Cluster, two: list[Link], tmp_path: Path, orders: int, pause: float, times: float
) -> None:
    """Steps that wait, as screens do; every host works on two items at a time. How much more two do is only known on a
    quiet machine: a small run, one item at a time, says that both have a share in it."""
    networks = [(link.network, link.here) for link in two]
    if not times:
        with hosts() as start:
            url = server.url(server.new_database())
            _, shares = seconds_for(start, tmp_path / "both", url, networks, orders, pause, at_once=1)
        assert (sum(shares), min(shares) > 0) == (orders, True)
        return
    with hosts() as start:
        one, _ = seconds_for(start, tmp_path / "one", server.url(server.new_database()), networks[:1], orders, pause)
    with hosts() as start:
        both, shares = seconds_for(start, tmp_path / "both", server.url(server.new_database()), networks, orders, pause)
    print(f"{orders} items: one host {one:.1f} s, two hosts {both:.1f} s, {one / both:.2f} times")
    assert sum(shares) == orders
    assert min(shares) > 0
    assert one / both >= times
