"""A generated hospital for one trial of the whole guard: people who are almost alike, screens that show the wrong one,
records that change while they are looked at, screens read by OCR.

The fake is the hospital's side alone: what its screens show, and into whose record a press goes. The guard and the
gate in front of it are the real ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from robot_library.engine.run.gate import Gate, GatedSession
from robot_library.errors import ItemError
from robot_library.interfaces import Protection, ScreenSession, View
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.model.screen import Screen, ScreenMap
from robot_library.safeguards.guard import ScreenGuard
from tests.safeguards.people import _digits_swapped, same_said_twice, strangers

T = TypeVar("T")
Guarded = Callable[[], ScreenGuard]
HAZARDS = (
    "none", "the film is another's", "the order's screen shows another", "the form shows another",
    "both forms show another", "the order is another's from the start", "the order changes hands", "the form jumps",
    "the record is overwritten", "the form that is opened anew is another's",
)  # fmt: skip
UNSEEN = {"looked up", "merge of another"}
"""Kinds of strangers that no screen of this hospital can show: how a record was found, the issuer of a merged number.
And whose number the EHR said was merged into the order's own before anybody looked is, by the EHR, the order's patient:
a merge comes after the first look (`_LOOKED`: the tick of that)."""
_LOOKED = 3
LOOK_ALIKE = {"0": "O8", "1": "l7", "3": "8", "5": "S6", "6": "5", "7": "1", "8": "B3", "O": "0", "l": "1", "n": "r"}
_SCREEN = {
    "seen_by": [{"text": "x"}],
    "targets": {},
    "state": [
        {"target": "status", "is": ["requested"], "reason": "The order is not open"},
        {"target": "report", "empty": True, "otherwise": "reported", "reason": "There is a report"},
    ],
}
_BANNER = {
    "patient_id": "mrn", "issuer": "issuer", "name": "name", "name_form": "dicom", "birth_date": "born",
    "alias": "alias", "merged_ids": "merged",
}  # fmt: skip
_KEY = {"order": "order"}
_ON_FORM = {**_BANNER, "shows": _KEY}
_ON_RECORD = {"via": "record", "link": "patient", "unchanged": ["order", "name"], "shows": _KEY}


def _map(style: str) -> ScreenMap:
    form = _ON_FORM if style == "banner" else _ON_RECORD
    screens = {
        "order": {**_SCREEN, "identity": _ON_FORM}, "result": {**_SCREEN, "identity": form},
        "record": {**_SCREEN, "identity": _BANNER},
    }  # fmt: skip
    return ScreenMap.model_validate({"system": "ehr", "screens": screens})


MAPS = {style: _map(style) for style in ("banner", "record")}


@dataclass(frozen=True)
class Person:
    """One record of the EHR: `who` it truly is, and what its screens say."""

    who: str
    shown: Mapping[str, str]

    @classmethod
    def of(cls, who: str, said: Identity) -> Person:
        """As a screen shows it."""
        number = (said.ids or (None,))[0]
        return cls(who, {
            "mrn": number.value if number else "", "issuer": (number.issuer or "") if number else "",
            "name": "=".join(map(_pn, said.names)),
            "born": said.birth_date.isoformat() if said.birth_date else "", "alias": "; ".join(map(_pn, said.aliases)),
            "merged": "; ".join(one.value for one in said.merged_ids),
        })  # fmt: skip


def _pn(name: PersonName) -> str:
    return f"{name.family}^{name.given}^{name.middle}^{name.prefix}^{name.suffix}".rstrip("^")


class World:
    """One trial's truth. Every reading of a screen is a tick; `happens` comes true at its tick."""

    def __init__(
        self, rng: random.Random, style: str, ours: Person, other: Person, film: Identity, hazard: str
    ) -> None:
        self.rng, self.map, self.ours, self.other, self.film, self.hazard = rng, MAPS[style], ours, other, film, hazard
        self.order_of = {"O1": ours, "O2": other}
        self.tick, self.at = 0, rng.randrange(1, 40)
        self.ocr = rng.random() < 0.3
        self.misread = self.looked = 0
        """Texts that were misread; the tick of the last look at the patient's number."""
        self.saved: str | None = None
        """Whose record was written."""

    def ticked(self) -> None:
        self.tick += 1
        if self.tick == self.at:
            if self.hazard == "the order changes hands":
                self.order_of["O1"] = self.other
            if self.hazard == "the record is overwritten":
                self.order_of["O1"] = replace(self.ours, who=self.other.who, shown=self.other.shown)

    def read(self, text: str) -> str:
        """What is seen of a text: by OCR, now and then a letter is taken for one that looks like it."""
        if not self.ocr:
            return text
        seen = "".join(
            self.rng.choice(LOOK_ALIKE[c]) if c in LOOK_ALIKE and self.rng.random() < 0.01 else c for c in text
        )
        self.misread += seen != text
        return seen


class FakeView:
    """A tab: bound to an order, which is what a press on it writes to."""

    def __init__(self, world: World, screen: str, order: str, where: Mapping[str, str], *, anew: bool) -> None:
        self.world, self.screen, self.order, self.where, self.anew = world, screen, order, where, anew

    def _bound(self) -> str:
        """The order that stands here now."""
        world, form = self.world, self.screen == "result"
        swapped = {
            "the order's screen shows another": self.screen == "order",
            "the form shows another": form and not self.anew,
            "both forms show another": form,
            "the form that is opened anew is another's": form and self.anew,
            "the form jumps": form and not self.anew and world.tick >= world.at,
        }.get(world.hazard, False)
        return "O2" if swapped else self.order

    async def read(self, targets: Sequence[str]) -> dict[str, str]:
        self.world.ticked()
        if "mrn" in targets:
            self.world.looked = self.world.tick
        bound = self._bound()
        # The other's screen is met in both ways: with its own key in view, and with ours still standing there. Where
        # the form shows no more than a name and its order's number, that number is the form's own: a form that shows
        # ours, has a namesake's name and saves elsewhere nobody could tell.
        lies = self.world.at % 2 and (self.screen == "order" or self.world.map is MAPS["banner"])
        key = self.where["order"] if lies else bound
        shown = {**self.world.order_of[bound].shown, "order": key, "status": "requested", "report": ""}
        return {target: self.world.read(shown[target]) for target in targets}

    async def fill(self, target: str, text: str) -> str:
        self.world.ticked()
        return text

    async def press_commit(self, target: str) -> None:
        self.world.saved = self.world.order_of[self._bound()].who

    async def close(self) -> None:
        """Nobody looks any more."""


class FakeSession:
    """Implements what the guard and the gate ask of a signed-in application."""

    role = "ehr"

    def __init__(self, world: World) -> None:
        self.world, self.map, self.view = world, world.map, cast("FakeView | None", None)

    async def open(self, screen: str, where: Mapping[str, str], *, fresh: bool = False) -> FakeView:
        self.world.ticked()
        view = FakeView(self.world, screen, where["order"], dict(where), anew=fresh)
        if not fresh:
            self.view = view
        return view

    async def follow(self, view: FakeView, link: str, screen: str) -> FakeView:
        self.world.ticked()
        return FakeView(self.world, screen, view._bound(), view.where, anew=view.anew)

    def screen(self, name: str) -> Screen:
        return self.map.screens[name]


def made(rng: random.Random) -> tuple[World, str]:
    """One trial, and what kind of people it is about. With the hazard "none" all is one ordinary person's."""
    hazard, style = rng.choice(HAZARDS), rng.choice(("banner", "record"))
    if hazard == "none":
        kind, a, b = same_said_twice(rng)
        ours = Person.of("ours", a)
        return World(rng, style, ours, Person.of("other", strangers(rng)[1]), b, hazard), kind
    kind, a, b = strangers(rng)
    while kind in UNSEEN or (hazard == "the order is another's from the start" and kind == "merged meanwhile"):
        kind, a, b = strangers(rng)
    stranger = _in_our_books(a, b, rng)
    ours, other = Person.of("ours", a), Person.of("other", stranger)
    film = b if hazard == "the film is another's" else a.model_copy(update={"source": "dicom", "system": "dicom"})
    if hazard == "the order is another's from the start":
        ours, other = other, ours
    world = World(rng, style, ours, other, film, hazard)
    if kind == "merged meanwhile":
        world.at = max(world.at, _LOOKED + 1)
    return world, kind


def too_late(world: World) -> bool:
    """The record changed after the last look at the number and before the press: no software can see that. Only where
    the form itself does not show it (style `record`), and only for a namesake."""
    return world.hazard in ("the order changes hands", "the record is overwritten") and world.at > world.looked


def _in_our_books(a: Identity, b: Identity, rng: random.Random) -> Identity:
    """The other as a record of the same EHR: almost all of it as ours, but no system gives one number twice."""
    number = a.ids[0].value if a.ids else f"{rng.randrange(10**8):08d}"
    near = _digits_swapped(number, rng) if number.isdigit() else f"{rng.randrange(10**8):08d}"
    ids = b.ids if b.ids and b.ids[0].value.strip() != number.strip() else (PatientId(value=near, issuer="MEADOW"),)
    return b.model_copy(update={"source": a.source, "system": a.system, "ids": ids})


def true_person(world: World) -> str:
    """Whose the film truly is: what is written about it belongs into this person's record."""
    swapped = world.hazard in ("the film is another's",)
    if world.hazard == "the order is another's from the start":
        return "ours"
    return "other" if swapped else "ours"


def worked(world: World, guard: ScreenGuard) -> str:
    """What a bot does with one order, through guard and gate; why it stopped, or ""."""
    try:
        _run(_work(world, guard))
    except ItemError as stop:
        return type(stop).__name__
    return ""


async def _work(world: World, guard: ScreenGuard) -> None:
    gate = Gate()
    real = cast(ScreenSession, FakeSession(world))
    session = cast(ScreenSession, GatedSession(real, gate))
    where = {"order": "O1"}
    read = await guard.identify(session, await session.open("order", where))
    guard.agree([read, world.film])
    view: View = await session.open("result", where)
    protection = Protection("ehr", "result", (read, world.film), {"status": "requested"})
    await guard.before_write("write", protection, session)
    with gate.granted("type", real, protection):
        assert await view.fill("report", "AI draft") == "AI draft"
    await guard.before_write("commit", protection, session)
    with gate.granted("press", real, protection):
        await view.press_commit("save")


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Nothing of it ever waits: the hospital answers at once."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    raise AssertionError("the fake hospital made somebody wait")
