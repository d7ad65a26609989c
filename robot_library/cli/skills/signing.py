"""`wetread skills sign` and `verify`."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import project_option
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VAULT = "vault:"


@click.command("sign")
@click.argument("name", required=False)
@click.option("--key", help="File with an Ed25519 key (PEM), or vault:NAME.")
@click.option("--new-key", type=click.Path(path_type=Path), help="Make a key in this file, and print its public half.")
@project_option
@json_option
def sign(name: str | None, key: str | None, new_key: Path | None, project: Path | None, as_json: bool) -> None:
    """Vouch for a skill: sign its manifest, model, evaluation and golden files. Writes skill.sig beside them.

    \b
    wetread skills sign --new-key officer.pem            print the line for `skills: keys:` of site.yaml
    wetread skills sign my-skill --key officer.pem
    wetread skills sign my-skill --key vault:skill-signer
    """
    if new_key is not None:
        if name or key:
            raise click.UsageError("--new-key stands alone: make the key first, then sign with --key.")
        public = _new_key(new_key)
        print_json({"key": str(new_key), "public": public}) if as_json else click.echo(
            f"Keep {new_key} to yourself. For site.yaml, under `skills:`:\n  keys:\n    {new_key.stem}: {public}"
        )
        return
    if not name or not key:
        raise click.UsageError("Name a skill and give --key, or give --new-key alone.")
    from robot_library.cli.skills.site import skill_folder
    from robot_library.skills.signing import FILE
    from robot_library.skills.signing import sign as made

    folder = skill_folder(name, project)
    found = made(folder, _key(key))
    if as_json:
        print_json(found.model_dump())
    else:
        click.echo(f"{name} {found.version}: {len(found.files)} files signed, {folder / FILE}")


@click.command("verify")
@click.argument("name")
@project_option
@json_option
def verify(name: str, project: Path | None, as_json: bool) -> int:
    """Who signed a skill, and whether it is still what they signed. Exit code 1 if nobody did whom this site knows.

    \b
    wetread skills verify chest-xray-pneumonia
    """
    from robot_library.cli.skills.site import skill_folder
    from robot_library.parsing.library import Library
    from robot_library.skills import signing
    from robot_library.skills.manifest import load_manifest, model_bytes

    folder, trust = skill_folder(name, project), Library.find(project).site().skills
    manifest = load_manifest(folder)
    model_bytes(folder, manifest)
    found = signing.read(folder)
    if found is not None:
        signing.holds(folder, manifest, found)
    who = signing.signer(found, trust) if found is not None else ""
    if as_json:
        print_json({"skill": name, "version": manifest.version, "signed": found is not None, "by": who,
                    "key": found.key if found else "", "at": found.signed if found else "",
                    "required": trust.signatures == "required"})  # fmt: skip
    elif found is None:
        click.echo(f"{name} {manifest.version} is not signed.")
    else:
        by = who or f"a key that site.yaml does not know ({found.key})"
        click.echo(f"{name} {manifest.version}: signed on {found.signed} by {by}; nothing changed since.")
    return 0 if who else 1


def _new_key(file: Path) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from robot_library.skills.signing import public

    made = Ed25519PrivateKey.generate()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as failure:
        raise SetupError(
            f"the key cannot be written to {file} ({type(failure).__name__}).", cure="A file is never overwritten."
        ) from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return public(made)


def _key(where: str) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if where.startswith(VAULT):
        from robot_library.safeguards.vault import Vault

        name = where.removeprefix(VAULT)
        try:
            return Ed25519PrivateKey.from_private_bytes(base64.b64decode(Vault().credential(name).password))
        except ValueError:
            raise SetupError(
                f"credential {name!r} holds no Ed25519 key.", cure="Its password is 32 bytes, base64."
            ) from None
    file = Path(where)
    try:
        data = file.read_bytes()
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise SetupError(f"the key {file} can be read by other users.", cure=f"Run: chmod 600 {file}")
        found = load_pem_private_key(data, _passphrase(data))
    except (OSError, ValueError, TypeError) as failure:
        raise SetupError(
            f"the key {file} cannot be read ({type(failure).__name__}).",
            cure="`wetread skills sign --new-key FILE` makes one.",
        ) from None
    if not isinstance(found, Ed25519PrivateKey):
        raise SetupError(f"the key {file} is none of Ed25519.", cure="`wetread skills sign --new-key FILE` makes one.")
    return found


def _passphrase(data: bytes) -> bytes | None:
    """Asked for where the PEM is encrypted."""
    if b"ENCRYPTED" not in data:
        return None
    return str(click.prompt("Passphrase of the key", hide_input=True, err=True)).encode()
