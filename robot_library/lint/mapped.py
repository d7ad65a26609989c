"""Names inside a screen map: which screen or target each means, and what it is named for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from robot_library.model.screen import Screen, ScreenMap, StateRule, Use

_IDENTITY = ("patient_id", "issuer", "name", "family", "given", "birth_date", "alias", "merged_ids")
_ANY: frozenset[Use] = frozenset({"read", "identity", "state", "navigate", "search", "write", "commit"})
_NAVIGATE: frozenset[Use] = frozenset({"navigate"})
_SEARCH: frozenset[Use] = frozenset({"search"})
_SHOWS: frozenset[Use] = frozenset({"read", "identity", "state"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a map. `target` None: a screen is meant. `uses`: what the target may be for. `keys` lead to it."""

    screen: str
    target: str | None
    uses: frozenset[Use]
    keys: tuple[str | int, ...]


def mentions(screens: ScreenMap) -> Iterator[Mention]:
    """Every mention of a screen or target in a map."""
    for name, screen in screens.screens.items():
        yield from _reach(name, screen)
        yield from _identity(name, screen)
        yield from _states(name, screen)
        yield from _boxes(name, screen)
        leave = getattr(screen, "leave", None)
        if isinstance(leave, str):
            yield Mention(name, leave, _NAVIGATE, ("screens", name, "leave"))
    if screens.sign_in is not None:
        for index, step in enumerate(screens.sign_in.steps):
            here = ("sign_in", "steps", index)
            yield Mention(step.on, None, _ANY, (*here, "on"))
            for target in step.fill:
                yield Mention(step.on, target, _SEARCH, (*here, "fill", target))
            yield Mention(step.on, step.click, _NAVIGATE, (*here, "click"))


def _boxes(name: str, screen: Screen) -> Iterator[Mention]:
    for word, target in screen.targets.items():
        here = ("screens", name, "targets", word)
        if target.opened_by is not None:
            yield Mention(name, target.opened_by, _NAVIGATE, (*here, "opened_by"))
        if target.closed_by is not None:
            yield Mention(name, target.closed_by, frozenset({"commit"}), (*here, "closed_by"))


def _states(name: str, screen: Screen) -> Iterator[Mention]:
    lists: list[tuple[tuple[str | int, ...], tuple[StateRule, ...]]] = [(("state",), screen.state)]
    lists += [(("states", word), rules) for word, rules in screen.states.items()]
    for keys, rules in lists:
        for index, rule in enumerate(rules):
            here: tuple[str | int, ...] = ("screens", name, *keys, index)
            if rule.on is not None:
                yield Mention(rule.on, None, _ANY, (*here, "on"))
            yield Mention(rule.on or name, rule.target, frozenset({"state"}), (*here, "target"))


def _reach(name: str, screen: Screen) -> Iterator[Mention]:
    current = name
    for index, move in enumerate(screen.reach):
        here = ("screens", name, "reach", index)
        if move.screen is not None:
            current = move.screen
            yield Mention(current, None, _ANY, (*here, "screen"))
        for key, uses in (
            ("click", _NAVIGATE),
            ("double_click", _NAVIGATE),
            ("new_tab", _NAVIGATE),
            ("wait_for", _ANY),
        ):
            word = getattr(move, key)
            if word is not None:
                yield _of(current, word, uses, (*here, key))
        for target in move.type or {}:
            yield _of(current, target, _SEARCH, (*here, "type", target))
        for target in move.press or {}:
            yield _of(current, target, _SEARCH | _NAVIGATE, (*here, "press", target))


def _of(current: str, word: str, uses: frozenset[Use], keys: tuple[str | int, ...]) -> Mention:
    screen, dot, target = word.partition(".")
    return Mention(screen, target, uses, keys) if dot else Mention(current, word, uses, keys)


def _identity(name: str, screen: Screen) -> Iterator[Mention]:
    identity = screen.identity
    if identity is None:
        return
    here = ("screens", name, "identity")
    there = identity.via or name
    if identity.via is not None:
        yield Mention(identity.via, None, _ANY, (*here, "via"))
    for key in _IDENTITY:
        target = getattr(identity, key)
        if target is not None:
            yield Mention(there, target, frozenset({"identity"}), (*here, key))
    if identity.link is not None:
        yield Mention(name, identity.link, _NAVIGATE, (*here, "link"))
    for index, target in enumerate(identity.unchanged):
        yield Mention(name, target, _SHOWS, (*here, "unchanged", index))
    for target in identity.shows:
        yield Mention(name, target, _SHOWS, (*here, "shows", target))
