"""What sets a bot going. A closed list: one model for each kind, one kind to an entry of `triggers:`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, cast

from pydantic import Field, field_validator, model_validator

from robot_library.errors import Outcome
from robot_library.model.base import Frozen
from robot_library.model.clock import Moment, Zone, moment
from robot_library.model.credential import CredentialName
from robot_library.model.cron import CronTimes, parse_cron
from robot_library.model.values import Duration, parse_duration

Missed = Literal["skip", "run_once", "run_all"]
Kind = Literal["cron", "every", "at", "folder", "dicom_arrival", "poll", "hook", "after"]
DicomKey = Literal["accession", "study_uid", "patient_id", "study_date", "modality", "objects"]
"""What of a study may become an input of a work item; `objects` is what `fetch_study: {received: …}` takes."""
NAME = r"^[a-z][a-z0-9-]*$"


def seconds(text: str) -> Duration:
    """A default duration."""
    return parse_duration(text)


class _Kind(Frozen):
    """What every kind of trigger can say of itself."""

    @property
    def in_words(self) -> str:
        """In a few words, for lists."""
        raise NotImplementedError


class _Timed(_Kind):
    """What the three kinds by the clock share."""

    missed: Missed = "run_once"
    """Times that passed while everything was down: `skip` them, run once for all of them, or run for each."""
    look_back: Duration = Field(default_factory=lambda: seconds("1 d"))
    """Missed times older than this are always skipped."""
    at_most: int = Field(default=24, ge=1, le=1000)
    """With `run_all`, so many of the latest missed times are made up."""

    @field_validator("look_back")
    @classmethod
    def _not_for_ever(cls, look_back: Duration) -> Duration:
        if look_back > parse_duration("31 d"):
            raise ValueError("at most 31 d")
        return look_back


class Cron(_Timed):
    """At times of the clock on the wall: collect the bot's items.

    A time that comes twice in the night the clocks go back fires once, one that is jumped over fires once after the
    jump. A line that comes every hour follows time as it passes instead.
    """

    time: str
    """A crontab line: minute, hour, day of the month, month, weekday."""
    zone: Zone | None = None
    """Time zone, as in Europe/Berlin; without it the site's."""

    @field_validator("time")
    @classmethod
    def _is_cron(cls, text: str) -> str:
        parse_cron(text)
        return text

    @property
    def in_words(self) -> str:
        return (self.times.in_words or f"cron {self.time}") + (f" ({self.zone})" if self.zone else "")

    @property
    def times(self) -> CronTimes:
        """The line, read."""
        return parse_cron(self.time)


class Every(_Timed):
    """In equal steps, counted from 1970-01-01 UTC so that all hosts agree: collect the bot's items."""

    interval: Duration
    """As in 15 min."""

    @property
    def in_words(self) -> str:
        return f"every {_short(self.interval)}"

    @field_validator("interval")
    @classmethod
    def _not_too_short(cls, interval: Duration) -> Duration:
        return at_least(interval, "5 s")


class At(_Timed):
    """Once: collect the bot's items."""

    time: Moment
    """Date and time, as in 2026-11-20 02:00."""
    zone: Zone | None = None
    """Time zone, as in Europe/Berlin; without it the site's."""

    @property
    def in_words(self) -> str:
        return f"once, at {self.time}" + (f" ({self.zone})" if self.zone else "")

    @property
    def local(self) -> datetime:
        """The time on the wall, without a zone."""
        return moment(self.time)


class Folder(_Kind):
    """A folder: each file put there becomes items, and is moved aside to `taken` or `refused` below it.

    A file is taken when it has stopped growing. Two hosts may watch the same folder: one of them moves the file.
    """

    path: str
    """The folder; may name an environment variable: ${NAME}."""
    takes: Literal["csv", "dicom"]
    """`csv`: each row is an item, the header names its inputs. `dicom`: each study is an item."""
    key: str = ""
    """For CSV, the column that tells items apart."""
    item: dict[str, DicomKey] = {}
    """For DICOM, the item's inputs from the study's header."""
    quiet: Duration = Field(default_factory=lambda: seconds("10 s"))
    """So long must a file (a study) not have changed before it is taken."""
    look_every: Duration = Field(default_factory=lambda: seconds("5 s"))
    """So often is the folder looked at."""
    separator: Literal[",", ";", "tab"] = ","
    """What stands between the columns of a CSV."""

    @property
    def in_words(self) -> str:
        return f"{'CSV' if self.takes == 'csv' else 'DICOM'} files in {self.path}"

    @model_validator(mode="after")
    def _says_what(self) -> Folder:
        if self.takes == "csv" and not self.key:
            raise ValueError("for CSV, `key` names the column that tells items apart")
        if self.takes == "dicom" and not self.item:
            raise ValueError("for DICOM, `item` says which inputs come from the header, as in {order: accession}")
        return self


class DicomArrival(_Kind):
    """A study sent to our own DICOM receiver becomes an item once nothing more has come for a while.

    What was received is kept encrypted in the site's home; only titles that are listed may send.
    """

    aet: str = Field(pattern=r"^[A-Za-z0-9_ -]{1,16}$")
    """Our own application entity title."""
    port: int = Field(ge=1, le=65535)
    """The port listened on."""
    from_titles: tuple[str, ...] = Field(alias="from", min_length=1)
    """Titles that may send; anybody else is refused."""
    item: dict[str, DicomKey] = Field(min_length=1)
    """The item's inputs from the study's header."""
    host: str = "127.0.0.1"
    """The address listened on. DICOM without TLS is not encrypted: only a network you trust."""
    quiet: Duration = Field(default_factory=lambda: seconds("30 s"))
    """A study has arrived when nothing of it has come for so long."""

    @property
    def in_words(self) -> str:
        return f"studies sent to {self.aet} at port {self.port}"


class Poll(_Kind):
    """A system asked again and again: `worklist` runs the bot's `collect`, `dicomweb` asks a PACS for studies."""

    every: Duration
    """So often."""
    source: Literal["worklist", "dicomweb"] = "worklist"
    """What is asked."""
    app: str = ""
    """For DICOMweb, the role whose system is asked."""
    where: dict[Literal["modality", "study_date"], str] = {}
    """For DICOMweb, what is asked for; `study_date: today` is the day in `zone`, and what comes after midnight of a day
    on which the bot was enabled."""
    zone: Zone | None = None
    """Time zone of `today`; without it the site's."""
    item: dict[str, DicomKey] = {}
    """For DICOMweb, the item's inputs from what the PACS says of a study."""

    @property
    def in_words(self) -> str:
        what = "worklist" if self.source == "worklist" else f"DICOMweb of {self.app}"
        return f"{what} every {_short(self.every)}"

    @field_validator("every")
    @classmethod
    def _not_too_often(cls, every: Duration) -> Duration:
        return at_least(every, "5 s")

    @model_validator(mode="after")
    def _says_what(self) -> Poll:
        if self.source == "dicomweb" and not (self.app and self.item and self.where):
            raise ValueError(
                "for DICOMweb, `app`, `where` and `item` say who is asked, for what, and what becomes of it"
            )
        return self


class Hook(_Kind):
    """A program posts items to /hooks/NAME as JSON: {"key": …, "item": {…}}.

    A token is sent as `Authorization: Bearer …`, an HMAC as `X-Wetread-Signature: t=seconds,v1=hex` over
    `t.body` (SHA-256); the key then stands in the body.
    """

    name: str = Field(pattern=NAME)
    """The last part of its address."""
    credential: CredentialName
    """Name of the secret in the vault."""
    auth: Literal["token", "hmac"] = "token"
    """How a request proves that it may."""
    size_limit: int = Field(default=65536, ge=64, le=1_048_576)
    """Largest body, in bytes."""
    per_minute: int = Field(default=60, ge=1, le=6000)
    """Requests taken in a minute; more are told to come later."""

    @property
    def in_words(self) -> str:
        return f"hook /hooks/{self.name}"


class After(_Kind):
    """When another bot has worked off its queue: collect the bot's items."""

    bot: str
    """The other bot."""
    outcome: tuple[Outcome, ...] = ("typed",)
    """Only if the last item ended so."""

    @property
    def in_words(self) -> str:
        return f"after {self.bot} ({', '.join(self.outcome)})"


class Trigger(Frozen):
    """What sets the bot going: one kind to an entry."""

    cron: Cron | None = None
    """At times of the clock on the wall."""
    every: Every | None = None
    """In equal steps of time."""
    at: At | None = None
    """Once."""
    folder: Folder | None = None
    """When a file is put into a folder."""
    dicom_arrival: DicomArrival | None = None
    """When a study is sent to our own DICOM receiver."""
    poll: Poll | None = None
    """When a system that is asked again and again has something new."""
    hook: Hook | None = None
    """When a program posts to /hooks/NAME."""
    after: After | None = None
    """When another bot has worked off its queue."""

    @model_validator(mode="after")
    def _one_kind(self) -> Trigger:
        if len(self.model_fields_set) != 1:
            raise ValueError("a trigger is of one kind; write each as an entry of its own")
        return self

    @property
    def kind(self) -> Kind:
        """Its one kind."""
        return cast(Kind, next(iter(self.model_fields_set)))

    @property
    def in_words(self) -> str:
        """In a few words, for lists."""
        return cast(_Kind, getattr(self, self.kind)).in_words


def at_least(given: Duration, least: str) -> Duration:
    """ValueError for a duration that is too short."""
    if given < parse_duration(least):
        raise ValueError(f"at least {least}")
    return given


def _short(duration: timedelta) -> str:
    whole = int(duration.total_seconds())
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if whole >= size and whole % size == 0:
            return f"{whole // size} {name}"
    return f"{whole} s"
