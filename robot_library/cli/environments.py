"""--env: the environment that a command works in. What it gives stands in this process's own variables meanwhile, so
that whatever asks for ${NAME} or the vault, and every worker that is started, has it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from robot_library.parsing.chosen import ENVIRONMENT

if TYPE_CHECKING:
    from robot_library.parsing.library import Library

F = TypeVar("F", bound=Callable[..., Any])


def env_option(command: F, *, needed: bool = True) -> F:
    """--env on a command with --project. The command runs in the environment that it, or WETREAD_ENV, names; where it
    is not `needed`, in none if that is not to be had here."""
    from robot_library.errors import AuthoringError

    @functools.wraps(command)
    def within(*args: Any, env: str | None, **kwargs: Any) -> Any:
        with _set({ENVIRONMENT: env} if env else {}), ExitStack() as inside:
            try:
                inside.enter_context(entered(kwargs.get("project")))
            except AuthoringError:
                if needed:
                    raise
            return command(*args, **kwargs)

    option = click.option(
        "--env", metavar="NAME", envvar=ENVIRONMENT, show_envvar=True,
        help="The environment of site.yaml to work in, such as test or prod.",
    )  # fmt: skip
    return cast(F, option(within))


@contextmanager
def entered(project: Path | None) -> Iterator[None]:
    """In the environment of a project, its values and its vault among this process's variables. Where site.yaml is
    wrong, nothing is set: whoever needs it says so. AuthoringError for an environment that is not there."""
    from robot_library.errors import AuthoringError
    from robot_library.parsing.library import Library
    from robot_library.parsing.sites import load_site

    library = Library.find(project)
    path = library.site_file()
    try:
        if path is not None:
            load_site(path)
    except AuthoringError:
        yield
        return
    with _set(variables(library)):
        yield


@contextmanager
def outside() -> Iterator[None]:
    """In no environment, whichever the machine names: the demo hospital is none of a site's systems."""
    with _set({ENVIRONMENT: ""}):
        yield


def variables(library: Library) -> Mapping[str, str]:
    """What the chosen environment puts into a process's variables."""
    from robot_library.safeguards.vault_file import FILE, KEY_FILE

    found = library.environment()
    if found is None:
        return {}
    name, one = found
    vault = {} if one.vault is None else {FILE: one.vault.file, KEY_FILE: one.vault.key_file}
    return {ENVIRONMENT: name, **one.values, **{key: text for key, text in vault.items() if text}}


def header(library: Library) -> str:
    """The environment in a few words; "" where site.yaml tells none apart."""
    if library.site_file() is None or not library.site().environments:
        return ""
    found = library.environment()
    if found is None:
        return "Environment: none is chosen (--env); this is a trial, and production addresses are refused."
    name, one = found
    what = "PRODUCTION: patients are treated by what is written" if one.production else "a trial"
    return f"Environment: {name} ({what}){f': {one.about}' if one.about else ''}"


@contextmanager
def _set(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old
