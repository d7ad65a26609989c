"""What a person has left in a form that was lent to them: letter by letter, once it holds still."""

from __future__ import annotations

from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.shown import newlines
from robot_library.errors import ScreenNotReached


async def held_now(stage: Stage) -> dict[str, str]:
    """Each `write` target's text, seen twice alike, the focus taken from it; what is not there is left out.
    ScreenNotReached where it goes on changing."""
    writes = {name: target for name, target in stage.screen.targets.items() if target.use == "write"}
    patience, last = stage.patience(), None
    while True:
        held: dict[str, str] = {}

        async def read(_: object, into: dict[str, str] = held) -> bool:
            into.clear()
            for name in writes:
                if (sight := await stage.finder(name).look(leave=True)) is not None:
                    into[name] = newlines(sight.raw)
            return True

        await stage.when([], read, patience=patience, frames=[target.frame for target in writes.values()])
        if held == last:
            return held
        if patience.over:
            raise ScreenNotReached(f"What stands in '{stage.name}' keeps changing.", cure="Wait, then say done again.")
        last = held
        await patience.pause()
