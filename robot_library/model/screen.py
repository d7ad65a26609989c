"""A screen map: one application's screens, how each is recognised and reached, and its named targets.

Locators live here and nowhere else. `{name}` in a locator or address is filled from the `where` of the
step that opens the screen.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from robot_library.model.app_version import Numbered
from robot_library.model.base import Frozen
from robot_library.model.diagnostic import Place
from robot_library.model.values import Duration, ValueType, parse_duration

Use = Literal["read", "identity", "state", "navigate", "search", "write", "commit"]
NEVER_HEALS: frozenset[Use] = frozenset({"identity", "state", "write", "commit"})


class Area(Frozen):
    """A rectangle in pixels, counted from the left upper corner of an anchor."""

    x: int
    y: int
    width: int = Field(gt=0)
    height: int = Field(gt=0)


class Locator(Frozen):
    """One way to find a thing. Exactly one of the ways below; `near`, `inside` and `has_text` narrow it.

    On a desktop `role`, `name`, `label`, `text` and `title` (of a window) are what the program tells assistive
    technology; where only pixels come (`remote`), `text` is what stands written. `image` and `area` are always pixels.
    """

    test_id: str | None = None
    role: str | None = None
    name: str | None = None
    """Accessible name; only with `role`. Exact unless `partly`."""
    label: str | None = None
    placeholder: str | None = None
    text: str | None = None
    title: str | None = None
    css: str | None = None
    image: str | None = None
    """Desktop only: a picture, in the folder of the map's name beside the map, of what it looks like."""
    area: Area | None = None
    """Desktop only: a place beside what `near` finds, at the scale the map was made at; read as it stands written."""
    near: Locator | None = None
    """The anchor: of several such texts the one nearest to the one thing this finds. With `area`, where it is counted
    from."""
    partly: bool = False
    inside: Locator | None = None
    """The thing must be inside the one thing this finds."""
    has_text: str | None = None
    """Only candidates that contain this text."""
    visible: bool = True

    @model_validator(mode="after")
    def _one_way(self) -> Locator:
        ways = ("test_id", "role", "label", "placeholder", "text", "title", "css", "image", "area")
        if sum(self.__dict__[way] is not None for way in ways) != 1:
            raise ValueError(f"a locator has exactly one of {', '.join(ways)}")
        if self.area is not None and self.near is None:
            raise ValueError("'area' is counted from an anchor: name it as 'near'")
        if self.name is not None and self.role is None:
            raise ValueError("'name' goes with 'role'")
        # What lies elsewhere is no part of what is approved, and may be another's.
        if self.image is not None and (self.image.startswith(".") or set(self.image) & set("/\\:")):
            raise ValueError("'image' is the name of a picture in the map's own folder, without a path")
        return self


class Target(Frozen):
    """A named thing on a screen. `find` is in order of trust; a locator that matches two things is an error.

    `use` says what a bot may do with it: read (text), identity, state, navigate (click that changes
    nothing), search (type to look something up), write (type into the record), commit (press that makes
    something final). Targets for identity, state, write and commit never heal to a later locator, nor do those that an
    `identity` names in `shows` or `unchanged`.
    """

    find: tuple[Locator, ...] = Field(min_length=1)
    use: Use = "read"
    type: ValueType = "text"
    phi: bool = True
    may_be_empty: bool = False
    """An empty value is an answer; otherwise reading waits until the field has filled."""
    frame: Locator | None = None
    attribute: str | None = None
    """Read this attribute instead of the text or value."""
    pattern: str | None = None
    """Regular expression; the first group (or the whole match) is the value. No match is an error."""
    words: dict[str, str] = {}
    """What this system says → the word that workflows know, as in {Vorläufig: Preliminary}."""
    confirm: str | None = None
    """Pressing it brings a native dialog with this text, which is accepted. Any other native dialog is dismissed."""
    opened_by: str | None = None
    """For a file box that is not there yet: the `navigate` target that brings it."""
    closed_by: str | None = None
    """For a file box whose file is kept only then: the `commit` target that is pressed after the file was given."""
    about: str = ""
    place: Place | None = Field(default=None, exclude=True)


class Column(Frozen):
    """A table column: by header text or by a cell's `css` inside the row (`:scope` is the row itself)."""

    header: str | None = None
    nth: int | None = Field(default=None, ge=1)
    """Which one is meant, where several columns share a header; without it, two of them are an error."""
    css: str | None = None
    attribute: str | None = None
    type: ValueType = "text"
    phi: bool = True
    urgent: tuple[str, ...] = ()
    """Words of this column, whole, that make a row of `collect` an urgent (STAT) item: [Urgent, STAT]. Urgent ones are
    worked on first."""


class Table(Frozen):
    """A grid. `rows` matches every body row; `ready` is what shows that it has finished filling."""

    rows: Locator
    headers: Locator | None = None
    columns: dict[str, Column] = Field(min_length=1)
    next_page: Locator | None = None
    """Pressed while enabled; its absence or disablement ends the reading."""
    count: Locator | None = None
    """Text that says how many rows there are in all; checked against what was read."""
    count_pattern: str = r"\d+"
    """Regular expression on that text; the first group (or the whole match) is the number. Where it does not match, the
    grid has not filled yet."""
    empty: Locator | None = None
    """Shown when there are no rows."""
    frame: Locator | None = None


class Move(Frozen):
    """One move on the way to a screen or through a sign-in. Exactly one key."""

    goto: str | None = None
    """Address below the site's base address; {name} is percent-encoded. Browser only."""
    hotkey: str | None = None
    """Keys pressed together in the program's window: ctrl+o. Desktop only."""
    screen: str | None = None
    """Be on this screen first."""
    click: str | None = None
    double_click: str | None = None
    type: dict[str, str] | None = None
    """search target → text with {name}."""
    press: dict[str, str] | None = None
    """target → key."""
    wait_for: str | None = None
    """Target that must be visible."""
    new_tab: str | None = None
    """Click this target; go on in the tab it opens."""

    @model_validator(mode="after")
    def _one_move(self) -> Move:
        if len(self.model_fields_set) != 1:
            raise ValueError("a move has exactly one key")
        return self


class IdentityMap(Frozen):
    """Which targets say who the patient is. With `via`, they stand on another screen, one link away.

    `link` is the navigate target on this screen that leads there; `unchanged` are targets of this screen
    whose values must be the same after the detour.
    """

    patient_id: str | None = None
    issuer: str | None = None
    """Target that shows the issuer."""
    issuer_is: str | None = None
    """Issuer of every id this system shows, where the screen does not say it."""
    name: str | None = None
    name_form: Literal["family_comma_given", "given_family", "dicom"] = "family_comma_given"
    family: str | None = None
    given: str | None = None
    birth_date: str | None = None
    alias: str | None = None
    merged_ids: str | None = None
    via: str | None = None
    link: str | None = None
    unchanged: tuple[str, ...] = ()
    shows: dict[str, str] = {}
    """target → name in `where`: what this screen must show of the key it was opened by (the item's own key)."""


class StateRule(Frozen):
    """What a state target must show for a bot to write; otherwise `outcome` with `reason`.

    Exactly one of `is_`, `is_not`, `empty`. `by_us` also lets through what this bot's own account left.
    """

    target: str
    on: str | None = None
    """Another screen of this map where the target stands, opened by the same key; without it, this screen."""
    is_: tuple[str, ...] | None = Field(default=None, alias="is")
    is_not: tuple[str, ...] | None = None
    empty: bool | None = None
    otherwise: Literal["changed", "held", "reported", "shared"] = "changed"
    """changed → OrderChanged, held → OrderHeld, reported → ReportExists, shared → StudyShared."""
    reason: str


class Instead(Frozen):
    """What may come up in place of a screen, or on top of it, and what that means for the item.

    Looked for from the first move of the way on: let a way with other answers begin with `goto`, so that the answer to
    an earlier question is not taken for this one's.
    """

    seen_by: Locator
    means: Literal["study_not_found", "order_changed", "order_held", "report_exists", "needs_person"]
    reason: str


class Screen(Frozen):
    """One state of an application.

    A name in `reach` is a target of the screen last gone to by a `screen` move (this one before any), or
    `screen.target`.
    """

    about: str = ""
    seen_by: tuple[Locator, ...] = Field(min_length=1)
    """All of these must be visible. Never heals. Where a page shows when it has filled, name that here too."""
    reach: tuple[Move, ...] = ()
    instead: tuple[Instead, ...] = ()
    """Answers other than this screen: nothing found, a record that may not be opened, a conflict."""
    leave: str | None = None
    """Navigate target that closes this screen, where it is a box over another; without it one goes back a page."""
    targets: dict[str, Target] = {}
    tables: dict[str, Table] = {}
    identity: IdentityMap | None = None
    state: tuple[StateRule, ...] = ()
    """What must hold before a bot writes here."""
    states: dict[str, tuple[StateRule, ...]] = {}
    """Other sets of rules by name, such as `own_draft`: what must hold where our own draft stands already."""
    place: Place | None = Field(default=None, exclude=True)

    def heals(self, name: str) -> bool:
        """Whether a target may be found by a later locator than its first: none that is typed into, pressed for good or
        read for whose record this is, for which one (`shows`, `unchanged`), or for its state."""
        which = (*self.identity.shows, *self.identity.unchanged) if self.identity is not None else ()
        return self.targets[name].use not in NEVER_HEALS and name not in which


class SignInStep(Frozen):
    """When this screen is seen, fill these targets (user, password, by name of the secret's part) and click."""

    on: str
    fill: dict[str, Literal["user", "password", "code"]] = {}
    """target → part of the credential; `code` is the one-time code of a second factor."""
    click: str


class Elsewhere(Frozen):
    """The account is in use at another place. Without `take_over` the bot waits until it is free."""

    seen_by: Locator
    take_over: Locator | None = None
    """Pressed to end the other session: only where that harms nobody, such as an account that only bots use."""


class Expires(Frozen):
    """A warning that the password will expire."""

    seen_by: Locator
    pattern: str = r"(\d+)"
    """Its first group, in the text of what `seen_by` finds, is how many days are left."""
    click: Locator | None = None
    """Pressed to go on with the old password for now."""


class SignIn(Frozen):
    """How to sign in: `steps` are tried by what is seen, in any order, until `done` is seen."""

    start: str = "/"
    steps: tuple[SignInStep, ...] = ()
    done: Locator | None = None
    refused: Locator | None = None
    """What shows that the credential was refused: one attempt, then stop."""
    expired: Locator | None = None
    """What shows that the password has expired: the credential's line stops until a person has given a new one."""
    second_factor: Locator | None = None
    """What shows that a one-time code is asked for, where no step types it: the credential's line stops."""
    full: Locator | None = None
    """What shows that every licence is taken: asked again later."""
    elsewhere: Elsewhere | None = None
    expires: Expires | None = None
    sign_out: str | None = None
    """Address below the site's base address that ends the session, and gives its licence back."""
    http_basic: bool = False


class Interruption(Frozen):
    """A pop-up that may come at any time and may be dismissed without harm."""

    seen_by: Locator
    click: Locator


class VersionShown(Numbered):
    """Where the application shows its version, and on which this map was verified. On another one, or where none can be
    read, bots read and type nothing, until a person has verified the map again."""

    at: str = "/"
    """Address below the site's base that shows it, such as the sign-in page or `/about`."""
    find: Locator


class ScreenMap(Frozen):
    """One system's screens."""

    system: str
    extends: str | None = None
    """Name of a map that this one is built on: what stands here comes in its place, screens and their targets, tables
    and states by name. For one hospital's differences from a map that many share."""
    about: str = ""
    kind: Literal["browser", "desktop"] = "browser"
    """What shows these screens: a browser at an app's `url`, or an app's `program` on a desktop."""
    sign_in: SignIn | None = None
    interruptions: tuple[Interruption, ...] = ()
    maintenance: Locator | None = None
    """What is shown, on whatever page, while the system is out of service: it counts as down, until this is gone. In
    the browser, and in a remote window."""
    locked: Locator | None = None
    """What a remote window shows while its session is locked: it counts as down until a person has unlocked it."""
    patience: Duration = Field(default_factory=lambda: parse_duration("20 s"))
    """How long to wait for a screen or a field before it counts as missing."""
    background: tuple[str, ...] = ()
    """Parts of addresses whose requests stay open (long polling); nothing waits for them."""
    dicomweb: str | None = None
    """Path of DICOMweb below the site's base address, if it has one."""
    version: VersionShown | None = None
    """On which versions of the application this map was verified. Browser only."""
    screens: dict[str, Screen] = Field(min_length=1)
