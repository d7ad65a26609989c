"""A hospital that takes no time: what is left is the engine. One record in memory, two kinds of step."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from robot_library.engine.ports import Assembly
from robot_library.interfaces import Action, Context, Driver, Guard, Proof, Protection, ScreenSession, Steps, View
from robot_library.model.bot import App, BotSpec
from robot_library.model.diagnostic import Place
from robot_library.model.person import Identity, PatientId
from robot_library.model.screen import Locator, Screen, ScreenMap
from robot_library.model.workflow import Declared, Step, Workflow
from robot_library.parsing.expressions import compile_expression
from robot_library.safeguards.acceptance import AcceptanceGuard
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson

BOT = "bench"
PLACE = Place(file="bench.yaml")
_PERSON = Identity(source="screen", system="bench", ids=(PatientId(value="P1"),))
_MAP = ScreenMap(system="bench", screens={"result": Screen(seen_by=(Locator(text="x"),))})


class Rest(Action):
    """Waits, as for a screen."""

    key = "rest"
    effect = "read"
    seconds: float

    async def run(self, ctx: Context) -> None:
        await asyncio.sleep(self.seconds)


class SignIn(Action):
    """Binds the session."""

    key = "sign_in"
    effect = "session"

    async def run(self, ctx: Context) -> None:
        ctx.bind_session("ehr", None)


class Protect(Action):
    """Whose record the steps inside may write to."""

    key = "protect"
    effect = "block"
    steps: Steps

    async def run(self, ctx: Context) -> None:
        await (await ctx.session("ehr")).open("result", {})
        with ctx.protecting(Protection("ehr", "result", (_PERSON,))):
            await ctx.run_steps(self.steps, segment="steps")


class Press(Action):
    """Something final."""

    key = "press"
    effect = "commit"
    once_per: str

    async def run(self, ctx: Context) -> None:
        view = (await ctx.session("ehr")).view
        assert view is not None
        proof = {"text": self.once_per}
        await ctx.commit_once(self.once_per, proof, lambda p: Press.prove(ctx, p), lambda: view.press_commit("save"))

    @staticmethod
    async def prove(ctx: Context, proof: Mapping[str, Any]) -> Proof:
        view = (await ctx.session("ehr")).view
        assert view is not None
        shown = await view.read(["saves"])
        return "found" if int(shown["saves"]) > int(proof["text"].rpartition(" ")[2]) else "absent"


class _Session:
    """Signed in; one view, which counts how often it was pressed."""

    def __init__(self, role: str) -> None:
        self.role, self.map, self.view = role, _MAP, cast("View | None", None)
        self.screen, self.where, self.saves = "result", dict[str, str](), 0

    async def open(self, screen: str, where: Mapping[str, str], *, fresh: bool = False) -> Any:
        self.view = cast(View, self)
        return self

    async def read(self, targets: Sequence[str]) -> dict[str, str]:
        return {"saves": str(self.saves)}

    async def press_commit(self, target: str) -> None:
        self.saves += 1

    async def close(self) -> None:
        """Nothing is held."""

    def drift(self) -> list[str]:
        return []


class _Driver:
    async def session(self, role: str, *_: Any) -> ScreenSession:
        return cast(ScreenSession, _Session(role))

    async def leave(self, *_: Any) -> None:
        """Nothing is held."""

    async def close(self) -> None:
        """Nothing is held."""


class _Guard:
    async def before_write(self, *_: Any) -> list[str]:
        return ["the same person"]


def assembly(folder: Path, key: SiteKey, steps: tuple[Step, ...], *, seats: int = 1) -> Assembly:
    """A bot of these steps, with so many accounts."""
    more = tuple(f"account-{number}" for number in range(2, seats + 1))
    app = App(map="bench", url="http://bench", credential="account-1", seats=more)
    flow = Workflow(
        name=BOT,
        about="",
        screens=("ehr",),
        item={"order": Declared(type="text")},
        steps=steps,
        place=PLACE,
        sha256="b",
    )
    nothing: Any = None
    return Assembly(
        bot=BotSpec(bot=BOT, about="", workflow=BOT, apps={"ehr": app}), workflow=flow,
        actions={kind.key: kind for kind in (Rest, SignIn, Protect, Press)}, driver=cast(Driver, _Driver()),
        skills=nothing, reports=nothing, guard=cast(Guard, _Guard()), acceptance=AcceptanceGuard(SealedJson(key).mac),
        blobs=FileBlobs(folder / "blobs", key), maps={"bench": _MAP},
    )  # fmt: skip


def step(path: str, action: str, **params: Any) -> Step:
    """A step; a text that begins with `=` is an expression."""
    read = {
        name: compile_expression(value, PLACE) if isinstance(value, str) and value.startswith("=") else value
        for name, value in params.items()
    }
    return Step(action=action, params=read, path=path, place=PLACE)
