"""A credential is typed in the same moment in which it is looked at whose form it is, or not at all."""

from __future__ import annotations

from playwright.async_api import ElementHandle

from robot_library.drivers.browser.find import Sight
from robot_library.drivers.browser.own_site import origin_of
from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.errors import SignInFailed

_PLACE = "signing in"


async def own_field(sight: Sight, ours: str, milliseconds: float) -> ElementHandle:
    """The field, whose page and form belong to `ours`, an origin. Raises SignInFailed: it belongs to another site, or
    went away.

    The browser is asked for the addresses of the field's frame and of all around it: what a page says of itself may be
    a lie, and what is handed to its scripts is theirs. The field stays that of its page: should another page come up,
    there is nothing left to type into.
    """
    try:
        field = await tidy(sight.found.element_handle(timeout=milliseconds), _PLACE)
        frame = await tidy(field.owner_frame(), _PLACE)
    except (Late, Passing):
        raise _gone() from None
    if frame is None:
        raise _gone()
    while frame is not None:
        if origin_of(frame.url) != ours:
            raise _elsewhere("typed")
        frame = frame.parent_frame
    await _ask(field, ours, None, "typed")
    return field


async def type_own(field: ElementHandle, ours: str, text: str) -> None:
    """Type into it, if it still is of `ours` in that very moment. Raises SignInFailed, too, where it takes no input."""
    await _ask(field, ours, text, "typed")


async def check_own(field: ElementHandle, ours: str) -> None:
    """What was typed would still go to `ours`; SignInFailed."""
    await _ask(field, ours, None, "sent")


async def _ask(field: ElementHandle, ours: str, text: str | None, what: str) -> None:
    try:
        said = await tidy(field.evaluate(script("own_form"), [ours, text]), _PLACE)
    except (Late, Passing):
        raise _gone() from None
    if said == "elsewhere":
        raise _elsewhere(what)
    if said != "own":
        raise SignInFailed("The sign-in form could not be typed into.")


def _elsewhere(what: str) -> SignInFailed:
    return SignInFailed(
        f"The sign-in form does not belong to the site of this credential; nothing was {what}.",
        cure="Is the app's 'url' right? Somebody may be imitating the system.",
    )


def _gone() -> SignInFailed:
    return SignInFailed("The sign-in form went away.", cure="It is tried again.")
