"""When `make test` tries a second time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.conftest import TESTS
from tests.second_try import MOST, STRICT, pytest_collection_modifyitems


def failed(*rooms: str) -> list[Any]:
    return [SimpleNamespace(path=TESTS / room / "test_some.py") for room in rooms]


@pytest.mark.parametrize("rooms", [(), ("web",) * (MOST + 1), *((room,) for room in STRICT), ("web", "soak")])
def test_there_is_none_for_many_nor_where_chance_is_tested(rooms: tuple[str, ...]) -> None:
    with pytest.raises(pytest.exit.Exception) as ended:
        pytest_collection_modifyitems(cast("pytest.Config", None), failed(*rooms))
    assert ended.value.returncode == 1


def test_a_few_others_are_tried_again() -> None:
    pytest_collection_modifyitems(cast("pytest.Config", None), failed(*("web",) * MOST))


def test_the_strict_rooms_are_there() -> None:
    assert all(Path(TESTS / room).is_dir() for room in STRICT)
