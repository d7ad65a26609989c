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
_VERSION, _OWN = "w1.", "w2."
"""Sealed under the site's key; under the key of the item, report or arrival that the context names."""
_NONCE = 12
_OF_ITEM = frozenset({"payload", "timeline", "journal", "journal-key", "reason", "request", "note", "handwork"})
_OF_ITSELF = frozenset({"report", "critical", "arrival"})


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


def _read(tree: Any) -> Any:
    """A value without what is said of a record beside what was read. Which of its fields are no patient's the map says:
    under another map, or by a wetread that did not keep it, the record is the same."""
    if isinstance(tree, list):
        return [_read(member) for member in tree]
    if not isinstance(tree, dict):
        return tree
    beside = "plain" if tree.get("kind") == "record" and isinstance(tree.get("fields"), dict) else None
    return {name: _read(member) for name, member in tree.items() if name != beside}


class SealedJson:
    """Implements interfaces.Sealer under a site key."""

    def __init__(self, key: SiteKey) -> None:
        self.fingerprint = key.fingerprint
        self._cipher = AESGCM(key.derive("sealed"))
        self._mac_key = key.derive("mac")
        self.ring = key.ring

    def seal(self, value: Any, context: str) -> str:
        """Encrypted text; a new nonce each time, so equal values do not look equal. What belongs to an item goes under
        that item's own key; an empty value tells nothing of anybody. SetupError if that key was destroyed."""
        nonce = os.urandom(_NONCE)
        clear = _canonical(encode(value)).encode()
        owner = owner_of(context) if value and self.ring is not None else ""
        if owner and self.ring is not None:
            version, cipher = _OWN, self.ring.make(self.ring.name(owner))
        else:
            version, cipher = _VERSION, self._cipher
        sealed = nonce + cipher.encrypt(nonce, clear, _bound(context))
        return version + base64.urlsafe_b64encode(sealed).decode("ascii")

    def open(self, sealed: str, context: str) -> Any:
        """The value; SetupError if it was sealed under another key or for another place, or was changed, or if its own
        key was destroyed."""
        try:
            if not sealed.startswith((_VERSION, _OWN)):
                raise ValueError
            cipher = self._cipher if sealed.startswith(_VERSION) else self._own(context)
            raw = base64.b64decode(sealed[len(_VERSION) :], altchars=b"-_", validate=True)
            clear = cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _bound(context))
        except (InvalidTag, ValueError, binascii.Error):
            raise SetupError(
                "a kept value does not open: another site key, or the row was changed or moved.",
                cure="Use the site key this database was made with; never edit its rows.",
            ) from None
        return decode(json.loads(clear))

    def _own(self, context: str) -> AESGCM:
        try:
            if self.ring is not None:
                return self.ring.get(self.ring.name(owner_of(context)))
        except FileNotFoundError:
            pass
        where = self.ring.folder if self.ring is not None else "this host"
        raise SetupError(
            f"a kept value does not open: the key of its item is not in {where}.",
            cure="Restore that folder; hosts that share a database name one folder for all in WETREAD_KEYS.",
        )

    def mac(self, text: str) -> str:
        """HMAC-SHA256 under the site key, 64 hex digits."""
        return hmac.new(self._mac_key, text.encode(), hashlib.sha256).hexdigest()

    def digest(self, value: Any) -> str:
        """HMAC of the canonical form."""
        return self.mac("digest|" + _canonical(_read(encode(value))))


def owner_of(context: str) -> str:
    """Whose key a context is sealed under: "item|…", "report|…", "critical|…", "arrival|…"; "" for the site's."""
    kind, _, rest = context.partition("|")
    named = rest.partition("|")[0]
    if kind in _OF_ITEM or kind.startswith("review-"):
        return f"item|{named}"
    return f"{kind}|{named}" if kind in _OF_ITSELF else ""


def _bound(context: str) -> bytes:
    return b"wetread|" + context.encode()
