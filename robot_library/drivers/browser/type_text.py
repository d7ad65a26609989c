"""Typing into a record: never over what is there, and what the field shows afterwards is told, not assumed."""

from __future__ import annotations

from robot_library.drivers.browser.find import Finder, Sight
from robot_library.drivers.browser.own_site import own_thing
from robot_library.drivers.browser.stage import Key, Rest, Stage
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.drivers.patience import Patience
from robot_library.drivers.shown import newlines
from robot_library.errors import OrderHeld, TargetNotFound


async def type_text(stage: Stage, finder: Finder, text: str, key: Key) -> str:
    """Type `text` into an empty field of the record of `key` and return what the field shows when it has come to rest.

    Raises OrderHeld if the field holds anything else than `text` already; TargetNotFound if it takes no input.
    """
    wanted = newlines(text)
    patience = stage.patience()
    begun = stage.window.unsaved
    for last in (False, False, True):
        sight, held = await _at_rest(stage, finder, patience, key, begun)
        if held.strip() and held != wanted:
            raise OrderHeld(
                f"'{finder.screen}.{finder.name}' holds text already; nothing was typed over it.", place=finder.place
            )
        if held == wanted:
            return held
        stage.window.unsaved = True
        try:
            await _type(stage, sight, wanted, patience, finder.place)
            break
        except Late:
            raise finder.missing(patience, "took no input") from None
        except Passing:  # made anew by its page, or by another that has come: of another record, maybe
            if last or patience.over:
                raise finder.missing(patience, "took no input") from None
    return await _shown(stage, finder, patience)


async def _at_rest(stage: Stage, finder: Finder, patience: Patience, key: Key, begun: bool) -> tuple[Sight, str]:
    """The field once it takes input and holds still, on the right record. Before the first typing the page must be at
    rest as well: what is empty now may be about to fill."""

    rest = Rest(stage)

    async def open_to_input(sights: list[Sight]) -> bool:
        if sights[0].disabled or sights[0].read_only or not key.shown(sights[1:]):
            return False
        return begun or await rest.around()

    try:
        sight, *_ = await stage.when([finder, *key.finders], open_to_input, patience=patience, still=True)
    except TargetNotFound:
        key.complain()
        raise finder.missing(patience, "took no input (not there, disabled or read-only)") from None
    return sight, newlines(sight.raw)


async def _type(stage: Stage, sight: Sight, text: str, patience: Patience, at: str) -> None:
    place = stage.name
    field = await own_thing(sight.found, stage.window, patience.milliseconds(), at)
    if sight.kind == "select":
        await tidy(field.select_option(label=text, timeout=patience.milliseconds()), place)
        return
    await tidy(field.fill(text, timeout=patience.milliseconds()), place)
    if sight.kind == "completes":
        option = stage.window.page.get_by_role("option", name=text, exact=True).filter(visible=True)
        try:
            chosen = await own_thing(option, stage.window, patience.milliseconds(), at)
            await tidy(chosen.click(timeout=patience.milliseconds(), no_wait_after=True), place)
        except Passing:  # looked at again, the field would show the text, and nothing chosen
            raise Late from None


async def _shown(stage: Stage, finder: Finder, patience: Patience) -> str:
    """What the field shows after the focus has left it, once it holds still."""
    (sight,) = await stage.when([finder], patience=patience, still=True, leave=True)
    return newlines(sight.raw)
