"""Fixtures: one PostgreSQL cluster for the room, an empty database for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.conftest import lacking
from tests.fleet.cluster import Cluster, make_cluster, programs


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server of the room's own."""
    if sys.platform == "win32":
        pytest.skip("the tests start a server on Linux only")
    if programs() is None:
        lacking("no PostgreSQL here: install Debian's `postgresql` (`make system` does)")
    cluster = make_cluster()
    try:
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def database(cluster: Cluster) -> str:
    """The URL of an empty database."""
    return cluster.url(cluster.new_database())
