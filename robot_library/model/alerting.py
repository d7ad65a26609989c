"""site.yaml, `people` and `alerts`: who is told what, how, and who is told next when they do not answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field, field_validator, model_validator

from robot_library.model.address import split_address
from robot_library.model.base import Frozen
from robot_library.model.credential import CredentialName, without_password
from robot_library.model.values import Duration, parse_duration

Cause = Literal[
    "failures", "late", "due_soon", "stopped", "unanswered", "silence", "dead_letter", "worker_lost", "disk_low",
    "credential", "canary", "backup", "gap", "system_down", "critical", "undelivered", "trouble", "incident",
]  # fmt: skip
CAUSES: tuple[Cause, ...] = get_args(Cause)
_MAIL = r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+$"


class Person(Frozen):
    """Somebody, or a role, who can be told. No way at all: they see it on the dashboard only."""

    about: str = ""
    email: str | None = Field(default=None, pattern=_MAIL)
    webhook: str | None = None
    """Name of one of `alerts.webhooks`."""
    desktop: bool = False
    """A notification on the screen of the machine the office runs on."""
    then: tuple[str, ...] = ()
    """Who is asked next, one after the other, when an item that waits for this one is not decided."""
    then_after: Duration = Field(default_factory=lambda: _minutes(60))
    """After so long this one is reminded, after so long again the next one is asked, and so on."""


class Mail(Frozen):
    """The mail server."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` only to a server on this machine."""
    from_: str = Field(alias="from", pattern=_MAIL)
    credential: CredentialName | None = None
    """Name of the credential in the vault."""
    authority: str | None = None
    """File with the certificate of the hospital's own authority (PEM), where the machine does not know it."""

    @model_validator(mode="after")
    def _not_in_clear(self) -> Mail:
        if self.security == "none" and not on_this_machine(self.host):
            raise ValueError("'security: none' only to a mail server on this machine; write starttls or tls")
        return self


class Webhook(Frozen):
    """An address that gets each message as JSON. The body is signed with the secret of `credential`."""

    url: str
    credential: CredentialName
    """Name of the credential in the vault; its password is the key of the signature."""
    authority: str | None = None
    """File with the certificate of the hospital's own authority (PEM)."""

    @model_validator(mode="after")
    def _not_in_clear(self) -> Webhook:
        parts = split_address(without_password(self.url))
        if parts.scheme != "https" and not (parts.scheme == "http" and on_this_machine(parts.hostname or "")):
            raise ValueError("a webhook's address begins with https://, or with http:// on this machine")
        return self


class Heartbeat(Frozen):
    """A sign of life for an outside monitor, given only while workers and scheduler really live."""

    url: str | None = None
    """Asked by GET every time."""
    file: str | None = None
    """Touched every time; a path on the office's machine."""
    every: Duration = Field(default_factory=lambda: parse_duration("1 min"))

    _checked = field_validator("url")(lambda url: url and without_password(url))


class Rule(Frozen):
    """When to tell whom. A cause without a rule has the default one; `off: true` switches it off."""

    on: Cause
    off: bool = False
    items: int | None = Field(default=None, ge=1)
    """`failures`: so many in `within`."""
    within: Duration | None = None
    """`failures`: in so long a time. `due_soon`: due in so long a time. `credential`: expiring in so long a time."""
    after: Duration | None = None
    """`unanswered`, `silence`, `worker_lost`, `system_down`, `backup`, `critical`, `undelivered`: when it has lasted so
    long."""
    below: float | None = Field(default=None, gt=0)
    """`disk_low`: gigabytes left."""
    bots: tuple[str, ...] = ()
    """Only these bots; without it, all."""
    tell: tuple[str, ...] | None = None
    """People; without it those of `alerts.tell`."""
    escalate: tuple[str, ...] = ()
    """Who is told next, one after the other, as long as nobody has acknowledged it."""
    escalate_after: Duration | None = None

    @model_validator(mode="after")
    def _fits(self) -> Rule:
        takes = _TAKES.get(self.on, ())
        for name in ("items", "within", "after", "below"):
            if getattr(self, name) is not None and name not in takes:
                raise ValueError(f"'{name}' says nothing on '{self.on}'; it takes {' and '.join(takes) or 'no limit'}")
        if self.bots and self.on in _NO_BOT:
            raise ValueError(f"'{self.on}' is no single bot's; leave 'bots' out")
        return self


_TAKES: Mapping[Cause, tuple[str, ...]] = {
    "failures": ("items", "within"), "due_soon": ("within",), "unanswered": ("after",), "silence": ("after",),
    "worker_lost": ("after",), "disk_low": ("below",), "credential": ("within",), "backup": ("after",),
    "system_down": ("after",), "critical": ("after",), "undelivered": ("after",),
}  # fmt: skip
_NO_BOT: tuple[Cause, ...] = (
    "worker_lost", "disk_low", "credential", "canary", "backup", "system_down", "undelivered",
)  # fmt: skip


def _minutes(number: int) -> Duration:
    return parse_duration(f"{number} min")


def _default(cause: Cause) -> Rule:
    limits: dict[Cause, dict[str, object]] = {
        "failures": {"items": 5, "within": _minutes(30)}, "due_soon": {"within": _minutes(30)},
        "unanswered": {"after": _minutes(120)}, "silence": {"after": _minutes(120)},
        "worker_lost": {"after": _minutes(2)}, "disk_low": {"below": 2.0}, "system_down": {"after": _minutes(10)},
        "credential": {"within": parse_duration("7 d")}, "backup": {"after": parse_duration("2 d")},
        "critical": {"after": _minutes(15)}, "undelivered": {"after": _minutes(30)},
    }  # fmt: skip
    return Rule(on=cause, **limits.get(cause, {}))


_OFF_UNLESS_WRITTEN: tuple[Cause, ...] = ("backup",)


class Alerting(Frozen):
    """Being told. Without it, alerts still arise and are seen on the dashboard and by `wetread alerts`."""

    tell: tuple[str, ...] = ()
    """People who are told where a rule names nobody."""
    mail: Mail | None = None
    webhooks: dict[str, Webhook] = {}
    link: str | None = None
    """Address of the dashboard, for links in messages."""
    gather: Duration = Field(default_factory=lambda: _minutes(2))
    """After a message to somebody, all that follows within this time comes in one message."""
    escalate_after: Duration = Field(default_factory=lambda: _minutes(15))
    rules: tuple[Rule, ...] = ()
    heartbeat: Heartbeat | None = None

    def in_force(self) -> tuple[Rule, ...]:
        """Every rule that holds: those written, and the default one of each cause that none is written for."""
        written = {rule.on for rule in self.rules}
        defaults = (_default(c) for c in CAUSES if c not in written and c not in _OFF_UNLESS_WRITTEN)
        return (*(_filled(rule) for rule in self.rules if not rule.off), *defaults)


def _filled(rule: Rule) -> Rule:
    """A written rule with the default limits where it names none."""
    usual = _default(rule.on)
    names = [name for name in _TAKES.get(rule.on, ()) if getattr(rule, name) is None]
    return rule.model_copy(update={name: getattr(usual, name) for name in names})


def on_this_machine(host: str) -> bool:
    """Whether a host's name means this machine and no network. `127.evil.example` is a name like any other."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
