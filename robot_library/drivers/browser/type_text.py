"""Typing into a record: never over what is there, and what the field shows afterwards is told, not assumed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from playwright.async_api import ElementHandle

from robot_library.drivers.browser.find import Finder, Sight
from robot_library.drivers.browser.keys import Untaken
from robot_library.drivers.browser.own_site import own_thing
from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.stage import Key, Rest, Stage
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.drivers.patience import Patience
from robot_library.drivers.shown import newlines
from robot_library.errors import ApplicationException, OrderHeld, TargetAmbiguous, TargetNotFound, TypingNotProven

_AGREE_S = 1.0
"""So long may what was typed stand there otherwise, before it counts as changed: a page may make a field anew."""
_OF_THIS_TEXT = "(e, text) => [...e.options].filter((o) => (o.label || o.text) === text).length"


_TRIES, _TAKEN_OUT_S = 3, 2.0


async def type_text(stage: Stage, finder: Finder, text: str, key: Key) -> str:
    """Type `text` into an empty field of the record of `key` and return what the field shows when it has come to rest.

    Raises OrderHeld if the field holds anything else than `text` already; TargetNotFound if it takes no input.
    """
    wanted = newlines(text)
    patience = stage.patience()
    begun = stage.window.unsaved
    tries = 0
    while True:
        sight, held = await _at_rest(stage, finder, patience, key, begun)
        if held.strip() and held != wanted:
            raise _holds(finder)
        try:
            if sight.kind == "select":
                await _alone(stage, finder, sight, wanted, patience)
            if held == wanted:
                return held
            stage.window.unsaved = True
            await _type(stage, finder, sight, wanted, patience)
            break
        except Late:
            raise finder.missing(patience, "took no input") from None
        except Passing as gone:  # made anew by its page, or by another that has come: of another record, maybe
            tries += not isinstance(gone, Untaken)
            if tries == _TRIES or patience.over:
                raise finder.missing(patience, "took no input") from None
            await patience.pause()
    shown = await _shown(stage, finder, patience)
    if newlines(shown.raw) != wanted:
        await _take_out(stage, finder, shown, wanted)
    return newlines(shown.raw)


async def still_typed(stage: Stage, typed: Mapping[str, str], key: Key) -> None:
    """Each of these targets shows what was typed into it, on the record of `key`. TypingNotProven where one does not
    any more: another field, a script or a server has changed it since."""
    finders = [stage.finder(name, ("write",)) for name in typed]
    wrong: list[str] = []

    async def agree(sights: list[Sight]) -> bool:
        ours = key.shown(sights[len(finders) :])
        wrong[:] = [
            f.name for f, s in zip(finders, sights[: len(finders)], strict=True) if newlines(s.raw) != typed[f.name]
        ]
        return ours and not wrong

    try:
        await stage.when([*finders, *key.finders], agree, patience=Patience(_AGREE_S))
    except TargetNotFound:
        key.complain()  # a page may show another record by now, and have kept the draft
        names = ", ".join(f"'{stage.name}.{name}'" for name in wrong or typed)
        raise TypingNotProven(
            f"{names} no longer shows what was typed there; nothing was pressed.",
            cure="Which other field, or which template of the page, changes it? Type it last.",
        ) from None


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


async def _alone(stage: Stage, finder: Finder, sight: Sight, text: str, patience: Patience) -> None:
    """TargetAmbiguous where several options of a list bear this text: which of them is meant, nobody can say."""
    field = await own_thing(sight.found, stage.window, patience.milliseconds(), finder.place)
    if await tidy(field.evaluate(_OF_THIS_TEXT, text), stage.name) > 1:
        raise TargetAmbiguous(
            f"Several options of '{finder.screen}.{finder.name}' have the text that is to be chosen.",
            cure="None of them was chosen; a person chooses, or the list is mended.",
            place=finder.place,
        )


async def _type(stage: Stage, finder: Finder, sight: Sight, text: str, patience: Patience) -> None:
    place = stage.name
    field = await own_thing(sight.found, stage.window, patience.milliseconds(), finder.place)
    if sight.kind == "select":
        await tidy(field.select_option(label=text, timeout=patience.milliseconds()), place)
        return
    held = None if finder.target.attribute is not None else sight.raw
    if (now := await type_into(field, held, text, patience, place)) is not None:
        if now.strip() and newlines(now) != text:
            raise _holds(finder)
        raise Passing
    if sight.kind == "completes":
        option = stage.window.page.get_by_role("option", name=text, exact=True).filter(visible=True)
        try:
            chosen = await own_thing(option, stage.window, patience.milliseconds(), finder.place)
            await tidy(chosen.click(timeout=patience.milliseconds(), no_wait_after=True), place)
        except Passing:  # looked at again, the field would show the text, and nothing chosen
            raise Late from None


async def type_into(field: ElementHandle, held: str | None, text: str, patience: Patience, place: str) -> str | None:
    """Exchange what a field holds, if that is `held` (None: whatever it is) once it has the keys. What it holds else is
    returned, and nothing was typed. Raises Untaken, Passing, Late."""
    how, now = await tidy(field.evaluate(script("type"), [held, text]), place)
    if how == "held":
        return str(now)
    if how == "untaken":
        raise Untaken
    if how != "typed":
        await tidy(field.fill(text, timeout=patience.milliseconds()), place)
    return None


async def _take_out(stage: Stage, finder: Finder, shown: Sight, text: str) -> None:
    """Empty a field that shows only a part of the text, or that in other letters: a form that keeps drafts by itself
    keeps no half report. Whatever else stands there may be somebody's, and is left."""
    part = shown.raw.strip().casefold()
    if not part or not text.casefold().startswith(part) or shown.kind == "select":
        return
    with suppress(ApplicationException):  # what cannot be taken out is found by whoever reads it next
        field = await own_thing(shown.found, stage.window, _TAKEN_OUT_S * 1000, finder.place)
        if await type_into(field, shown.raw, "", Patience(_TAKEN_OUT_S), stage.name) is None:
            await tidy(field.evaluate("e => e.blur()"), stage.name)


async def _shown(stage: Stage, finder: Finder, patience: Patience) -> Sight:
    """What the field shows after the focus has left it, once it holds still and the page asks its server nothing more:
    what comes back may be another text."""
    asked: list[int | None] = [None]

    async def answered(_: list[Sight]) -> bool:
        asked.append(None if stage.window.busy else stage.window.asked)
        return asked[-1] is not None and asked[-1] == asked[-2]

    (sight,) = await stage.when([finder], answered, patience=patience, still=True, leave=True)
    return sight


def _holds(finder: Finder) -> OrderHeld:
    return OrderHeld(
        f"'{finder.screen}.{finder.name}' holds text already; nothing was typed over it.", place=finder.place
    )
