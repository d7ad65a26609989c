"""The server ends connections, or is ended itself; an item ends one host after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fleet.cluster import Cluster, make_cluster, programs
from tests.fleet.host import HALTED
from tests.fleet.hosts import Host, hosts
from tests.fleet.test_fail_over import ORDERS, all_ended, hospital, nothing_twice, views

pytestmark = pytest.mark.slow


def connections_ended(cluster: Cluster, database: str) -> None:
    """Every connection to a database is gone, the lease's too."""
    cluster.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")


def server_crashed(cluster: Cluster, _: str) -> None:
    """As after a power cut of the server."""
    cluster.stop("immediate")
    cluster.start()


@pytest.mark.parametrize("trouble", [connections_ended, server_crashed])
def test_a_server_in_trouble_costs_no_item(tmp_path: Path, trouble: Callable[[Cluster, str], None]) -> None:
    if programs() is None:
        pytest.fail("PostgreSQL is not here: `make system` installs it")
    cluster = make_cluster()
    try:
        record, database = hospital(tmp_path), cluster.new_database()
        with hosts() as start:
            first = start(
                tmp_path, "first", f"--orders={ORDERS}", "--at=step/5:tell", "--pause=1", url=cluster.url(database)
            )
            first.moment("tell")
            trouble(cluster, database)
            assert first.ended() == HALTED, first.errors()
            again = start(tmp_path, "first", url=cluster.url(database))
            finished(again, tmp_path, cluster.url(database))
        outcomes = [view.outcome for view in views(tmp_path, cluster.url(database))]
        assert set(outcomes) <= {"typed", "needs_person"}
        assert outcomes.count("typed") >= ORDERS - 1
        nothing_twice(record, len(record.saves()))
    finally:
        cluster.remove()


def finished(host: Host, folder: Path, url: str) -> None:
    """Wait for as many ends as are still to come."""
    host.moment("submitted")
    left = sum(view.outcome is None for view in views(folder, url))
    all_ended(host, left)


def test_an_item_that_ends_its_hosts_is_given_up_and_the_others_go_on(cluster: Cluster, tmp_path: Path) -> None:
    hospital(tmp_path, 1)
    url = cluster.url(cluster.new_database())
    with hosts() as start:
        ended = 0
        for number in range(5):
            more = ["--orders=1"] if not number else []
            host = start(tmp_path, f"host-{number}", *more, "--at=step/5:kill", "--max-crashes=2", url=url)
            told = host.wait_for(lambda told: told["moment"] in ("kill", "item"))
            if told["moment"] == "item":
                break
            ended += 1
            host.ended()
        assert (told["outcome"], told["code"]) == ("needs_person", "DeadLetter")
        assert 2 <= ended <= 4
    (view,) = views(tmp_path, url)
    assert view.item.state == "dead"
