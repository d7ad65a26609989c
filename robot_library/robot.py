"""wetread as a Robot Framework library: `Library    robot_library.robot    project=…    home=…`.

A suite puts items into a bot's queue, lets the bot run until each is done or waits for a person, and says what should
have become of them. Robot Framework itself is not imported here: it imports this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from robot_library.parsing.library import Library

T = TypeVar("T")


class Wetread:
    """Runs wetread's bots from Robot Framework.

    `project` is the folder with bots/ and workflows/, `home` the one where queue, journal and evidence are kept,
    encrypted. Keywords are those of the command line: what one has begun, the other goes on with. Robot writes the
    arguments of every keyword into its log: give items by keys that are no patient's, or keep the log as a record.
    """

    ROBOT_LIBRARY_SCOPE = "SUITE"
    ROBOT_LIBRARY_DOC_FORMAT = "TEXT"

    def __init__(self, project: str | None = None, home: str = ".wetread") -> None:
        self._project = Path(project) if project is not None else None
        self._home = Path(home)

    # ---- keywords ----

    def check_bot(self, bot: str) -> None:
        """Fails with every mistake in a bot and in all it is made of."""
        from robot_library.errors import AuthoringError
        from robot_library.lint import check_bot

        if errors := [one for one in check_bot(self._library(), bot) if one.severity == "error"]:
            raise AuthoringError(errors)

    def add_work_item(self, bot: str, key: str | None = None, **inputs: str) -> str:
        """Puts an item into a bot's queue and gives its id; "" if an item of this key is known already.

        `inputs` are those of the bot's workflow. `key` tells items apart; left out, the inputs do together.
        """
        return _wait(self._add(bot, key, {name: str(value) for name, value in inputs.items()}))

    def run_bot(self, bot: str, collect: bool = True) -> list[dict[str, str]]:
        """Runs a bot until every item is done or waits for a person.

        Gives what became of each: item, outcome, code, reason. `collect`: first fill the queue as its workflow says.
        """
        return _wait(self._run(bot, collect))

    def item_outcome(self, item: str) -> str:
        """What became of an item: typed, needs_person, refused, already_reported or shadow; "" if it is not done."""
        return _wait(self._view(item))["outcome"]

    def item_state(self, item: str) -> str:
        """Where an item stands: new, in_progress, waiting_for_person, done and so on."""
        return _wait(self._view(item))["state"]

    def item_should_have_ended_as(self, item: str, outcome: str) -> None:
        """Fails unless an item has ended this way; says how it ended instead, and why."""
        found = _wait(self._view(item))
        if found["outcome"] != outcome:
            instead = found["outcome"] or f"not at all ({found['state']})"
            raise AssertionError(f"the item ended {instead}, not {outcome}. {found['reason']}".strip())

    def answer_item(
        self,
        item: str,
        verdict: Literal["accept", "correct", "reject"],
        who: str,
        decision: Literal["positive", "negative"] | None = None,
        note: str = "",
    ) -> None:
        """Answers an item that waits for a person; the bot goes on with it when it runs next."""
        from robot_library.interfaces import PersonAnswer

        answer = PersonAnswer(verdict=verdict, who=who, decision=decision, note=note)
        if not _wait(self._answer(item, answer)):
            raise AssertionError("the item does not wait for an answer.")

    # ---- behind them ----

    def _library(self) -> Library:
        from robot_library.parsing.library import Library

        return Library.find(self._project, to_run=True)

    async def _add(self, bot: str, key: str | None, inputs: Mapping[str, str]) -> str:
        from robot_library.cli.site import make_desk, open_key
        from robot_library.safeguards.blobs import FileBlobs
        from robot_library.safeguards.sealed import SealedJson
        from robot_library.unattended.intake import Intake

        library, site_key = self._library(), open_key(self._home, create=True)
        spec = library.bot(bot)
        workflow = library.workflow(spec.workflow)
        async with make_desk(self._home, site_key) as desk:
            blobs, sealer = FileBlobs(self._home / "blobs", site_key), SealedJson(site_key)
            Intake(desk, spec, workflow, self._home, blobs, sealer).check(inputs)
            item = await desk.add(bot, inputs, key or _together(inputs))
        return item.id if item is not None else ""

    async def _run(self, bot: str, collect: bool) -> list[dict[str, str]]:
        from robot_library.bot import assemble
        from robot_library.cli.site import open_key, running

        library, site_key = self._library(), open_key(self._home, create=True)
        assembly = assemble(bot, library, self._home, site_key)
        async with running(self._home, site_key, assembly, library.site()) as engine:
            before = {view.item.id for view in await engine.items(bot) if view.outcome}
            if collect and assembly.workflow.collect is not None:
                await engine.collect(bot)
            await engine.run_until_idle()
            runs = [record for record in await engine.runs(bot) if record.item not in before]
        return [{"item": run.item, "outcome": run.outcome, "code": run.code, "reason": run.reason} for run in runs]

    async def _view(self, item: str) -> dict[str, str]:
        from robot_library.cli.site import reading

        async with reading(self._home) as engine:
            view = await engine.item(item)
        return {"outcome": view.outcome or "", "state": str(view.item.state), "reason": view.reason or ""}

    async def _answer(self, item: str, answer: Any) -> bool:
        from robot_library.cli.site import open_desk

        async with open_desk(self._home) as desk:
            return await desk.answer(item, answer)


def _wait(work: Coroutine[Any, Any, T]) -> T:
    """Robot keeps what is logged and warned of while a keyword runs, by whatever library, in a file of its own."""
    from robot_library.unattended.logs import withheld

    with withheld():
        return asyncio.run(work)


def _together(inputs: Mapping[str, str]) -> str:
    return "|".join(f"{name}={value}" for name, value in sorted(inputs.items()))


robot = Wetread
"""Robot Framework looks for a class of the module's name."""
