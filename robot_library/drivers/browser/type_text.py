"""Typing into a record: never over what is there, and what the field shows afterwards is told, not assumed."""

from __future__ import annotations

from typing import Any

from robot_library.drivers.browser.find import Finder, Sight, newlines
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.tidy import Late, Passing, glance, tidy
from robot_library.drivers.browser.wait import Patience
from robot_library.errors import OrderHeld, TargetNotFound

_KIND = """e => [e.tagName, e.getAttribute("role") || "", e.getAttribute("aria-autocomplete") || "",
  e.isContentEditable, e.readOnly === true]"""
_LEAVE = "e => { e.blur(); }"


async def type_text(stage: Stage, finder: Finder, text: str) -> str:
    """Type `text` into an empty field and return what the field shows when it has come to rest.

    Raises OrderHeld if the field holds anything else than `text` already; TargetNotFound if it takes no input.
    """
    wanted = newlines(text)
    patience = stage.patience()
    sight, held = await _at_rest(stage, finder, patience)
    if held.strip() and held != wanted:
        raise OrderHeld(
            f"'{finder.screen}.{finder.name}' holds text already; nothing was typed over it.", place=finder.place
        )
    if held == wanted:
        return held
    stage.window.unsaved = True
    try:
        await _type(stage, sight, wanted, patience)
    except (Late, Passing):
        raise finder.missing(patience, "took no input") from None
    return await _shown(stage, finder, patience)


async def _at_rest(stage: Stage, finder: Finder, patience: Patience) -> tuple[Sight, str]:
    """The field once it takes input and its content has held still over two looks of a page at rest."""
    last: str | None = None

    async def still(sights: list[Sight]) -> bool:
        nonlocal last
        (sight,) = sights
        if sight.disabled or sight.read_only or not await stage.settled():
            last = None
            return False
        same, last = newlines(sight.raw) == last, newlines(sight.raw)
        return same

    try:
        (sight,) = await stage.when([finder], still, patience=patience)
    except TargetNotFound:
        raise finder.missing(patience, "took no input (not there, disabled or read-only)") from None
    return sight, newlines(sight.raw)


async def _type(stage: Stage, sight: Sight, text: str, patience: Patience) -> None:
    place, field = stage.name, sight.found
    kind: list[Any] = await tidy(field.evaluate(_KIND, timeout=patience.milliseconds()), place)
    tag, role, completes, _, _ = kind
    if tag == "SELECT":
        await tidy(field.select_option(label=text, timeout=patience.milliseconds()), place)
        return
    await tidy(field.fill(text, timeout=patience.milliseconds()), place)
    if role == "combobox" or completes in ("list", "both"):
        option = stage.window.page.get_by_role("option", name=text, exact=True).filter(visible=True)
        await tidy(option.click(timeout=patience.milliseconds(), no_wait_after=True), place)


async def _shown(stage: Stage, finder: Finder, patience: Patience) -> str:
    """What the field shows after leaving it, over two looks."""
    last: str | None = None

    async def still(sights: list[Sight]) -> bool:
        nonlocal last
        if last is None:
            await glance(sights[0].found.evaluate(_LEAVE, timeout=patience.milliseconds()), None, finder.place)
            last = ""
            return False
        same, last = newlines(sights[0].raw) == last, newlines(sights[0].raw)
        return same

    (sight,) = await stage.when([finder], still, patience=patience)
    return newlines(sight.raw)
