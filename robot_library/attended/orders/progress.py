"""How far an order is: the steps its bot takes, in plain words, the one at hand, and the time it will still take."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from robot_library.attended.orders.proofs import Said, failed, said
from robot_library.attended.startable import Startable
from robot_library.engine.fleet.pulse import AtHand
from robot_library.engine.records.board import Listed
from robot_library.engine.records.figures import Spent
from robot_library.model.run import StepRecord
from robot_library.model.workflow import Step
from robot_library.parsing.workflows import every_step
from robot_library.web.words import Words

State = Literal["done", "now", "waits", "failed", "passed", "to_come"]
_WEEK = 7 * 86400.0


@dataclass(frozen=True)
class Line:
    """One step as a person reads it. `proven` is what was found to be so, `wrong` why it failed, in plain words."""

    path: str
    text: str
    state: State
    proven: tuple[Said, ...] = ()
    wrong: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Progress:
    """All steps, how many are done, and seconds still to go; None if nobody can say."""

    lines: tuple[Line, ...]
    done: int
    left: float | None


def progress(
    bot: Startable | None, item: Listed, records: Sequence[StepRecord], at: AtHand | None, spent: Sequence[Spent],
    words: Words,
) -> Progress:  # fmt: skip
    """What is known of an order. Of a bot whose files have changed since, or are not here, only what has happened."""
    last = {record.path: record for record in records}
    if bot is None or item.workflow not in ("-", bot.workflow.sha256):
        lines = [_told(record, words) for record in last.values() if "." not in record.path]
        return Progress(tuple(lines), sum(line.state == "done" for line in lines), None)
    steps = bot.workflow.steps
    here = at.path.split(".")[0] if at is not None and item.state == "in_progress" else ""
    lines = [_line(step, last.get(step.path), here, item, words) for step in steps]
    left = _left(steps, lines, at, spent) if item.state in ("new", "in_progress") else None
    return Progress(tuple(lines), sum(line.state in ("done", "passed") for line in lines), left)


def _line(step: Step, record: StepRecord | None, here: str, item: Listed, words: Words) -> Line:
    text = in_words(_kind(step), step.params, words)
    if step.path == here:
        return Line(step.path, text, "now")
    if record is None:
        return Line(step.path, text, "to_come")
    if record.outcome == "skipped" and item.state == "waiting_for_person":
        return Line(step.path, text, "waits")
    state: State = "failed" if record.outcome == "failed" else "to_come" if record.outcome == "skipped" else "done"
    wrong = failed(record.error, words) if state == "failed" else ()
    return Line(step.path, text, state, _proven(record, words), wrong)


def _told(record: StepRecord, words: Words) -> Line:
    state: State = "failed" if record.outcome == "failed" else "done"
    wrong = failed(record.error, words) if state == "failed" else ()
    return Line(record.path, in_words(record.action, {}, words), state, _proven(record, words), wrong)


def _proven(record: StepRecord, words: Words) -> tuple[Said, ...]:
    """Each once: what was asked twice is proven no better."""
    return tuple(dict.fromkeys(said(line, words) for line in record.verified))


def _kind(step: Step) -> str:
    """The action; `protect_attach` of a protected block that types nothing and only attaches a picture."""
    within = {one.action for one in every_step((step,))} if step.action == "protect" else set()
    return "protect_attach" if "attach" in within and "fill" not in within else step.action


def in_words(action: str, params: Mapping[str, Any], words: Words) -> str:
    """A step as a person says it: signs in to EHR. Names of systems and screens, never a value."""
    name = f"step.{action}"
    if name not in words:
        return action.replace("_", " ")
    return words(name, system=_system(params) or words("step.the_system"))


def _system(params: Mapping[str, Any]) -> str:
    """The role a step works on, in capitals: ehr.order → EHR."""
    for value in _texts(params):
        role = value.partition(".")[0]
        if role and role.isidentifier() and role.islower():
            return role.upper() if len(role) <= 4 else role.capitalize()
    return ""


def _texts(params: Mapping[str, Any]) -> Iterator[str]:
    for name in ("role", "app", "screen", "from", "target", "table"):
        if isinstance(value := params.get(name), str):
            yield value
    patient = params.get("patient")
    if isinstance(patient, Mapping) and isinstance(screen := patient.get("screen"), str):
        yield screen


def _left(steps: Sequence[Step], lines: Sequence[Line], at: AtHand | None, spent: Sequence[Spent]) -> float | None:
    """Seconds for what is still to come, by what each kind of step took in the last week."""
    mean = {one.action: one.mean for one in spent}
    if not mean:
        return None
    seconds = 0.0
    for step, line in zip(steps, lines, strict=True):
        if line.state in ("to_come", "now"):
            took = sum(mean.get(one.action, 0.0) for one in every_step((step,)))
            gone = time.time() - at.since if line.state == "now" and at is not None else 0.0
            seconds += max(0.0, took - gone)
    return seconds


def since_when() -> float:
    """From when on times count."""
    return time.time() - _WEEK
