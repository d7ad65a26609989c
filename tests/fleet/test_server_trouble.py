"""The server ends connections, or is ended itself; an item ends one host after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from robot_library.engine.database.store import Store
from robot_library.errors import RunCancelled
from tests.engine.world import Record
from tests.fleet.cluster import Cluster, make_cluster
from tests.fleet.host import HALTED
from tests.fleet.hosts import LONG, Host, hosts
from tests.fleet.test_fail_over import ORDERS, hospital, nothing_twice, views

pytestmark = pytest.mark.slow


def connections_ended(cluster: Cluster, database: str) -> None:
    """Every connection to a database is gone, the lease's too."""
    cluster.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")


def server_crashed(cluster: Cluster, _: str) -> None:
    """As after a power cut of the server."""
    cluster.stop("immediate")
    cluster.start()


def test_a_server_in_trouble_costs_no_item(cluster: Cluster, tmp_path: Path) -> None:
    """Two servers side by side: one ends every connection, one crashes."""
    troubles = {"ended": connections_ended, "crashed": server_crashed}
    with ExitStack() as held:
        start, clusters, first = held.enter_context(hosts()), {}, {}
        for name in troubles:
            clusters[name] = held.enter_context(a_cluster())
            (tmp_path / name).mkdir()
            hospital(tmp_path / name)
            clusters[name].ask("CREATE DATABASE site")
            words = (f"--orders={ORDERS}", "--at=step/5:tell", "--pause=1")
            first[name] = start(tmp_path / name, "first", *words, url=clusters[name].url("site"))
        for name, trouble in troubles.items():
            first[name].moment("tell")
            trouble(clusters[name], "site")
            assert first[name].ended() == HALTED, first[name].errors()
            first[name] = start(tmp_path / name, "first", url=clusters[name].url("site"))
        for name, again in first.items():
            url = clusters[name].url("site")
            finished(again, tmp_path / name, url)
            outcomes = [view.outcome for view in views(tmp_path / name, url)]
            assert set(outcomes) <= {"typed", "needs_person"}
            assert outcomes.count("typed") >= ORDERS - 1
            record = Record(tmp_path / name / "record.sqlite")
            nothing_twice(record, len(record.saves()))


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """A server of its own."""
    made = make_cluster()
    try:
        yield made
    finally:
        made.remove()


def test_a_connection_that_ends_is_replaced_and_nobody_hears_of_it(cluster: Cluster, tmp_path: Path) -> None:
    """All but the lease's: the worker goes on, and no item fails for it."""
    record, database = hospital(tmp_path), cluster.new_database()
    with hosts() as start:
        first = start(tmp_path, "first", f"--orders={ORDERS}", "--pause=0.5", url=cluster.url(database))
        for ends in range(ORDERS):
            first.wait_for(
                lambda told, ends=ends: (
                    told["moment"] == "halted" or (told["moment"] == "step" and first.count("item") >= ends)
                )
            )
            if first.count("halted"):
                break
            cluster.ask(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
                " AND application_name <> 'wetread lease'"
            )
        first.wait_for(lambda told: told["moment"] == "halted" or first.count("item") >= ORDERS)
        if first.count("halted"):  # a commit was on its way: it may stand, so the worker began anew
            finished(start(tmp_path, "first", url=cluster.url(database)), tmp_path, cluster.url(database))
    assert {view.outcome for view in views(tmp_path, cluster.url(database))} == {"typed"}
    nothing_twice(record)


def test_a_server_that_takes_nothing_more_for_a_while_costs_no_item(cluster: Cluster, tmp_path: Path) -> None:
    """As while another one takes over from it: the lease is still answered, and nothing can be written down."""
    record, database = hospital(tmp_path), cluster.new_database()
    url, words = cluster.url(database), ("--pause=1", "--at=step/5:tell")
    with hosts() as start:
        first = start(tmp_path, "first", f"--orders={ORDERS}", *words, url=url)
        first.moment("tell")
        cluster.ask(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
        cluster.ask(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
            " AND application_name <> 'wetread lease'"
        )
        assert first.ended() == HALTED, first.errors()
        assert start(tmp_path, "first", *words, url=url).ended() == HALTED
        cluster.ask(f"ALTER DATABASE {database} SET default_transaction_read_only = off")
        finished(start(tmp_path, "first", *words, url=url), tmp_path, url)
    assert {view.outcome for view in views(tmp_path, url)} == {"typed"}
    nothing_twice(record)


async def test_what_may_have_been_committed_is_not_done_again(cluster: Cluster) -> None:
    name = cluster.new_database()
    store, lost, done = Store(cluster.url(name)), [], []
    store.lost = lambda: lost.append(1)

    def ask(connection: sa.Connection) -> int:
        return int(connection.execute(sa.text("SELECT 1")).scalar_one())

    def breaks_at_the_end(connection: sa.Connection) -> None:
        done.append(ask(connection))
        connections_ended(cluster, name)

    try:
        assert await store.read(ask) == 1
        connections_ended(cluster, name)
        assert await store.read(ask) == await store.write(ask) == 1
        assert not lost
        with pytest.raises(RunCancelled):
            await store.write(breaks_at_the_end)
        assert (len(done), len(lost)) == (1, 1)
        store.lost = None
        with pytest.raises(sa.exc.OperationalError):
            await store.write(breaks_at_the_end)
        with pytest.raises(sa.exc.ProgrammingError):
            await store.read(lambda connection: connection.execute(sa.text("SELECT nothing_there")))
    finally:
        store.close()


def finished(host: Host, folder: Path, url: str) -> None:
    """Wait until every item has ended, by the database: some may have ended before anybody counted."""
    host.moment("submitted")
    until = time.monotonic() + LONG
    while any(view.outcome is None for view in views(folder, url)):
        assert time.monotonic() < until, host.errors()
        time.sleep(0.2)


def test_an_item_that_ends_its_hosts_is_given_up_and_the_others_go_on(cluster: Cluster, tmp_path: Path) -> None:
    hospital(tmp_path, 1)
    url = cluster.url(cluster.new_database())
    with hosts() as start:
        ended = 0
        for number in range(4):
            more = ["--orders=1"] if not number else []
            host = start(tmp_path, f"host-{number}", *more, "--at=step/5:kill", "--max-crashes=1", url=url)
            told = host.wait_for(lambda told: told["moment"] in ("kill", "item"))
            if told["moment"] == "item":
                break
            ended += 1
            host.ended()
        assert (told["outcome"], told["code"]) == ("needs_person", "DeadLetter")
        assert 1 <= ended <= 3
    (view,) = views(tmp_path, url)
    assert view.item.state == "dead"
