"""A deployable bot: a workflow, what plays each screen role, names of secrets. Never a secret itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from robot_library.model.address import whole_address, whole_origin
from robot_library.model.base import Frozen
from robot_library.model.credential import CredentialName
from robot_library.model.delivery import Delivery
from robot_library.model.diagnostic import Place
from robot_library.model.trigger import DicomKey, Trigger
from robot_library.model.values import Duration, parse_duration


class Program(Frozen):
    """A desktop program: how it is started, and where it is shown."""

    run: tuple[str, ...] = Field(min_length=1)
    """The program and what it is called with; may name environment variables: ${NAME}. Never a password."""
    display: Literal["private", "own"] = "private"
    """private: a virtual display of the bot's own, started and ended with it. own: the person's, who watches."""
    profile: str = ""
    """A folder that is copied into the program's home on a private display before it starts: its settings, such as
    which server it asks. May name environment variables: ${NAME}. Never a password."""
    remote: bool = False
    """Its window shows another machine's screen (VNC, RDP, Citrix): pixels are all there is."""

    @model_validator(mode="after")
    def _own_home(self) -> Program:
        if self.profile and self.display != "private":
            raise ValueError("'profile' is for a private display: on a person's own, the program has the person's")
        return self


class App(Frozen):
    """Which system plays a role. `url` may name an environment variable: ${NAME}."""

    map: str
    url: str = ""
    """Address of a system in the browser. For a program: of the server behind it, by which `site.yaml` knows it."""
    program: Program | None = None
    """For maps of kind desktop."""
    credential: CredentialName | None = None
    """Name of the credential in the vault."""
    seats: tuple[CredentialName, ...] = ()
    """Further credentials with the same rights. Each set of them, one for each app, is one more item at a time."""
    dicomweb: str | None = None
    """Address of DICOMweb where it is not below `url`."""
    also_at: tuple[Annotated[str, AfterValidator(whole_origin)], ...] = ()
    """Other origins (as in https://viewer.example:8443) at which this system shows pages of its own. On a page of any
    other site nothing is read, typed or pressed."""
    issuer: str | None = None
    """Issuer of patient numbers that this system gives without one."""

    @field_validator("url", "dicomweb")
    @classmethod
    def _addresses(cls, value: str | None) -> str | None:
        return value if value is None else whole_address(value)

    @model_validator(mode="after")
    def _somewhere(self) -> App:
        if not self.url and self.program is None:
            raise ValueError("an app has a 'url' (in the browser) or a 'program' (on a desktop)")
        return self

    @model_validator(mode="after")
    def _seats_are_credentials(self) -> App:
        if self.seats and self.credential is None:
            raise ValueError("'seats' are further credentials: name the first as 'credential'")
        if len({self.credential, *self.seats}) != 1 + len(self.seats):
            raise ValueError("each of 'credential' and 'seats' is another credential")
        return self

    def addresses(self) -> list[tuple[tuple[str | int, ...], str]]:
        """Every address there is, and where it stands in the app."""
        found = [(("url",), self.url), (("dicomweb",), self.dicomweb or "")]
        return [
            (at, text)
            for at, text in (*found, *((("also_at", n), text) for n, text in enumerate(self.also_at)))
            if text
        ]

    def credentials(self) -> tuple[str, ...]:
        """Every credential this app may be signed in with."""
        return (self.credential, *self.seats) if self.credential else ()


Starter = Literal["clerk", "reviewer"]


class Attended(Frozen):
    """Who may start the bot by hand, in `wetread attend`, and what its tile there says."""

    by: tuple[Starter, ...] = Field(min_length=1)
    """Roles that may start it."""
    drop: dict[str, DicomKey] = {}
    """The item's inputs from the header of a film that is dropped on the form; `objects` are the films themselves. They
    prove nothing about whose they are."""
    title: str = Field(default="", max_length=60)
    """A few words for its tile; without it, the bot's name."""
    limit: Duration | None = None
    """So long at most may an urgent (STAT) order be held by a question or a pause; then it goes to a person. Without
    it, half an hour."""


class BotSpec(Frozen):
    """bots/<name>.yaml."""

    bot: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    about: str
    workflow: str
    apps: dict[str, App]
    retries: int = Field(default=2, ge=0, le=10)
    """How often an item is tried again after an application exception."""
    retry_after: Duration = Field(default_factory=lambda: parse_duration("1 s"))
    list_holds: Literal["open", "all"] = "all"
    """open: an order with a report leaves the list that `collect` reads; an order of ours that still stands there is
    then a gap. all: the list keeps orders that have a report."""
    mode: Literal["draft", "shadow", "limited", "live"] = "live"
    """How far it may go. draft: only on addresses of this machine, such as the demo hospital's; shadow: on live orders,
    but nothing is typed, pressed or claimed; limited: `items_a_day`, each reviewed by a person; live. What
    `wetread bots stage` says can only be stricter."""
    items_a_day: int = Field(default=10, ge=1)
    """How many items a day a `limited` bot may begin, on all workers together."""
    stop_after: int = Field(default=5, ge=2, le=1000)
    """So many items in a row that fail the same way stop the bot's line until a person lets it go on."""
    site: dict[str, str] = {}
    """Site values, read in expressions as site.<name>."""
    triggers: tuple[Trigger, ...] = ()
    """What sets the bot going, once a person has enabled it here: `wetread bots enable`."""
    deliveries: dict[str, Delivery] = {}
    """Where this bot's released reports go, besides those of site.yaml."""
    attended: Attended | None = None
    """Who may start it by hand; without it, nobody may but from the command line."""
    place: Place | None = Field(default=None, exclude=True)
