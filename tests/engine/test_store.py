"""A worker ends in good order though its database is gone; nothing else is hushed up."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from robot_library.engine.database.store import without_database
from robot_library.errors import RunCancelled, SetupError


async def ends(how: BaseException | None) -> None:
    """Something that stops, in some way."""
    if how is not None:
        raise how


@pytest.mark.parametrize(
    "how", [None, sa.exc.OperationalError("", {}, Exception()), RunCancelled("the server is gone.")]
)
async def test_what_cannot_be_written_down_any_more_is_no_trouble(how: BaseException | None) -> None:
    await without_database(ends(how))


async def test_other_trouble_is_told() -> None:
    with pytest.raises(SetupError):
        await without_database(ends(SetupError("something else")))
