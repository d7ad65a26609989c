"""The registry of actions. Ours register through the same entry points as anybody's."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from robot_library.interfaces import Action

A = TypeVar("A", bound="type[Action]")

_actions: dict[str, type[Action]] = {}


def action(key: str) -> Callable[[A], A]:
    """Register an action class under its YAML key. Refused: no docstring, no effect, or a key twice."""

    def register(cls: A) -> A:
        if "__doc__" not in vars(cls) or not inspect.cleandoc(cls.__doc__ or ""):
            raise TypeError(f"action {key!r} ({cls.__module__}.{cls.__qualname__}) has no docstring")
        if key in _actions and _actions[key].__qualname__ != cls.__qualname__:
            raise TypeError(f"action {key!r} is registered twice")
        cls.key = key
        _actions[key] = cls
        return cls

    return register


@cache
def _load() -> None:
    for point in entry_points(group="wetread.actions"):
        point.load()


def actions() -> dict[str, type[Action]]:
    """Every registered action by key, sorted."""
    _load()
    return dict(sorted(_actions.items()))
