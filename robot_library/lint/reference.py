"""Reference pages of what has no files of its own: every error, and the schemas with what they are for."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from robot_library import errors
from robot_library.errors import ItemError, WetreadError
from robot_library.parsing.schema import KINDS

_HELD = "no failure of the item: it waits until "
_WAITS: dict[type[WetreadError], str] = {
    errors.SystemDown: _HELD + "the system answers",
    errors.SignInRefused: _HELD + "a person has mended the credential",
    errors.PasswordExpired: _HELD + "a person has mended the credential",
    errors.SecondFactorAsked: _HELD + "a person has mended the credential",
    errors.LicencesFull: _HELD + "somebody leaves",
    errors.SignedInElsewhere: _HELD + "the account is free",
}
_OUTCOMES = {"refused": "refused", "needs_person": "goes to a person", "already_reported": "already reported"}


def errors_page() -> str:
    """Every error, as a tree in one table, with what becomes of the item or the command."""
    lines = [
        "# Errors",
        "",
        "What can stop a command or an item, by its code. A message names the place, the thing, the cause and the "
        "cure; never a patient's value. An item's code stands in `wetread runs` and on the dashboard.",
        "",
        "| code | is a | then | about |",
        "|---|---|---|---|",
    ]
    for one, parent in _tree(WetreadError, ""):
        lines.append(f"| `{one.__name__}` | {parent} | {_then(one)} | {_about(one)} |")
    lines += ["", "## Not errors", "", "What may be thrown and is no failure of an item:", ""]
    for name in ("RunCancelled", "LineHeld", "HandsOff"):
        lines.append(f"- `{name}`: {_about(getattr(errors, name))}")
    return "\n".join([*lines, ""])


def _tree(one: type[WetreadError], parent: str) -> Iterator[tuple[type[WetreadError], str]]:
    yield one, parent
    for inner in one.__subclasses__():
        if inner.__module__ == errors.__name__:
            yield from _tree(inner, f"`{one.__name__}`")


def _then(one: type[WetreadError]) -> str:
    if one in _WAITS:
        return _WAITS[one]
    if issubclass(one, ItemError):
        tried = "tried again, then " if issubclass(one, errors.ApplicationException) else ""
        return tried + _OUTCOMES[one.outcome]
    return f"exit code {one.exit_code}"


def _about(one: type[BaseException]) -> str:
    return inspect.cleandoc(one.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def schemas_page() -> str:
    """The schemas by kind of file, and how an editor gets them."""
    lines = [
        "# Schemas",
        "",
        "JSON Schemas (draft 2020-12), made from the definitions that `wetread check` uses: for editors, not for "
        "judging a file, because names in other files are beyond them. `wetread init` sets VS Code up with them; "
        "`wetread schema workflow` prints one, and [In an editor](../editor.md) says how others get them.",
        "",
        "| kind of file | schema | every key |",
        "|---|---|---|",
    ]
    lines += [
        f"| {kind} | [{kind}.schema.json](schema/{kind}.schema.json) | [{kind}](files.md#{kind}) |" for kind in KINDS
    ]
    return "\n".join([*lines, ""])
