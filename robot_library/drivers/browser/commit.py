"""Pressing what makes something final: once, or not at all."""

from __future__ import annotations

from collections.abc import Mapping

from robot_library.drivers.browser.find import Finder
from robot_library.drivers.browser.stage import Key, SignedOut, Stage
from robot_library.drivers.browser.tidy import Detached, Late, Passing, tidy
from robot_library.drivers.browser.type_text import still_typed
from robot_library.drivers.patience import Patience
from robot_library.errors import ApplicationException, DriverLost, SawTooLongAgo, ScreenNotReached

_QUIET_LOOKS = 3


async def press_once(stage: Stage, finder: Finder, key: Key, typed: Mapping[str, str]) -> None:
    """Make sure that the press can succeed on the record of `key`, press, and wait for the answer. The press itself is
    never repeated. SawTooLongAgo where the button took no press for too long, TypingNotProven where a target of `typed`
    no longer shows what was typed there: nothing was pressed."""
    beginning = stage.patience()
    unknown = DriverLost(
        f"Nobody knows whether '{finder.screen}.{finder.name}' was pressed.", cure="The proof is looked for."
    )
    while True:
        button = await stage.press(finder, trial=True, key=key)
        if typed:
            await still_typed(stage, typed, key)
        if beginning.spent > SawTooLongAgo.AFTER:  # time enough for a person to sign
            raise SawTooLongAgo(
                f"'{finder.screen}.{finder.name}' took no press for {beginning.spent:.0f} s.",
                cure="Nothing was pressed. Look what lies over it, or keeps it from being enabled.",
            )
        stage.window.confirm = finder.target.confirm
        patience = stage.patience()
        try:
            await tidy(button.click(timeout=patience.milliseconds(), no_wait_after=True), finder.place)
            break
        except Detached:  # not pressed: its page has made it anew, or another page has come, of another record maybe
            if beginning.over:
                raise finder.missing(beginning, "went away before it was pressed") from None
        except (Late, Passing, ApplicationException):
            raise unknown from None
    await answered(stage, patience)


async def answered(stage: Stage, patience: Patience) -> None:
    """Wait until no request is on its way over several looks.

    Raises SignedOut if the answer was the sign-in, and what has come up instead, if the map knows it.
    """
    quiet = 0
    while quiet < _QUIET_LOOKS:
        await patience.pause()
        stage.window.check(stage.name)
        quiet = 0 if stage.window.busy else quiet + 1
        if patience.over:
            raise ScreenNotReached(
                f"The page gave no answer within {patience.spent:.0f} s.", cure="The proof is looked for."
            )
    if await stage.eye.signed_out():
        raise SignedOut
    await stage.eye.instead()
