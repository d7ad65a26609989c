"""A database's URL: from the environment too, and never in a message."""

from __future__ import annotations

import pytest

from robot_library.engine.database.store import Store, database_url, server_url
from robot_library.errors import SetupError

SECRET = "hunter2"


def test_the_environment_names_the_database_if_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WETREAD_DB", raising=False)
    assert database_url(None) is None
    monkeypatch.setenv("WETREAD_DB", "postgresql://there/name")
    assert database_url(None) == "postgresql://there/name"
    assert database_url("postgresql://given/name") == "postgresql://given/name"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_way_to_write_it_means_the_driver_that_is_here(scheme: str) -> None:
    assert server_url(f"{scheme}://wetread@host/name").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", [f"mysql://u:{SECRET}@host/x", f"postgresql//u:{SECRET}@host", f"u:{SECRET}"])
def test_another_kind_of_database_is_refused_without_repeating_the_url(url: str) -> None:
    with pytest.raises(SetupError, match="none that wetread understands") as refused:
        Store(url)
    assert SECRET not in f"{refused.value} {refused.value.cure}"


def test_a_server_out_of_reach_is_told_without_its_password() -> None:
    store = Store(f"postgresql://wetread:{SECRET}@127.0.0.1:1/nothing")
    with pytest.raises(SetupError, match="cannot be opened") as refused:
        store.open("0")
    store.close()
    assert SECRET not in f"{refused.value} {refused.value.cure} {refused.value.__cause__}"
    assert refused.value.__suppress_context__
