"""site.yaml, `environments`: what holds on the test system and what where patients are treated, one entry for each."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from robot_library.model.base import Frozen
from robot_library.model.credential import CredentialName, without_password
from robot_library.model.delivery import Delivery
from robot_library.model.systems import SystemLimits

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME = re.compile(r"[a-z][a-z0-9-]*")


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("is no name that could stand in ${…}: letters, digits and _")
    return name


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("is no name of an environment: small letters, digits and -, as in test")
    return name


VariableName = Annotated[str, AfterValidator(_variable)]
EnvironmentName = Annotated[str, AfterValidator(_name)]


class VaultAt(Frozen):
    """The vault of an environment, as WETREAD_VAULT_FILE and WETREAD_VAULT_KEY_FILE name one."""

    file: str
    key_file: str = ""
    """Without it, the key that the machine names."""


class Overlay(Frozen):
    """One environment. What stands here comes before the rest of site.yaml, and before the machine's own variables."""

    about: str = ""
    production: bool = False
    """Patients are treated by what is written here. Its addresses are refused in every environment that is not."""
    values: dict[VariableName, Annotated[str, AfterValidator(without_password)]] = {}
    """What ${NAME} stands for in bots and deliveries: addresses, folders, site values. Never a password."""
    credentials: dict[CredentialName, CredentialName] = {}
    """The credential that is taken instead of the one a bot names: ehr-bot → ehr-bot-test."""
    vault: VaultAt | None = None
    """Where credentials are kept."""
    systems: dict[str, SystemLimits] = {}
    """Limits, entry by entry in place of the site's. What is production stays production."""
    deliveries: dict[str, Delivery] = {}
    """Where released reports go, entry by entry in place of the site's."""
    test_patients: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Patient numbers, as the screens show them, that are nobody's: whoever practises in production works on these
    alone."""
