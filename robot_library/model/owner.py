"""Whose evidence is being made: the item at work, so that what is kept of it is sealed under a key of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_OWNER: ContextVar[str] = ContextVar("owner", default="")


@contextmanager
def evidence_of(owner: str) -> Iterator[None]:
    """Bytes kept meanwhile, in this task and the threads it asks, belong to `owner` ("item|…", "arrival|…")."""
    token = _OWNER.set(owner)
    try:
        yield
    finally:
        _OWNER.reset(token)


def owner_now() -> str:
    """Whose evidence is being made; "" where nobody has said so."""
    return _OWNER.get()
