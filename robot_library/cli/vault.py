"""`wetread vault`: credentials in an encrypted file. No command shows a password, a seed or a key."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.site import home_option, make_trail, project_option
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.safeguards.vault_file import VaultFile

F = TypeVar("F", bound=Callable[..., Any])
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_TOTP = "-totp"
FILE, KEY_FILE = "WETREAD_VAULT_FILE", "WETREAD_VAULT_KEY_FILE"


def _vault_options(command: F) -> F:
    """--file, --key-file, --project and --env: which vault, the same on every command."""

    @functools.wraps(command)
    def with_vault(*args: Any, project: Path | None, path: Path | None, key_file: Path | None, **more: Any) -> Any:
        # Looked up here, after --env has put what it names before the machine's own variables.
        path = path or _named(FILE)
        if path is None:
            raise click.UsageError(f"No vault is named: --file, the `vault` of an environment (--env), or {FILE}.")
        return command(*args, path=path, key_file=key_file or _named(KEY_FILE), **more)

    made = home_option(project_option(with_vault))
    for option in (
        click.option("--key-file", type=click.Path(path_type=Path, dir_okay=False),
                     help=f"Its key: elsewhere, never in a backup with it. Else what --env or {KEY_FILE} names; "
                     "without any, the key is read from WETREAD_VAULT_KEY."),
        click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False),
                     help=f"The vault; else the one that --env or {FILE} names."),
    ):  # fmt: skip
        made = option(made)
    return cast(F, made)


def _named(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


@click.group()
def vault() -> None:
    """Credentials in an encrypted file, for machines without a keyring. Bots name them; nothing shows them.

    \b
    export WETREAD_VAULT_FILE=/var/lib/wetread-vault/vault WETREAD_VAULT_KEY_FILE=/etc/wetread-vault/key
    wetread vault init
    wetread vault add ehr-bot --user rpabot
    wetread vault list
    wetread vault list --env prod            the vault that site.yaml names for prod
    wetread vault rotate
    """


@vault.command()
@_vault_options
@json_option
def init(path: Path, key_file: Path | None, home: Path, as_json: bool) -> None:
    """Make an empty vault, and its key where --key-file names one that is not there yet.

    \b
    wetread vault init --file /var/lib/wetread-vault/vault --key-file /etc/wetread-vault/key
    """
    one = _of(path, key_file)
    one.create()
    _tell(home, "init")
    _said(as_json, f"An empty vault: {path}. Keep its key elsewhere, too: without it nothing in it can be read.")


@vault.command()
@click.argument("name")
@click.option("--user", required=True, help="The account's name.")
@click.option(
    "--totp",
    is_flag=True,
    help="It has a second factor: ask for its seed, too. Without this, a seed that is kept stays.",
)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password, and the seed on a second line, from "
              "standard input.")  # fmt: skip
@_vault_options
@json_option
def add(
    name: str, user: str, totp: bool, from_stdin: bool, path: Path, key_file: Path | None, home: Path, as_json: bool
) -> None:
    """Keep a user and a password under NAME, in place of those that were there.

    \b
    wetread vault add ehr-bot --user rpabot
    wetread vault add ehr-bot --user rpabot --totp --stdin < secret.txt
    """
    if not _NAME.fullmatch(name) or name.endswith(_TOTP) or ":" in user or not user.strip():
        raise click.UsageError(
            "A name is small letters, digits and dashes, and does not end in -totp; a user has no colon."
        )
    password = _secret(from_stdin, "Password")
    changes: dict[str, str | None] = {name: f"{user}:{password}"}
    if totp:
        changes[f"{name}{_TOTP}"] = _secret(from_stdin, "Seed")
    _of(path, key_file).put(changes)
    _tell(home, f"add {name}")
    _said(as_json, f"{name} is kept{' with its second factor' if totp else ''}.", name=name)


@vault.command("list")
@_vault_options
@json_option
def listed(path: Path, key_file: Path | None, home: Path, as_json: bool) -> None:
    """The names that are kept, never what is kept under them.

    \b
    wetread vault list
    """
    names = _of(path, key_file).secrets()
    rows = [(name, f"{name}{_TOTP}" in names) for name in sorted(names) if not name.endswith(_TOTP)]
    if as_json:
        print_json([{"name": name, "second_factor": second} for name, second in rows])
    else:
        print_table(("name", "second factor"), [(name, "yes" if second else "-") for name, second in rows])


@vault.command()
@click.argument("name")
@_vault_options
@json_option
def remove(name: str, path: Path, key_file: Path | None, home: Path, as_json: bool) -> None:
    """Forget NAME and its second factor.

    \b
    wetread vault remove old-pacs-bot
    """
    one = _of(path, key_file)
    if name not in one.secrets():
        raise SetupError(
            f"the vault keeps nothing under {name[:60]!r}.", cure="`wetread vault list` shows what it keeps."
        )
    one.put({name: None, f"{name}{_TOTP}": None})
    _tell(home, f"remove {name}")
    _said(as_json, f"{name} is forgotten.", name=name)


@vault.command()
@_vault_options
@json_option
def rotate(path: Path, key_file: Path | None, home: Path, as_json: bool) -> None:
    """Encrypt everything under a new key. Cut off at any moment, it still opens, and can be done again.

    Where the key stands in WETREAD_VAULT_KEY: write the new one before the old one, with a blank between them, rotate,
    take the old one away. `wetread vault new-key FILE` makes one.

    \b
    wetread vault rotate
    """
    from robot_library.safeguards.vault_file import fingerprint

    one = _of(path, key_file)
    one.rotate()
    now = fingerprint(one.keys()[0])
    _tell(home, f"rotate to {now}")
    _said(
        as_json, f"Encrypted under a new key ({now}). Older copies of the vault open with the older key only.", key=now
    )


@vault.command("new-key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def make_key(file: Path, as_json: bool) -> None:
    """Write a fresh key into FILE, which only you may read: for WETREAD_VAULT_KEY, or a new site's for
    WETREAD_SITE_KEY_FILE.

    \b
    wetread vault new-key next.key
    wetread vault new-key /safe/site.key
    """
    from robot_library.safeguards.vault_file import write_key

    write_key(file)
    _said(as_json, f"A new key stands in {file}.")


def _of(path: Path, key_file: Path | None) -> VaultFile:
    from robot_library.safeguards.vault_file import VaultFile

    return VaultFile(path, key_file)


def _secret(from_stdin: bool, what: str) -> str:
    if not from_stdin:
        return str(click.prompt(what, hide_input=True, confirmation_prompt=True, err=True))
    if not (found := sys.stdin.readline().rstrip("\r\n")):
        raise click.UsageError(f"{what}: nothing came on standard input.")
    return found


def _tell(home: Path, what: str) -> None:
    """In the site's audit trail, where this machine has a site."""
    from robot_library.model.audit import Happened
    from robot_library.safeguards.keys import site_key

    if not home.is_dir():
        return
    try:
        key = site_key(home)
    except SetupError:
        return
    make_trail(home, key).record(Happened("decision", f"vault {what}"))


def _said(as_json: bool, text: str, **data: str) -> None:
    if as_json:
        print_json({"done": True, **data})
    else:
        click.echo(text)
