"""When `make test` tries a second time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.conftest import TESTS
from tests.second_try import MOST, STRICT, pytest_collection_modifyitems


def failed(*rooms: str) -> list[Any]:
    """A failure in each room, in a file of its own."""
    return [SimpleNamespace(path=TESTS / room / f"test_{n}.py") for n, room in enumerate(rooms)]


@pytest.mark.parametrize("rooms", [(), ("web",) * (MOST + 1), *((room,) for room in STRICT), ("web", "soak")])
def test_there_is_none_for_many_nor_where_chance_is_tested(rooms: tuple[str, ...]) -> None:
    with pytest.raises(pytest.exit.Exception) as ended:
        pytest_collection_modifyitems(cast("pytest.Config", None), failed(*rooms))
    assert ended.value.returncode == 1


def test_a_few_others_are_tried_again() -> None:
    few = failed(*("web",) * MOST)
    pytest_collection_modifyitems(cast("pytest.Config", None), few)
    pytest_collection_modifyitems(cast("pytest.Config", None), few * 10)


def test_the_strict_rooms_are_there() -> None:
    assert all(Path(TESTS / room).is_dir() for room in STRICT)
