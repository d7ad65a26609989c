"""Goes through a bot's workflow step by step at a terminal: what comes next, look, edit the file, go on from there."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from robot_library.errors import LineHeld, RunCancelled, WetreadError

if TYPE_CHECKING:
    from robot_library.engine.engine import Engine
    from robot_library.engine.ports import Assembly, Event, StepAhead

_WORDS = {
    "session": "signs in", "read": "only looks", "compute": "works something out; touches no screen",
    "write": "types; nothing is saved by it", "commit": "PRESSES FOR GOOD", "file": "writes files",
    "once": "does what happens once", "wait": "may wait for a person", "block": "holds other steps",
}  # fmt: skip
_SHORT = "Enter: do it · c: on to the next break · l: look · r: go on with the edited file · q: stop · ?: help"
_HELP = """\
Enter    do this step, and stop before the next
c        go on to the next break, or to the end
l        what earlier steps have given: names and fields, every value hidden
b STEP   stop before this step as well: its path (9.steps.2), its action (save) or its name (its `as`)
r        you have edited the files: go on from here with them. What is done must be unchanged; the part that is under
         way is done again in a fresh session, without asking, up to this step
q        stop (so does Ctrl-C). Nothing is saved by it, nothing is lost: the item goes on where it was"""
Ask = Callable[[], Awaitable[str]]


class Stepper:
    """Asked before each step. `again` reads the files anew; `ask` gives what is typed ("q" at the end of it)."""

    def __init__(
        self, assembly: Assembly, again: Callable[[], Assembly], *, each: bool, breaks: set[str],
        ask: Ask | None = None, say: Callable[[str], None] = click.echo,
    ) -> None:  # fmt: skip
        self.assembly, self._again, self._each, self._breaks = assembly, again, each, breaks
        self._ask, self._say = ask or Lines().next, say
        self._one = asyncio.Lock()
        self._passed: dict[str, set[str]] = {}
        self._catching_up: set[str] = set()
        self._stopped = asyncio.Event()
        self._engine: Engine | None = None

    async def run(self, engine: Engine) -> None:
        """Until every item has ended or waits for a person. RunCancelled where whoever types wants to stop."""
        self._engine, engine.ahead = engine, self.ahead
        work = asyncio.create_task(engine.run_until_idle(self._tell))
        stop = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
        if self._stopped.is_set():
            raise RunCancelled
        await work

    async def ahead(self, ahead: StepAhead) -> None:
        """Engine's `ahead`: one question at a time, whatever is under way beside."""
        async with self._one:
            if self._stopped.is_set():
                raise RunCancelled
            if not self._passes(ahead):
                await self._asked(ahead)
            self._passed.setdefault(ahead.item, set()).add(ahead.path)

    def _passes(self, ahead: StepAhead) -> bool:
        """Whether nobody is asked: what was passed before the files were read again, and what lies before a break."""
        if ahead.item in self._catching_up:
            if ahead.path in self._passed.get(ahead.item, ()):
                return True
            self._catching_up.discard(ahead.item)
            return False
        return not self._each and not self._breaks & set(names_of(ahead.step, ahead.path))

    async def _asked(self, ahead: StepAhead) -> None:
        for line in self._told(ahead):
            self._say(line)
        while True:
            word, _, rest = (await self._ask()).strip().partition(" ")
            match word:
                case "":
                    self._each = True
                    return
                case "c":
                    self._each = False
                    return
                case "l":
                    self._say("\n".join(shown(ahead.names)))
                case "b":
                    self._break(rest.strip())
                case "r":
                    await self._go_on_with_files(ahead)
                case "q":
                    self._stopped.set()
                    raise RunCancelled
                case _:
                    self._say(_HELP)

    def _told(self, ahead: StepAhead) -> Iterator[str]:
        from robot_library.lint.params import leaves

        action = self.assembly.actions[ahead.step.action]
        effect = action.effect_of(ahead.step.params)
        yield f"\n{ahead.path}  {ahead.step.action}: {_WORDS[effect]}   ({ahead.step.place})"
        named = [
            f"{leaf.ref} {leaf.value}"
            for leaf in leaves(ahead.step, action)
            if leaf.ref in ("screen", "target", "table")
        ]
        if named:
            yield f"   {', '.join(dict.fromkeys(named))}"
        yield f"   {_SHORT}"

    def _break(self, name: str) -> None:
        try:
            self._breaks |= known_breaks(self.assembly, (name,))
        except click.UsageError as wrong:
            self._say(wrong.message)
        else:
            self._say(f"It will stop before {name}, too.")

    async def _go_on_with_files(self, ahead: StepAhead) -> None:
        """Raises LineHeld, which has the item go on with the files as they are now; returns if it may not."""
        from robot_library.engine.people.pauses import PAUSED
        from robot_library.engine.run.unchanged import changed_before

        assert self._engine is not None
        try:
            new = await asyncio.to_thread(self._again)
        except WetreadError as wrong:
            self._say(f"{wrong}\nMend it, then `r` again.")
            return
        if new.version == self.assembly.version:
            self._say("The files are as they were.")
            return
        if why := changed_before(self.assembly, new, ahead):
            short = ahead.item[:10]
            self._say(
                f"Not from here: {why}, and this item has done it. Undo that change and `r` again; or stop (q)\n"
                f"and begin the item anew: wetread queue cancel {short}, wetread queue retry {short}."
            )
            return
        self.assembly = new
        self._engine.exchange(new)
        self._catching_up.add(ahead.item)
        self._say("The files are read again; the steps of this part before this one are done again.")
        raise LineHeld(PAUSED, "its author has changed the workflow", scope=f"item:{ahead.item}")

    def _tell(self, event: Event) -> None:
        if event.moment == "item":
            self._say(f"\n{event.item[:10]}: {event.outcome} {event.code}".rstrip())
        elif event.moment == "step_done" and event.outcome == "failed":
            self._say(f"{event.path}  {event.title}: FAILED")


class Lines:
    """What is typed, line by line. Read beside the loop, so that Ctrl-C is heard while nobody types."""

    def __init__(self) -> None:
        self._left = b""

    async def next(self) -> str:
        """The next line; "q" where nothing more can come."""
        loop = asyncio.get_running_loop()
        while b"\n" not in self._left:
            click.echo("> ", nl=False)
            come: asyncio.Future[bytes] = loop.create_future()
            threading.Thread(target=_read, args=(loop, come), daemon=True).start()
            if not (data := await come):
                return "q"
            self._left += data
        line, _, self._left = self._left.partition(b"\n")
        return line.decode(sys.stdin.encoding or "utf-8", "replace")


def _read(loop: asyncio.AbstractEventLoop, come: asyncio.Future[bytes]) -> None:
    try:
        data = os.read(sys.stdin.fileno(), 4096)  # no lock of Python's own: the process can end while this waits
    except (OSError, ValueError):
        data = b""

    def tell() -> None:
        if not come.done():
            come.set_result(data)

    if not loop.is_closed():
        loop.call_soon_threadsafe(tell)


def names_of(step: Any, path: str) -> tuple[str, ...]:
    """By what a break names a step."""
    return tuple(name for name in (path, step.path, step.action, step.bind) if name)


def known_breaks(assembly: Assembly, names: tuple[str, ...]) -> set[str]:
    """The names, if each is a step's. UsageError with the nearest otherwise."""
    from robot_library.parsing.problems import did_you_mean
    from robot_library.parsing.workflows import every_step

    flows = (assembly.workflow, *assembly.workflows.values())
    known = {name for flow in flows for step in every_step(flow.steps) for name in names_of(step, step.path)}
    for name in names:
        if name not in known:
            raise click.UsageError(f"no step is called {name!r}. {did_you_mean(name, known)}")
    return set(names)


def shown(names: Mapping[str, Any]) -> list[str]:
    """What steps have given: names and what they hold, never a value."""
    from robot_library.model.record import Record

    lines = []
    for name, value in sorted(names.items()):
        if name == "site":
            continue
        members = value.fields if isinstance(value, Record) else value if isinstance(value, Mapping) else None
        if members is not None:
            inside = ", ".join(
                f"{key} {'•••' if str(member).strip() else '(empty)'}" for key, member in members.items()
            )
            lines.append(f"   {name}: {inside}")
        elif isinstance(value, list | tuple):
            lines.append(f"   {name}: {len(value)} of them")
        else:
            lines.append(f"   {name}: a {type(value).__name__.lower()}")
    return lines or ["   nothing yet"]
