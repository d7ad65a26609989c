"""The whole plug-in surface: what an action is, and what it may ask of the world while it runs.

Everything is async: the browser, the engine and the database are; CPU work goes to `asyncio.to_thread`
(docs/decisions/0002). Rooms that never import each other meet here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from robot_library.model.bot import App, BotSpec
from robot_library.model.by_hand import HandWork
from robot_library.model.confirm import Whose
from robot_library.model.finding import Abstention, Accepted, Finding
from robot_library.model.person import Identity
from robot_library.model.report import Report
from robot_library.model.review import Asked, DraftField, Rejection
from robot_library.model.run import Effect, Evidence
from robot_library.model.screen import Screen, ScreenMap
from robot_library.model.study import Image, Stack
from robot_library.model.values import ValueType
from robot_library.model.workflow import Step
from robot_library.model.workitem import WorkItem

# ---- what a parameter may be -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Ref:
    """Metadata of a parameter that names something: the parser and the lint check that it exists.

    role: a screen role (ehr) · screen: ehr.order · target: ehr.order.save · table: ehr.worklist.orders ·
    template, skill, workflow: by file name · new_name: a name this step introduces for its block ·
    library, keyword: of Robot Framework · effect: what a keyword changes.
    """

    to: Literal[
        "role", "screen", "target", "table", "template", "skill", "workflow", "new_name", "library", "keyword", "effect"
    ]


@dataclass(frozen=True)
class Takes:
    """Metadata of a parameter that takes only values of these types; the lint follows them through names."""

    types: tuple[ValueType, ...]


RoleRef = Annotated[str, Ref("role")]
ScreenRef = Annotated[str, Ref("screen")]
TargetRef = Annotated[str, Ref("target")]
TableRef = Annotated[str, Ref("table")]
TemplateRef = Annotated[str, Ref("template")]
SkillRef = Annotated[str, Ref("skill")]
WorkflowRef = Annotated[str, Ref("workflow")]
NewName = Annotated[str, Ref("new_name")]
Steps = tuple[Step, ...]
Condition = Annotated[bool, Takes(("boolean",))]


class Action(BaseModel):
    """A kind of step. Fields are its YAML parameters; the class docstring is its reference page.

    effect: session (binds a sign-in; run again at the start of each part) · read (looks, navigates) ·
    compute (journalled by step path and reused) · write (types, not yet saved; only inside protect) ·
    commit (makes something final; only inside protect, through `Context.commit_once`) · file (writes a file of ours;
    again, it is the same file) · once (changes what no screen of ours proves: sends, moves, hands over; at most once
    for an item) · wait (a person) · block (runs other steps).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    key: ClassVar[str]
    effect: ClassVar[Effect]
    main: ClassVar[str | None] = None
    """The parameter that the short form `- key: value` sets."""
    gives: ClassVar[tuple[ValueType, ...]] = ()
    """Types of the value that `as` names; () means the step has no value and `as` is refused."""

    @classmethod
    def effect_of(cls, params: Mapping[str, Any]) -> Effect:
        """What a step with these parameters, as written, changes."""
        return cls.effect

    async def ready(self, ctx: Context) -> None:
        """Of `once` steps: find out, before it counts as begun, whatever can be wrong."""

    def reused(self, ctx: Context) -> None:
        """Of `once` steps: it was done before an interruption, and is not done again."""

    async def hand_work(self, ctx: Context) -> HandWork | None:
        """What a person would do in the bot's window to do this step in its place; None where nobody could, or where
        what they did could not be proven."""
        return None

    async def run(self, ctx: Context) -> Any:
        """Do it; return the step's value, or None."""
        raise TypeError(f"action {self.key!r} has no run()")

    def title(self) -> str:
        """One plain line for the timeline; no values that could be a patient's."""
        return self.key.replace("_", " ")


# ---- screens ---------------------------------------------------------------------------------------------


Found = Literal["first", "healed", "moved", "missing", "ambiguous", "not_looked_for"]
"""How a canary finds a target: by its first locator · by a later one, as reading may · by a later one, where a bot may
not follow it · not at all · twice · not looked for, because something must be pressed before it is there."""


@dataclass(frozen=True)
class TargetSeen:
    """One target (or table) as it stands now; `way` is the locator that found it, counted from 1. `rows` is the first
    row of a table, for finding the next screen; never shown."""

    target: str
    found: Found
    way: int = 0
    table: bool = False
    rows: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    near: str = ""
    """Of one that is missing: a sentence about what stands there and is nearest to it, if anything is."""


class View(Protocol):
    """One tab that shows one screen. Every call first confirms `seen_by`, waits with the map's patience,
    dismisses known interruptions, and signs in again if the session died (reads only: a lost session under
    a write raises DriverLost so that the part starts anew)."""

    @property
    def screen(self) -> str:
        """Name of the screen, without its role."""

    @property
    def where(self) -> Mapping[str, str]:
        """What it was opened for."""

    async def read(self, targets: Sequence[str]) -> dict[str, str]: ...
    async def read_table(self, table: str) -> list[dict[str, str]]: ...
    async def look_over(self) -> list[TargetSeen]:
        """Which locator of each target finds it now. Types nothing, presses nothing."""

    async def fill(self, target: str, text: str) -> str:
        """Type into a `write` target; returns what the target shows afterwards."""

    async def click(self, target: str) -> None:
        """Press a `navigate` target. For `commit` targets use press_commit."""

    async def press_commit(self, target: str) -> None: ...
    async def upload(self, target: str, filename: str, data: bytes) -> None: ...
    async def download(self, target: str) -> tuple[str, bytes]: ...
    async def picture(self, *, target: str | None = None, mask: bool = True) -> bytes:
        """PNG. With mask, everything that may be a patient's is covered before the shot."""

    async def close(self) -> None: ...


class ScreenSession(Protocol):
    """One signed-in application."""

    role: str
    map: ScreenMap
    view: View | None
    """The current view: what `read`, `fill`, `click` act on."""

    async def open(self, screen: str, where: Mapping[str, str], *, fresh: bool = False) -> View:
        """Reach a screen. `fresh`: in a new tab, the record opened anew; the current view stays."""

    async def follow(self, view: View, link: str, screen: str) -> View:
        """Press `link` on the view and return the other screen it leads to (same tab or new)."""

    def screen(self, name: str) -> Screen: ...
    def drift(self) -> list[str]:
        """Targets that were found by a fall-back since this was last asked, in plain words: the map wants mending."""

    async def close(self) -> None: ...


SignInEnd = Literal["in", "refused", "expired", "second_factor", "full", "elsewhere", "led_nowhere"]


class Door(Protocol):
    """Stands before every sign-in with one credential, for all workers together. Every call may raise LineHeld."""

    async def before(self) -> None:
        """Right before the credential is typed: may it be, now?"""

    async def after(self, end: SignInEnd) -> None:
        """What came of it. Raises LineHeld for what is no failure of the item."""

    async def code_step(self, period: int) -> int:
        """A time step of `period` seconds whose one-time code has not been used; waits for the next one if need be."""

    async def expires(self, days: int) -> None:
        """The system says that the password expires in so many days."""


@dataclass(frozen=True)
class OneTime:
    """Makes the codes of a second factor, by number of the time step; never printed."""

    period: int
    code: Callable[[int], str]

    def __repr__(self) -> str:
        return "OneTime(***)"


@dataclass(frozen=True)
class Credential:
    """A user and a password, and a second factor if the account has one; never printed."""

    user: str
    password: str
    one_time: OneTime | None = field(default=None, compare=False)
    door: Door | None = field(default=None, compare=False)
    """Asked before it is typed; without one, only the driver's own memory guards the account."""

    def __repr__(self) -> str:
        return "Credential(***)"


class Driver(Protocol):
    """Opens sessions; one per platform."""

    async def session(
        self, role: str, app: App, screen_map: ScreenMap, credential: Credential | None
    ) -> ScreenSession: ...
    async def leave(self, app: App, screen_map: ScreenMap, credential: Credential | None) -> None:
        """Sign out of an app that no session is open of, and give its licence back. Never raises for what is gone."""

    async def close(self) -> None: ...


# ---- memory ----------------------------------------------------------------------------------------------


class Sealer(Protocol):
    """The one way a value reaches a database: typed JSON, encrypted, bound to its context (safeguards/sealed)."""

    def seal(self, value: Any, context: str) -> str:
        """Encrypt a value; `context` says where it belongs and must be the same when it is opened."""

    def open(self, sealed: str, context: str) -> Any:
        """The value again; SetupError if the key, the context or a byte differs."""

    def mac(self, text: str) -> str:
        """Keyed hash of text: equal texts can be found, none can be read."""

    def digest(self, value: Any) -> str:
        """Keyed hash of a value's canonical form: tells whether two values are the same."""


class BlobStore(Protocol):
    """Bytes kept encrypted, by reference."""

    def put(self, data: bytes) -> str: ...
    def get(self, ref: str) -> bytes: ...


class Journal(Protocol):
    """What one item has done, by key; every value encrypted, the first value of a key wins for ever."""

    async def get(self, key: str) -> Any | None: ...
    async def put_once(self, key: str, value: Any) -> Any:
        """Record unless recorded; returns what is recorded."""

    async def keys(self, prefix: str) -> list[str]: ...
    async def claim(self, name: str) -> bool:
        """Take a site-wide name (kept as an HMAC) for this item; False if another item holds it."""


class WorkItemSource(Protocol):
    """Where work items come from and go back to."""

    async def add(self, payload: Mapping[str, str], key: str) -> WorkItem | None:
        """None if an item with this key is already known."""

    async def get(self, item_id: str) -> WorkItem: ...


# ---- services --------------------------------------------------------------------------------------------


class SkillHost(Protocol):
    async def run(self, name: str, subject: Image | Stack | str | Mapping[str, float]) -> Finding | Abstention: ...
    def labels(self) -> list[str]:
        """Of each loaded skill, who it is for and what its licence allows."""


class QualityLog(Protocol):
    def record(self, image: Image, said: Finding | Abstention) -> bool:
        """Keep what a quality skill said of an image, without the patient; False if that film was there already."""


@dataclass(frozen=True)
class KeywordCall:
    """One Robot Framework keyword with its arguments by name; never printed. `within`: seconds it may take."""

    library: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    within: float = 120.0
    named: bool = False
    """Whether its value gets a name."""


class Keywords(Protocol):
    """Robot Framework libraries of one part of one item, in a thread of their own."""

    async def ready(self, call: KeywordCall) -> None:
        """Raise whatever can be found wrong before the call is made."""

    async def run(self, call: KeywordCall) -> Any:
        """Make the call; its value as plain data."""

    def forget(self, library: str) -> None:
        """A call that was made before an interruption is not made again: what it left in the library is gone."""

    async def close(self) -> None: ...


class KeywordHost(Protocol):
    def session(self) -> Keywords: ...


class ReportMaker(Protocol):
    def draft(self, template: str, findings: Sequence[Accepted], values: Mapping[str, str]) -> Report: ...
    def fields(self, template: str) -> tuple[DraftField, ...]:
        """The template's fields in their order, and who may edit each."""


@dataclass(frozen=True)
class Protection:
    """Whose record may be written inside a protect block, and on which screen."""

    role: str
    screen: str
    expected: tuple[Identity, ...]
    unchanged: Mapping[str, str] = field(default_factory=dict)
    """target → what the record, opened anew, must still show (the procedure, for one)."""
    state: str | None = None
    """Name of the screen's state rules to hold; None for the plain ones."""


class Guard(Protocol):
    """The identity guard and the state guard (safeguards/)."""

    def agree(self, identities: Sequence[Identity]) -> str:
        """Raise PatientMismatch or TooFewIdentifiers; else say in plain words what agreed."""

    async def identify(self, session: ScreenSession, view: View) -> Identity:
        """What the live screen says about its patient, by the screen's identity map (via a link if need be)."""

    async def check_state(self, session: ScreenSession, view: View, name: str | None = None) -> list[str]:
        """Hold the screen's state rules (or those of a name) against what it shows; raise what the broken one says."""

    async def before_write(
        self, effect: Literal["write", "commit"], protection: Protection, session: ScreenSession
    ) -> list[str]:
        """Identity from the live screen and order state from the record opened anew, or an exception."""


class Acceptance(Protocol):
    """The acceptance guard: the only maker of Accepted."""

    def by_operating_point(self, finding: Finding) -> Accepted | None: ...
    def by_person(self, finding: Finding | Abstention, answer: PersonAnswer) -> Accepted: ...
    def verify(self, accepted: Accepted) -> None:
        """Raise NeedsPerson unless this object was made here (its seal holds)."""


class PersonAnswer(BaseModel):
    """What a person said to an `accept` request."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    verdict: Literal["accept", "correct", "reject"]
    who: str
    role: str = ""
    about: Literal["finding", "patient"] = "finding"
    """What was asked: whether a finding holds, or whether this is the patient."""
    decision: Literal["positive", "negative"] | None = None
    note: str = ""
    reason: Rejection = ""
    """Why it was rejected."""
    edits: dict[str, str] = {}
    """Template field → text: what the person wrote in place of the draft's."""


class WaitForPerson(Exception):
    """Raised by a `wait` step: the part ends here; the case waits and holds nothing meanwhile. `shown` is kept sealed
    for whoever answers."""

    def __init__(self, ask: str, reason: str, code: str, timeout_s: float, shown: Asked | Whose | None = None) -> None:
        super().__init__(reason)
        self.ask, self.reason, self.code, self.timeout_s, self.shown = ask, reason, code, timeout_s, shown


Proof = Literal["found", "absent", "unknown"]


class Context(Protocol):
    """What a running step may ask for."""

    item: WorkItem
    bot: BotSpec
    path: str
    """Address of the running step, iterations included: "9.steps.2", "4[3].steps.1"."""
    journal: Journal
    blobs: BlobStore
    skills: SkillHost
    reports: ReportMaker
    guard: Guard
    acceptance: Acceptance
    quality: QualityLog | None
    stage: Literal["draft", "shadow", "limited", "live"]
    """How far the bot may go at this item."""
    started_by: str
    """The person who started this item by hand; "" if nobody did."""
    bind: str | None
    """The name that the step's value gets."""

    def keywords(self) -> Keywords:
        """Robot Framework libraries of this part. SetupError if this engine has none."""

    def app(self, role: str) -> App: ...
    def credential(self, role: str) -> Credential | None: ...
    def bind_session(self, role: str, credential: str | None) -> None:
        """Say which credential signs in for a role; the session opens when first needed."""

    async def session(self, role: str) -> ScreenSession: ...
    async def run_steps(self, steps: Steps, *, segment: str, names: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run nested steps in a scope of their own (they see outer names); returns the names they bound.

        `segment` addresses this pass ("steps", "else", "[3].steps"); `names` are added to the scope.
        """

    async def run_workflow(self, workflow: str, inputs: Mapping[str, Any]) -> dict[str, Any]: ...
    def protecting(self, protection: Protection) -> AbstractContextManager[None]: ...
    async def answer(self) -> PersonAnswer | None:
        """The person's answer to this step's request, once it is there."""

    async def commit_once(
        self,
        once_per: str,
        proof: Mapping[str, Any],
        prove: Callable[[Mapping[str, Any]], Awaitable[Proof]],
        press: Callable[[], Awaitable[None]],
    ) -> Literal["pressed", "proven"]:
        """The only way to make something final.

        `proof` (JSON, no objects) is journalled with the intent, so that after a crash the proof can be
        looked for before anything else is done.
        """

    def detail(self, text: str) -> None:
        """Masked text for the timeline."""

    def verified(self, text: str) -> None:
        """Something that was proven, in plain words."""

    def show(self, evidence: Evidence) -> None: ...
    async def evidence(self, kind: str, title: str, data: bytes, *, masked: bool = True) -> None:
        """Keep bytes encrypted and list them in the timeline."""


class Committing(Protocol):
    """A commit action also knows how to look for its own proof from the journalled mapping alone."""

    @staticmethod
    async def prove(ctx: Context, proof: Mapping[str, Any]) -> Proof: ...
