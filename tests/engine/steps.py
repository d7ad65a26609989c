"""Actions for the tiny hospital: one of each effect, as small as they can be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from robot_library.errors import ApplicationException, NeedsPerson
from robot_library.interfaces import Action, Context, Proof, Protection, Steps, WaitForPerson, WorkflowRef
from robot_library.model.diagnostic import Place
from robot_library.model.finding import Accepted, Finding
from robot_library.model.record import Record
from robot_library.model.workflow import Declared, Step, Workflow
from robot_library.parsing.expressions import compile_expression
from tests.engine.world import person

PLACE = Place(file="tiny.yaml")


class SignIn(Action):
    key = "sign_in"
    effect = "session"
    app: str = "ehr"

    async def run(self, ctx: Context) -> None:
        ctx.bind_session(self.app, None)


class Open(Action):
    key = "open"
    effect = "read"
    screen: str = "result"
    order: str

    async def run(self, ctx: Context) -> None:
        await (await ctx.session("ehr")).open(self.screen, {"order": self.order})


class Read(Action):
    key = "read"
    effect = "read"
    fields: list[str]

    async def run(self, ctx: Context) -> Record:
        view = (await ctx.session("ehr")).view
        assert view is not None
        fields = await view.read(self.fields)
        return Record(source="screen", fields=fields, identity=person(fields["patient"]))


class ReadTable(Action):
    key = "read_table"
    effect = "read"

    async def run(self, ctx: Context) -> list[Record]:
        view = await (await ctx.session("ehr")).open("order", {"order": ""}, fresh=True)
        return [Record(source="screen", fields=row) for row in await view.read_table("orders")]


class Compute(Action):
    key = "compute"
    effect = "compute"
    value: Any
    made: ClassVar[int] = 0

    async def run(self, ctx: Context) -> Any:
        type(self).made += 1
        return self.value


class RunSkill(Action):
    key = "run_skill"
    effect = "compute"

    async def run(self, ctx: Context) -> Any:
        return await ctx.skills.run("tiny", None)  # type: ignore[arg-type]


class Accept(Action):
    key = "accept"
    effect = "wait"
    finding: Finding
    wait_s: float = 3600.0

    async def run(self, ctx: Context) -> Accepted:
        if accepted := ctx.acceptance.by_operating_point(self.finding):
            return accepted
        answer = await ctx.answer()
        if answer is None:
            raise WaitForPerson("radiologist", "the reading is uncertain", "Uncertain", self.wait_s)
        return ctx.acceptance.by_person(self.finding, answer)


class Protect(Action):
    key = "protect"
    effect = "block"
    patient: str
    steps: Steps

    async def run(self, ctx: Context) -> None:
        with ctx.protecting(Protection("ehr", "result", (person(self.patient),))):
            await ctx.run_steps(self.steps, segment="steps")


class Fill(Action):
    key = "fill"
    effect = "write"
    text: str

    async def run(self, ctx: Context) -> None:
        view = (await ctx.session("ehr")).view
        assert view is not None
        assert await view.fill("report", self.text) == self.text


class Save(Action):
    key = "save"
    effect = "commit"
    target: str = "ehr.result.save"
    once_per: str
    order: str
    text: str

    async def run(self, ctx: Context) -> None:
        view = (await ctx.session("ehr")).view
        assert view is not None
        proof = {"order": self.order, "text": self.text}
        await ctx.commit_once(
            self.once_per, proof, lambda wanted: Save.prove(ctx, wanted), lambda: view.press_commit("save")
        )

    @staticmethod
    async def prove(ctx: Context, proof: Mapping[str, Any]) -> Proof:
        try:
            view = await (await ctx.session("ehr")).open("result", {"order": proof["order"]}, fresh=True)
        except ApplicationException:
            return "unknown"
        shown = await view.read(["report"])
        return "found" if shown["report"] == proof["text"] else "absent"


class When(Action):
    key = "when"
    effect = "block"
    condition: bool
    steps: Steps

    async def run(self, ctx: Context) -> None:
        if self.condition:
            await ctx.run_steps(self.steps, segment="steps")


class Repeat(Action):
    key = "retry"
    effect = "block"
    times: int = 3
    steps: Steps

    async def run(self, ctx: Context) -> None:
        for attempt in range(1, self.times + 1):
            try:
                await ctx.run_steps(self.steps, segment=f"try{attempt}.steps")
                return
            except ApplicationException:
                if attempt == self.times:
                    raise


class ForEach(Action):
    key = "for_each"
    effect = "block"
    name: str
    members: list[Any]
    steps: Steps

    async def run(self, ctx: Context) -> None:
        for index, member in enumerate(self.members, 1):
            await ctx.run_steps(self.steps, segment=f"[{index}].steps", names={self.name: member})


class Call(Action):
    key = "call"
    effect = "block"
    workflow: WorkflowRef
    inputs: dict[str, Any] = {}

    async def run(self, ctx: Context) -> dict[str, Any]:
        return await ctx.run_workflow(self.workflow, self.inputs)


class Noop(Action):
    key = "noop"
    effect = "read"

    async def run(self, ctx: Context) -> None:
        """Nothing."""


class Stop(Action):
    key = "stop"
    effect = "read"
    reason: str

    async def run(self, ctx: Context) -> None:
        raise NeedsPerson(self.reason)


class Boom(Action):
    """Fails in a way nobody planned."""

    key = "boom"
    effect = "read"
    secret: str = ""

    async def run(self, ctx: Context) -> None:
        raise ValueError(self.secret)


class Pause(Action):
    key = "pause"
    effect = "read"
    seconds: float

    async def run(self, ctx: Context) -> None:
        await asyncio.sleep(self.seconds)


ACTIONS: dict[str, type[Action]] = {
    cls.key: cls
    for cls in (
        SignIn, Open, Read, ReadTable, Compute, RunSkill, Accept, Protect, Fill, Save, When, Repeat, ForEach, Call,
        Noop, Stop, Boom, Pause,
    )
}  # fmt: skip


def tree(value: Any, path: str = "") -> Any:
    """Text that begins with '=' becomes an expression, a list of steps becomes steps with paths."""
    if isinstance(value, str) and value.startswith("="):
        return compile_expression(value, PLACE)
    if isinstance(value, dict):
        return {key: tree(member, f"{path}.{key}" if path else key) for key, member in value.items()}
    if isinstance(value, list) and value and all(isinstance(member, tuple) for member in value):
        return steps(value, path)
    return [tree(member, path) for member in value] if isinstance(value, list) else value


def steps(written: list[tuple[Any, ...]], path: str = "") -> tuple[Step, ...]:
    """("read", {"fields": […]}, "name") → a step; the name may be left out."""
    made = []
    for number, (action, params, *bind) in enumerate(written, 1):
        own = f"{path}.{number}" if path else str(number)
        made.append(
            Step(action=action, params=tree(params, own), path=own, place=PLACE, bind=bind[0] if bind else None)
        )
    return tuple(made)


def workflow(written: list[tuple[Any, ...]], *, name: str = "tiny", outputs: Any = None, **inputs: str) -> Workflow:
    """A workflow of the tiny hospital."""
    item = {key: Declared(type="text", about=about) for key, about in (inputs or {"order": ""}).items()}
    return Workflow(
        name=name, about="", screens=("ehr",), item=item, outputs=tree(outputs or {}), steps=steps(written),
        place=PLACE, sha256=f"sha-{name}",
    )  # fmt: skip


PREREAD: list[tuple[Any, ...]] = [
    ("sign_in", {}),
    ("open", {"screen": "order", "order": "=item.order"}),
    ("read", {"fields": ["order", "patient"]}, "order"),
    ("run_skill", {}, "reading"),
    ("accept", {"finding": "=reading"}, "accepted"),
    ("compute", {"value": "=accepted.decision"}, "text"),
    (
        "protect",
        {
            "patient": "=order.patient",
            "steps": [
                ("open", {"order": "=item.order"}),
                ("fill", {"text": "=text"}),
                ("save", {"once_per": "=item.order", "order": "=item.order", "text": "=text"}),
            ],
        },
    ),
]
"""The main job in small: look, read, accept, type, save once."""
