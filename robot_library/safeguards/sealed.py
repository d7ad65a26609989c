"""The one serializer: typed JSON, then AES-256-GCM. Nothing a database holds can be read or run without it.

A sealed value is bound to its context (which item, which key): moved to another row, it does not open.
Only the types listed here can be kept; there is no pickle, and a type's name never leads to an import.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel

from robot_library.errors import SetupError
from robot_library.interfaces import PersonAnswer
from robot_library.model.confirm import Whose
from robot_library.model.finding import Abstention, Accepted, Finding, Measurement
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.model.record import Record
from robot_library.model.release import CriticalResult, ReportVersion
from robot_library.model.report import Report
from robot_library.model.review import Asked
from robot_library.model.run import Evidence, RunRecord, StepRecord
from robot_library.model.study import Image, Series, Stack, Study
from robot_library.model.workitem import WorkItem
from robot_library.safeguards.keys import SiteKey

_KEPT: tuple[type[BaseModel], ...] = (
    Abstention, Accepted, Asked, CriticalResult, Evidence, Finding, Identity, Image, Measurement, PatientId,
    PersonAnswer, PersonName, Record, Report, ReportVersion, RunRecord, Series, Stack, StepRecord, Study, Whose,
    WorkItem,
)  # fmt: skip
_BY_NAME: Mapping[str, type[BaseModel]] = {model.__name__: model for model in _KEPT}
_TAG, _VALUE = "$type", "$value"
_VERSION = "w1."
_NONCE = 12


def encode(value: Any) -> Any:
    """A value as plain JSON, each type that JSON lacks named beside it. TypeError for any other type."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [encode(member) for member in value]
    if isinstance(value, dict):
        return _encode_dict(value)
    kind = type(value).__name__
    match value:
        case tuple():
            return {_TAG: "tuple", _VALUE: [encode(member) for member in value]}
        case set() | frozenset():
            return {_TAG: "frozenset", _VALUE: sorted((encode(member) for member in value), key=_canonical)}
        case datetime() | date():
            return {_TAG: kind, _VALUE: value.isoformat()}
        case timedelta():
            return {_TAG: kind, _VALUE: [value.days, value.seconds, value.microseconds]}
        case Decimal():
            return {_TAG: kind, _VALUE: str(value)}
        case BaseModel() if _BY_NAME.get(kind) is type(value):
            return {_TAG: kind, _VALUE: value.model_dump(mode="json")}
        case BaseException():
            return {_TAG: "failure", _VALUE: [kind, str(value)]}
        case _:
            raise TypeError(f"a {kind} cannot be kept; keep bytes in the blob store and refer to them")


def _encode_dict(value: dict[Any, Any]) -> Any:
    if all(isinstance(key, str) for key in value) and _TAG not in value:
        return {key: encode(member) for key, member in value.items()}
    return {_TAG: "dict", _VALUE: [[encode(key), encode(member)] for key, member in value.items()]}


class Failure(Exception):
    """An exception that was kept: its class's name and its message, nothing that could run."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.message = name, message


def decode(tree: Any) -> Any:
    """The value again. ValueError for a type name that is not in the list."""
    if isinstance(tree, list):
        return [decode(member) for member in tree]
    if not isinstance(tree, dict):
        return tree
    if _TAG not in tree:
        return {key: decode(member) for key, member in tree.items()}
    kind, value = tree[_TAG], tree[_VALUE]
    match kind:
        case "tuple":
            return tuple(decode(member) for member in value)
        case "frozenset":
            return frozenset(decode(member) for member in value)
        case "dict":
            return {decode(key): decode(member) for key, member in value}
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            return datetime.fromisoformat(value)
        case "timedelta":
            return timedelta(*value)
        case "Decimal":
            return Decimal(value)
        case "failure":
            return Failure(*value)
        case _ if kind in _BY_NAME:
            return _BY_NAME[kind].model_validate_json(json.dumps(value))
        case _:
            raise ValueError("a kept value names an unknown type")


def _canonical(tree: Any) -> str:
    return json.dumps(tree, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class SealedJson:
    """Implements interfaces.Sealer under a site key."""

    def __init__(self, key: SiteKey) -> None:
        self.fingerprint = key.fingerprint
        self._cipher = AESGCM(key.derive("sealed"))
        self._mac_key = key.derive("mac")

    def seal(self, value: Any, context: str) -> str:
        """Encrypted text; a new nonce each time, so equal values do not look equal."""
        nonce = os.urandom(_NONCE)
        clear = _canonical(encode(value)).encode()
        sealed = nonce + self._cipher.encrypt(nonce, clear, _bound(context))
        return _VERSION + base64.urlsafe_b64encode(sealed).decode("ascii")

    def open(self, sealed: str, context: str) -> Any:
        """The value; SetupError if it was sealed under another key or for another place, or was changed."""
        try:
            if not sealed.startswith(_VERSION):
                raise ValueError
            raw = base64.b64decode(sealed[len(_VERSION) :], altchars=b"-_", validate=True)
            clear = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _bound(context))
        except (InvalidTag, ValueError, binascii.Error):
            raise SetupError(
                "a kept value does not open: another site key, or the row was changed or moved.",
                cure="Use the site key this database was made with; never edit its rows.",
            ) from None
        return decode(json.loads(clear))

    def mac(self, text: str) -> str:
        """HMAC-SHA256 under the site key, 64 hex digits."""
        return hmac.new(self._mac_key, text.encode(), hashlib.sha256).hexdigest()

    def digest(self, value: Any) -> str:
        """HMAC of the canonical form."""
        return self.mac("digest|" + _canonical(encode(value)))


def _bound(context: str) -> bytes:
    return b"wetread|" + context.encode()
