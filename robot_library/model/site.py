"""site.yaml: what holds for a whole hospital and is no bot's. One model file for each section."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import model_validator

from robot_library.model.alerting import Alerting, Person
from robot_library.model.at_screen import AtScreen
from robot_library.model.base import Frozen
from robot_library.model.clock import Zone
from robot_library.model.delivery import Delivery
from robot_library.model.forwarding import Forwarding
from robot_library.model.keep import Keep
from robot_library.model.keywords import KeywordRules
from robot_library.model.signing_in import SigningIn
from robot_library.model.systems import SystemLimits
from robot_library.model.tracing import Tracing
from robot_library.model.trust import SkillTrust


class Site(Frozen):
    """One hospital. Everything may be left out."""

    about: str = ""
    zone: Zone = "UTC"
    """Time zone of everything that names none of its own, as in Europe/Berlin."""
    environment: Literal["trial", "production"] = "trial"
    """production: patients are treated by what is written here. A bot goes as far as another person has approved for
    exactly what it is made of, and skills that are not for clinical use only watch."""
    systems: dict[str, SystemLimits] = {}
    """Limits by the name of a screen map, or by an address that apps' `url` begins with."""

    people: dict[str, Person] = {}
    """Who can be told, by the name that rules use."""
    alerts: Alerting = Alerting()
    """When somebody is told."""
    keep: Keep = Keep()
    """How long things are kept."""
    skills: SkillTrust = SkillTrust()
    """Whose signatures on skills count."""
    audit: Forwarding = Forwarding()
    """Where the audit trail is sent."""
    traces: Tracing = Tracing()
    """Where OpenTelemetry traces go."""
    deliveries: dict[str, Delivery] = {}
    """Where released reports go, by a name of one's own."""
    at_screen: AtScreen = AtScreen()
    """Keys and sign for the person whose screen a bot works on."""
    keywords: KeywordRules = KeywordRules()
    """Which Robot Framework libraries bots may use, and on which files."""

    sign_in: SigningIn = SigningIn()
    """How people come into the clerk's app."""

    @model_validator(mode="after")
    def _production_is_an_address(self) -> Site:
        """A test system has the same screens: by its map it cannot be told from the one that counts."""
        if named := sorted(name for name, one in self.systems.items() if one.production and "://" not in name):
            raise ValueError(f"'production' is said of an address (https://…), not of the screen map {named[0]!r}")
        return self

    @model_validator(mode="after")
    def _known_people(self) -> Site:
        """Whoever is to be told is known here, and can be reached."""
        rules = self.alerts.rules
        told = [*self.alerts.tell, *(name for rule in rules for name in (*(rule.tell or ()), *rule.escalate))]
        told += [next_one for person in self.people.values() for next_one in person.then]
        if strangers := sorted({name for name in told if name not in self.people}):
            raise ValueError(f"{', '.join(strangers)} is to be told or asked, and is not among 'people'")
        for name, person in self.people.items():
            if person.webhook is not None and person.webhook not in self.alerts.webhooks:
                raise ValueError(f"{name} is told by the webhook '{person.webhook}', which 'alerts.webhooks' lacks")
            if person.email is not None and self.alerts.mail is None and name in told:
                raise ValueError(f"{name} is told by e-mail, but 'alerts.mail' names no mail server")
        return self

    def limits(self, map_name: str, url: str) -> tuple[str, SystemLimits] | None:
        """The limits of a system and the name they stand under: by address first, the longest, then by map."""
        near = [name for name in self.systems if "://" in name and _below(url, name)]
        name = max(near, key=len) if near else map_name
        found = self.systems.get(name)
        return (name, found) if found is not None else None

    def forbidden(self, url: str) -> str | None:
        """The production system that an address leads to, where this is no production."""
        return None if self.environment == "production" else self.production_at(url)

    def production_at(self, url: str) -> str | None:
        """The production system that an address leads to, by whatever scheme."""
        return next((name for name, one in self.systems.items() if one.production and _leads_to(url, name)), None)


def _leads_to(url: str, address: str) -> bool:
    to, at = urlsplit(url.lower()), urlsplit(address.lower())
    base = at.path.rstrip("/")
    same = (to.hostname or "").rstrip(".") == (at.hostname or "").rstrip(".") and at.port in (None, to.port)
    return same and (to.path == base or to.path.startswith(f"{base}/") or not base)


def _below(url: str, address: str) -> bool:
    base = address.rstrip("/").lower()
    return url.lower() == base or url.lower().startswith((f"{base}/", f"{base}?"))
