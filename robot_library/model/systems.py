"""site.yaml, `systems`: when a hospital's systems may be worked on, and how hard."""

from __future__ import annotations

from pydantic import Field, model_validator

from robot_library.model.base import Frozen
from robot_library.model.clock import EVERY_DAY, Days, Moment, Span, TimeOfDay, Zone, moment
from robot_library.model.values import Duration, parse_duration


class Pace(Frozen):
    """At most so many items in so long a time, of all bots and workers together."""

    items: int = Field(ge=1)
    per: Duration = Field(default_factory=lambda: parse_duration("1 h"))


class Gentle(Span):
    """Hours in which people work on the system: bots go slower."""

    items: int = Field(ge=1, description="At most so many items in `per`, of all bots and workers together.")
    per: Duration = Field(default_factory=lambda: parse_duration("1 h"))


class Maintenance(Frozen):
    """When the system is not to be worked on: every week (`days`, `from`, `to`), or once (`begins`, `ends`)."""

    days: Days = EVERY_DAY
    from_: TimeOfDay | None = Field(default=None, alias="from")
    to: TimeOfDay | None = None
    begins: Moment | None = None
    """Date and time, as in 2026-12-01 22:00."""
    ends: Moment | None = None
    why: str = ""
    """What is done, in a word. Shown where bots wait for it."""

    @model_validator(mode="after")
    def _one_kind(self) -> Maintenance:
        weekly, once = (self.from_, self.to), (self.begins, self.ends)
        if (None in weekly) == (None in once) or (any(weekly) and any(once)):
            raise ValueError("takes either 'from' and 'to' (every week), or 'begins' and 'ends' (once)")
        if self.begins is not None and self.ends is not None and moment(self.begins) >= moment(self.ends):
            raise ValueError("it ends before it begins")
        if self.from_ is not None:
            assert self.weekly is not None
        return self

    @property
    def weekly(self) -> Span | None:
        """As a stretch of the week, if it comes every week."""
        if self.from_ is None or self.to is None:
            return None
        return Span.model_validate({"days": self.days, "from": self.from_, "to": self.to})


class CatchUp(Frozen):
    """How bots come back to work on a system that was down: not all at once, and not on what is no longer wanted."""

    items: int | None = Field(default=None, ge=1)
    """At most so many items in `per`, of all bots and workers together."""
    per: Duration = Field(default_factory=lambda: parse_duration("1 min"))
    lasts: Duration = Field(default_factory=lambda: parse_duration("30 min"))
    """How long after the system is back this holds."""
    not_older_than: Duration | None = None
    """What was taken longer ago than this is not begun any more: a person says whether it is still wanted."""

    @model_validator(mode="after")
    def _says_something(self) -> CatchUp:
        if self.items is None and self.not_older_than is None:
            raise ValueError("takes 'items', 'not_older_than', or both")
        return self


class SystemLimits(Frozen):
    """One system. What is not written is not limited."""

    about: str = ""
    sessions: int | None = Field(default=None, ge=1)
    """Licences: so many may be signed in at the same time, all bots and workers together."""
    zone: Zone | None = None
    """Time zone of its hours; without it the site's."""
    hours: tuple[Span, ...] = ()
    """Opening hours; outside of them no bot works on it."""
    rate: Pace | None = None
    """Never faster than this."""
    gentle: tuple[Gentle, ...] = ()
    """Hours in which it is worked on more slowly."""
    maintenance: tuple[Maintenance, ...] = ()
    """Windows in which no bot works on it."""
    production: bool = False
    """Patients are treated by what stands there: unless `environment` is production, no bot is let near it. Said of an
    address."""
    probe: str | None = Field(default=None, pattern=r"^/")
    """Path below the app's address that is asked, without signing in, whether the system answers; without it the page
    where its sign-in begins."""
    catch_up: CatchUp | None = None
    """What holds after it was down."""
