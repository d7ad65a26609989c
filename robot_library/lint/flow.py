"""Follows names and their types through a workflow, in the order it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from robot_library.lint.infer import infer, suits
from robot_library.lint.known import ANY, TEXT, Known, data, of_kinds
from robot_library.lint.meant import meant
from robot_library.lint.params import leaves, place_of
from robot_library.lint.subject import Section, Spot, Subject, nested_blocks
from robot_library.lint.taint import given_by, is_phi, of_input
from robot_library.model.bot import BotSpec
from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.model.screen import ScreenMap
from robot_library.model.workflow import Step, Workflow
from robot_library.parsing.expressions import Expression
from robot_library.parsing.expressions.tree import Name
from robot_library.parsing.gaps import Gaps
from robot_library.parsing.kinds import any_of
from robot_library.parsing.library import Library
from robot_library.parsing.problems import Problems, did_you_mean
from robot_library.parsing.workflows import every_step


def lay_out(
    workflow: Workflow, library: Library, maps: Mapping[str, ScreenMap], bot: BotSpec | None = None,
    gaps: Gaps | None = None,
) -> Subject:  # fmt: skip
    """The workflow with every step's surroundings, and what following its names has shown."""
    subject = Subject(workflow, library, bot, maps, [], [], gaps=gaps or Gaps())
    _Follower(subject).workflow()
    return subject


class _Follower:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.problems = Problems()
        self.section: Section = "steps"
        self.top = 0
        self.given: dict[str, Place] = {}
        """Where each name of this section is given, blocks included; for hints."""

    def workflow(self) -> None:
        written = self.subject.workflow
        site = dict.fromkeys(self.subject.bot.site, TEXT) if self.subject.bot else None
        outside = {"site": data(site)}
        if written.collect is not None:
            self.section = "collect"
            names = self.steps(written.collect.steps, outside, ())
            self.subject.collected = names
            items = self.expression(written.collect.items, names, written.place)
            row = {"row": items.item or ANY}
            for value in written.collect.take.values():
                self.expression(value, {**names, **row}, written.place)
            if written.collect.only is not None:
                self.expression(written.collect.only, {**names, **row}, written.place)
        self.section = "steps"
        inputs = {name: of_input(declared) for name, declared in written.item.items()}
        item = data(None if "item" in self.subject.gaps.header else inputs)
        names = self.steps(written.steps, {**outside, "item": item}, ())
        if written.compare is not None:
            self.section = "compare"
            read = self.steps(written.compare.steps, names, ())
            self.expression(written.compare.signed, read, written.place)
            for condition in (written.compare.reported, written.compare.as_typed):
                if condition is not None:
                    self.expression(condition, read, written.place)
            for both in written.compare.findings.values():
                self.expression(both.ours, read, written.place)
                self.expression(both.theirs, read, written.place)
        for name, value in written.outputs.items():
            self.subject.outputs[name] = self.expression(value, names, written.place)
        self.subject.flow.extend(self.problems.found)

    def steps(
        self, steps: tuple[Step, ...], names: Mapping[str, Known], outer: tuple[Spot, ...]
    ) -> Mapping[str, Known]:
        """Follow steps in order; returns what is in scope after them."""
        if not outer:
            self.given = {one.bind: one.place for one in every_step(steps) if one.bind}
        scope = dict(names)
        for index, step in enumerate(steps):
            if not outer:
                self.top = index
            action = self.subject.library.actions[step.action]
            own = tuple(leaves(step, action))
            spot = Spot(step, action, outer, self.section, self.top, dict(scope), own)
            self.subject.spots.append(spot)
            for leaf in own:
                if leaf.ref is None:
                    self.expression(leaf.value, scope, step.place)
            for key, inner in nested_blocks(step):
                self.steps(inner, {**scope, **self.block_names(spot, key, scope)}, (*outer, spot))
            if step.bind is not None:
                self.bind(step, scope)
                scope[step.bind] = given_by(step, scope, self.result(spot, scope))
        return scope

    def bind(self, step: Step, scope: Mapping[str, Known]) -> None:
        if step.bind in scope:
            message = f"'{step.bind}' is given twice: a name is given once and never changes"
            self.problems.add(step.place, "WR306", message, "Choose another name.")

    def block_names(self, spot: Spot, key: str, scope: Mapping[str, Known]) -> dict[str, Known]:
        """Names that only the steps of a block see."""
        if spot.step.action == "on_error" and key == "do":
            return {"error": data({"code": TEXT, "reason": TEXT})}
        name = spot.step.params.get("name")
        if spot.step.action != "for_each" or not isinstance(name, str):
            return {}
        if name in scope:
            place = place_of(name, spot.step.place)
            self.problems.add(
                place, "WR306", f"'{name}' is given twice: it has a value here already", "Choose another."
            )
        members = self._quiet(spot.step.params.get("in"), scope)
        member = (members.item or ANY).from_readings(members.readings)
        return {str(name): replace(member, phi=is_phi(spot.step.params.get("in"), scope))}

    def result(self, spot: Spot, scope: Mapping[str, Known]) -> Known:
        """What a step's `as` names."""
        step, gives = spot.step, spot.action.gives
        screen = step.params.get("screen") or step.params.get("table")
        role = frozenset({str(screen).partition(".")[0]}) if isinstance(screen, str) else frozenset()
        if step.action == "compute":
            return self._quiet(step.params.get("value"), scope)
        if step.action == "read" and isinstance(step.params.get("fields"), list):
            return Known(("record",), dict.fromkeys(self._fields(step), TEXT), origins=role)
        if step.action == "read_table":
            return Known(("list",), item=self._row(screen, role), origins=role)
        if step.action == "call":
            return self._called(spot, scope)
        if step.action == "keyword":
            from robot_library.lint.keyword_steps import known_of

            return known_of(self.subject.library, step).from_readings(self._readings(spot, scope))
        if "finding" in gives:
            return of_kinds(gives).from_readings(frozenset({step.bind or ""}))
        known = of_kinds(gives)
        if step.action != "accept":
            known = known.from_readings(self._readings(spot, scope))
        return replace(known, origins=frozenset({"dicom"})) if "study" in gives else known

    def _fields(self, step: Step) -> list[str]:
        """The fields of a record. Where one of them is no target of its screen, which is said, any of these may have
        been meant: that later steps name what was meant is no mistake of theirs."""
        fields = [str(name) for name in step.params["fields"]]
        screen = self.subject.screen_at(step.params.get("screen"))
        known = list(screen.targets) if screen is not None else []
        return fields if set(fields) <= set(known) else [*fields, *known]

    def _row(self, address: Any, role: frozenset[str]) -> Known:
        parts = str(address).split(".")
        screen = self.subject.screen(*parts[:2]) if len(parts) == 3 else None
        table = screen.tables.get(parts[2]) if screen is not None else None
        return Known(("record",), dict.fromkeys(table.columns, TEXT) if table else None, origins=role)

    def _readings(self, spot: Spot, scope: Mapping[str, Known]) -> frozenset[str]:
        """Unaccepted readings that a step's parameters depend on."""
        return _readings_of(self._quiet(one, scope) for one in spot.expressions())

    def _called(self, spot: Spot, scope: Mapping[str, Known]) -> Known:
        """A called workflow's outputs. What depends on a reading made there, or given to it, is a reading here."""
        name, library = str(spot.step.params.get("workflow")), self.subject.library
        if library.look("workflow", name) is None:
            return data(None)
        called = lay_out(library.workflow(name), library, self.subject.maps, self.subject.bot)
        given = self._readings(spot, scope)
        own = frozenset({spot.step.bind or ""})
        return data(
            {
                output: replace(known, readings=own if known.readings else frozenset()).from_readings(given)
                for output, known in called.outputs.items()
            }
        )

    def _quiet(self, value: Any, scope: Mapping[str, Known]) -> Known:
        if isinstance(value, Expression):
            return infer(value.tree, scope, lambda *_: None)
        if isinstance(value, dict):
            members = {key: self._quiet(one, scope) for key, one in value.items()}
            return data(members).from_readings(_readings_of(members.values()))
        if isinstance(value, list):
            return Known(("list",), readings=_readings_of(self._quiet(one, scope) for one in value))
        return TEXT if isinstance(value, str) else ANY

    def expression(self, value: Any, scope: Mapping[str, Known], place: Place) -> Known:
        """Report what cannot be right in an expression and whether it suits its parameter."""
        if not isinstance(value, Expression):
            if isinstance(value, str) and (said := meant(value, scope)) is not None:
                self.problems.add(place_of(value, place), "WR504", *said)
            return self._quiet(value, scope)
        for part in value.parts():
            if isinstance(part, Name) and part.name not in scope:
                self._unknown(value, part.name, part.at, scope)

        def report(at: int, code: str, message: str, hint: str) -> None:
            self.problems.add(value.place_of(at), code, message, hint)

        known = infer(value.tree, scope, report)
        if not suits(known, value.wants):
            given = any_of(known.kinds) or "data"
            message = f"{any_of(value.wants)} is needed here, '={value.text[:60]}' gives {given}"
            self.problems.add(value.place, "WR304", message, _cure(known, value))
        return known

    def _unknown(self, value: Expression, name: str, at: int, scope: Mapping[str, Known]) -> None:
        place = value.place_of(at)
        if self.subject.gaps.unnamed or name in self.subject.gaps.names:
            return
        if name == "row":
            hint = "`row` exists only in `take` and `only` of `collect`."
        elif name == "error":
            hint = "`error` exists only in `do` of `on_error`."
        elif name in self.given and self.given[name].line >= place.line:
            hint = f"It is given in line {self.given[name].line}, which runs later."
        elif name in self.given:
            hint = f"It is given inside a block (line {self.given[name].line}); names do not leave their block."
        else:
            hint = did_you_mean(name, scope)
        self.problems.add(place, "WR302", f"there is no '{name}' here", hint)


def _readings_of(values: Iterable[Known]) -> frozenset[str]:
    return frozenset(name for known in values for name in known.readings)


def _cure(known: Known, value: Expression) -> str:
    if "accepted" in value.wants and known.readings:
        return "Put an `accept` step before it and name what that gives."
    if "boolean" in value.wants:
        return "Compare it, as in =order.status == 'requested'."
    if "text" in value.wants and set(known.kinds) <= {"number", "date", "duration", "boolean"}:
        return "Write text(…) around it."
    return ""


def diagnostics_of(subject: Subject, code: str) -> list[Diagnostic]:
    """What following names has shown under one code."""
    return [one for one in subject.flow if one.code == code]
