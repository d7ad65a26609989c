"""The only module that imports Robot Framework and rpaframework: finds libraries, reads signatures, calls methods.

Keywords run without a Robot run: `TestLibrary` makes the library, its own argument resolver checks and converts.
Nothing is imported before a library that the site allows is asked for.
"""

from __future__ import annotations

import importlib.util
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from robot_library.errors import SetupError
from robot_library.keywords.effects import folded
from robot_library.keywords.quiet import hushed
from robot_library.keywords.signature import Argument, Gives, LibraryInfo, Signature, Way, arranged
from robot_library.keywords.values import given, plain

CURE = "pip install wetread[rpa]"
_WAYS: dict[str, Way] = {
    "POSITIONAL_ONLY": "positional",
    "POSITIONAL_OR_NAMED": "positional",
    "VAR_POSITIONAL": "varargs",
    "NAMED_ONLY": "named",
    "VAR_NAMED": "kwargs",
}


_one_at_a_time = threading.RLock()
"""Robot turns the process's output aside while it makes a library: two at once would not put it back."""


class NoSuchLibrary(Exception):
    """It is not installed, or cannot be loaded; the message says which."""


def installed() -> bool:
    """Whether Robot Framework is there; nothing is imported."""
    return importlib.util.find_spec("robot") is not None


def require_robot() -> None:
    """SetupError without the extra."""
    if not installed():
        raise SetupError("keyword steps need Robot Framework, which is not installed.", cure=f"{CURE}.")


@cache
def library_info(name: str) -> LibraryInfo:
    """A library's keywords and their signatures. NoSuchLibrary if it cannot be loaded; SetupError without the extra."""
    made = _library(name)
    keywords = {folded(one.name): _signature(one.name, one) for one in made.keywords}
    return LibraryInfo(name, keywords, _signature(name, made.init))


def _library(name: str, *, keywords: bool = True) -> Any:
    require_robot()
    from robot.errors import DataError
    from robot.running import TestLibrary

    with _one_at_a_time, hushed(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a library's own imports have to say is nothing for an author
        try:
            return TestLibrary.from_name(name, create_keywords=keywords, logger=_Silent())
        except DataError as failure:
            top = name.partition(".")[0]
            absent = "does not contain" in str(failure) or f"No module named '{top}'" in str(failure)
            raise NoSuchLibrary("is not installed" if absent else "cannot be loaded on this machine") from None


class _Silent:
    """Takes what Robot says while it loads a library."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def _signature(name: str, keyword: Any) -> Signature:
    spec = keyword.args
    arguments = tuple(_argument(one, spec) for one in spec if str(one.kind) in _WAYS)
    about = str(getattr(keyword, "short_doc", "") or "")
    return Signature(name, arguments, _gives(spec.return_type), about)


def _argument(one: Any, spec: Any) -> Argument:
    required = bool(one.required) and one.name not in spec.defaults
    default = spec.defaults.get(one.name)
    made = Argument(one.name, _WAYS[str(one.kind)], required, str(one.type or ""), _takes(one.type), default)
    return replace(made, refuses=lambda value: _refused(spec, one, value))


def _takes(hint: Any) -> frozenset[str]:
    kinds = {_kind(one) for one in (hint.nested if hint.is_union else (hint,))} if hint is not None else {"any"}
    return frozenset() if "any" in kinds else frozenset(kinds - {"nothing"})


def _refused(spec: Any, one: Any, value: Any) -> str:
    """Why Robot would not convert this; "" if it would. Never the value."""
    if one.type is None:
        return ""
    try:
        name = one.name
        if str(one.kind) in ("VAR_POSITIONAL", "VAR_NAMED"):
            one.type.convert(value, name)
        else:
            spec.convert([], [(name, value)], None, None)
    except (ValueError, TypeError):
        return f"must be {one.type}"
    return ""


def _gives(hint: Any) -> Gives:
    if hint is None or not (hint.name or hint.is_union):
        return "any"
    kinds = {_kind(one) for one in (hint.nested if hint.is_union else (hint,))} - {"nothing"}
    if not kinds:
        return "nothing"
    return kinds.pop() if len(kinds) == 1 else "any"


def _kind(hint: Any) -> Gives:
    """What one type of a signature becomes here."""
    from datetime import date
    from pathlib import PurePath

    kind, name = hint.type, str(hint.name)
    if name in ("None", "NoneType"):
        return "nothing"
    if name in ("Table", "Secret"):
        return "list" if name == "Table" else "data"
    if not isinstance(kind, type) or kind is object:
        return "any"
    rows: tuple[tuple[tuple[type, ...], Gives], ...] = (
        ((bool,), "boolean"), ((int, float), "number"), ((str, PurePath), "text"), ((date,), "date"),
        ((list, tuple, set), "list"), ((dict,), "data"),
    )  # fmt: skip
    for types, gives in rows:
        if issubclass(kind, types):
            return gives
    return "any"


def make(name: str, settings: Mapping[str, Any], credential: Callable[[str], Any] | None) -> Any:
    """A library of one's own, made with these settings. NoSuchLibrary, or whatever its own making raises."""
    made = _library(name, keywords=False)
    named = _bridged(name, dict(settings), credential)
    if named:
        positional, resolved = made.init.args.resolve([], named)
        converted = made.init.args.convert(positional, resolved)
        made.init.positional, made.init.named = list(converted[0]), dict(converted[1])
    with _one_at_a_time, hushed():
        made.create_keywords()
    return made


def _bridged(name: str, settings: dict[str, Any], credential: Callable[[str], Any] | None) -> dict[str, Any]:
    """rpaframework's vault over wetread's own, unless a file is named; its work items over two files."""
    if name == "RPA.Robocorp.Vault" and "default_adapter" not in settings:
        if "secret_file" in settings:
            return {**settings, "default_adapter": "FileSecrets"}
        return {**settings, "default_adapter": _vault(credential)} if credential is not None else settings
    if name == "RPA.Robocorp.WorkItems" and "default_adapter" not in settings:
        where: dict[str, Any] = {key: settings.pop(key) for key in ("input", "output") if key in settings}
        return {**settings, "default_adapter": _two_files(where), "autoload": False} if where else settings
    return settings


def _vault(credential: Callable[[str], Any]) -> type:
    from RPA.Robocorp.Vault import BaseSecretManager, Secret

    class WetreadVault(BaseSecretManager):  # type: ignore[misc]
        """Credentials of wetread's vault as secrets with `user` and `password`."""

        def get_secret(self, secret_name: str) -> Any:
            found = credential(secret_name)
            return Secret(secret_name, "", {"user": found.user, "password": found.password})

        def set_secret(self, secret: Any) -> None:
            raise SetupError("wetread's vault is not written by bots.", cure="`keyring set wetread NAME` stores one.")

    return WetreadVault


def _two_files(where: Mapping[str, Any]) -> type:
    from pathlib import Path

    from RPA.Robocorp.WorkItems import FileAdapter

    class TwoFiles(FileAdapter):  # type: ignore[misc]
        """Work items from one JSON file into another, by the step's settings and not by environment variables."""

        input_path = Path(where["input"]) if "input" in where else None
        output_path = Path(where.get("output") or Path(where["input"]).with_suffix(".output.json"))

    return TwoFiles


def prepared(made: Any, keyword: str, signature: Signature, values: Mapping[str, Any]) -> Callable[[], Any]:
    """A call that is ready to be made: arguments checked and converted. ValueError if one does not fit.

    What the call gives is plain data (values.py); a keyword that changes a table it is given, and gives nothing,
    gives the changed table.
    """
    from robot.errors import DataError

    method = made.find_keywords(keyword)[0]
    positional, named = arranged(signature, {name: _in(signature, name, one) for name, one in values.items()})
    try:
        positional, pairs = method.resolve_arguments(positional, named)
    except (DataError, ValueError, TypeError) as failure:
        raise ValueError(type(failure).__name__) from None
    tables = [one for one in (*positional, *(value for _, value in pairs)) if type(one).__name__ == "Table"]

    def call() -> Any:
        with hushed():
            said = method.method(*positional, **dict(pairs))
            return plain(tables[0] if said is None and len(tables) == 1 else said)

    return call


def _in(signature: Signature, name: str, value: Any) -> Any:
    argument, value = signature.argument(name), given(value)
    if argument is None or not argument.is_table or not isinstance(value, list):
        return value
    if argument.way == "varargs":
        return [_table(one) if isinstance(one, list) else one for one in value]
    return _table(value)


def _table(rows: list[Any]) -> Any:
    from RPA.Tables import Table

    return Table(rows)


def not_in_a_run(failure: BaseException) -> bool:
    """Whether a keyword failed because it works only inside a Robot Framework run."""
    return type(failure).__name__ == "RobotNotRunningError"


def close(made: Any, closer: str) -> None:
    """Run what lets a library's files and sessions go; whatever it raises is nobody's matter any more."""
    from contextlib import suppress

    with hushed(), suppress(Exception):
        made.find_keywords(closer)[0].method()
