"""site.yaml: what holds for a whole hospital and is no bot's. One model file for each section."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Literal

from pydantic import ValidationInfo, field_validator, model_validator

from robot_library.model.address import split_address, whole_address
from robot_library.model.alerting import Alerting, Person
from robot_library.model.at_screen import AtScreen
from robot_library.model.base import Frozen
from robot_library.model.clock import Zone
from robot_library.model.delivery import Delivery
from robot_library.model.environments import EnvironmentName, Overlay
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
    environments: dict[EnvironmentName, Overlay] = {}
    """dev, test, prod …: what holds in each. One is chosen with `--env` or WETREAD_ENV."""
    default_environment: str | None = None
    """The one that holds where none is chosen. Never a production: that is chosen by name."""
    test_patients: tuple[str, ...] = ()
    """Patient numbers, as the screens show them, that are nobody's: whoever practises in production works on these
    alone. Where there are `environments`, each has its own."""
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
    """How people come into the clerk's app and the dashboard."""

    @field_validator("environments")
    @classmethod
    def _said_once(cls, value: dict[str, Overlay], info: ValidationInfo) -> dict[str, Overlay]:
        """Where environments are told apart, production is one of them and nothing else."""
        if value and info.data.get("environment") == "production":
            raise ValueError("say which is production (`production: true`): `environment: production` would be all")
        return value

    @field_validator("default_environment")
    @classmethod
    def _known_and_harmless(cls, value: str | None, info: ValidationInfo) -> str | None:
        there: dict[str, Overlay] = info.data.get("environments", {})
        if value is None or "environments" not in info.data:
            return value
        if value not in there:
            near = get_close_matches(value, there, 1)
            raise ValueError(f"there is no environment {value[:60]!r}{f'; did you mean {near[0]!r}?' if near else ''}")
        if there[value].production:
            raise ValueError(f"{value!r} is a production, which is chosen by name alone: --env, or WETREAD_ENV")
        return value

    @model_validator(mode="after")
    def _production_is_an_address(self) -> Site:
        """A test system has the same screens: by its map it cannot be told from the one that counts."""
        systems = [self.systems, *(one.systems for one in self.environments.values())]
        filled = (text for one in self.environments.values() for text in one.values.values())
        for text in (*(name for group in systems for name in group), *filled):
            if "://" in text:
                whole_address(text)
        every = [entry for group in systems for entry in group.items()]
        if named := sorted(name for name, one in every if one.production and "://" not in name):
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
        return next((name for name in self._production() if _leads_to(url, name)), None)

    @property
    def has_production(self) -> bool:
        """Whether there is any system, or environment, where patients are treated."""
        return self.environment == "production" or any(True for _ in self._production())

    def _production(self) -> Iterator[str]:
        """Addresses where patients are treated: what is said to be, and what a production environment fills in."""
        for systems in (self.systems, *(one.systems for one in self.environments.values())):
            yield from (name for name, one in systems.items() if one.production)
        for environment in self.environments.values():
            if environment.production:
                yield from (text for text in environment.values.values() if "://" in text)

    def overlaid(self, name: str) -> Site:
        """The site as it is in one of its environments. What is production anywhere stays so."""
        one = self.environments[name]
        for_good = {at for at, limits in self.systems.items() if limits.production}
        systems = {
            at: limits.model_copy(update={"production": True}) if at in for_good else limits
            for at, limits in one.systems.items()
        }
        return self.model_copy(
            update={
                "environment": "production" if one.production else "trial",
                "systems": {**self.systems, **systems},
                "deliveries": {**self.deliveries, **one.deliveries},
                "test_patients": one.test_patients,
            }
        )


def _leads_to(url: str, address: str) -> bool:
    to, at = split_address(url.lower()), split_address(address.lower())
    base = at.path.rstrip("/")
    same = (to.hostname or "").rstrip(".") == (at.hostname or "").rstrip(".") and at.port in (None, to.port)
    return same and (to.path == base or to.path.startswith(f"{base}/") or not base)


def _below(url: str, address: str) -> bool:
    base = address.rstrip("/").lower()
    return url.lower() == base or url.lower().startswith((f"{base}/", f"{base}?"))
