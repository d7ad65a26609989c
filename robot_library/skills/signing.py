"""skill.sig: who vouches for a skill, as an Ed25519 signature over the hashes of everything that decides.

The file is JSON: `format`, `skill`, `version`, `files` (path → sha256 of the manifest, the model, the evaluation and
the golden files), `signed` (UTC), `key` (the public key, base64) and `signature` (base64) over the other six as JSON
with sorted keys, no spaces, UTF-8, behind the format's name and a line feed. docs/skills.md says it for other tools.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from robot_library.errors import SetupError
from robot_library.model.base import Frozen
from robot_library.model.skill import SkillManifest
from robot_library.model.trust import SkillTrust
from robot_library.skills.manifest import MANIFEST, load_manifest, parse_manifest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILE = "skill.sig"
FORMAT = "wetread-skill-signature/1"


class Signature(Frozen):
    """What skill.sig holds."""

    format: str
    skill: str
    version: str
    files: dict[str, str]
    signed: str
    key: str
    signature: str = ""

    @property
    def said(self) -> bytes:
        """The bytes that are signed."""
        told = self.model_dump(exclude={"signature"})
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return f"{FORMAT}\n{text}".encode()


def sign(folder: Path, key: Ed25519PrivateKey) -> Signature:
    """Write folder/skill.sig. Raises AuthoringError, SetupError: it must be whole, its model's hash right."""
    manifest = load_manifest(folder)
    files = hashes(folder, manifest)
    if files[manifest.model.file] != manifest.model.sha256:
        raise SetupError(
            f"skill {manifest.skill!r}: {manifest.model.file!r} is not the model that skill.yaml names.",
            cure="Nothing was signed. Install the skill again, or write the new model's sha256 into skill.yaml.",
        )
    said = Signature(
        format=FORMAT,
        skill=manifest.skill,
        version=manifest.version,
        files=files,
        signed=datetime.now(UTC).isoformat(timespec="seconds"),
        key=public(key),
    )
    made = said.model_copy(update={"signature": base64.b64encode(key.sign(said.said)).decode()})
    text = json.dumps(made.model_dump(), indent=1, ensure_ascii=False) + "\n"
    try:
        (folder / FILE).write_text(text, encoding="utf-8", newline="\n")
    except OSError as failure:
        raise SetupError(f"{folder / FILE} cannot be written ({type(failure).__name__}).") from None
    return made


def hashes(folder: Path, manifest: SkillManifest) -> dict[str, str]:
    """sha256 of every file that is signed, by its path in the skill's folder. Raises SetupError for one not there."""
    names = {MANIFEST, manifest.model.file, *(one.file for one in manifest.golden if one.file)}
    if manifest.evaluation is not None and (folder / manifest.evaluation).is_file():
        names.add(manifest.evaluation)
    try:
        return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sorted(names)}
    except OSError:
        raise SetupError(
            f"skill {manifest.skill!r}: a file that its signature is about cannot be read.",
            cure="Install the skill again.",
        ) from None


def read(folder: Path) -> Signature | None:
    """The signature that lies there; None if there is none. Raises SetupError for what is none."""
    try:
        return Signature.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, ValidationError):
        raise _refused(folder.name, f"{FILE} is no signature") from None


def holds(folder: Path, manifest: SkillManifest, found: Signature) -> None:
    """Raise SetupError unless the signature is of this very skill, by the key that it names itself.

    manifest: as it was loaded; it must be what the signed file says, whatever happened to the file since.
    """
    if (found.format, found.skill, found.version) != (FORMAT, manifest.skill, manifest.version):
        raise _refused(manifest.skill, "its signature is of another skill, version or format")
    _valid(manifest.skill, found)
    now = hashes(folder, manifest)
    if other := sorted(name for name in now.keys() | found.files.keys() if now.get(name) != found.files.get(name)):
        raise _refused(manifest.skill, f"{', '.join(other)} changed after it was signed")
    signed = (folder / MANIFEST).read_bytes()
    same = hashlib.sha256(signed).hexdigest() == found.files[MANIFEST]
    if not same or parse_manifest(signed.decode("utf-8-sig"), MANIFEST, folder.name) != manifest:
        raise _refused(manifest.skill, f"{MANIFEST} changed while it was loaded")


def check(folder: Path, manifest: SkillManifest, trust: SkillTrust) -> str:
    """Who signed, by the name that site.yaml knows them by; "" for nobody. Raises SetupError: not to be used here."""
    found = read(folder)
    if found is not None:
        holds(folder, manifest, found)
        if who := signer(found, trust):
            return who
    if trust.signatures == "required":
        why = "is not signed" if found is None else "is signed by a key that site.yaml does not know"
        raise SetupError(
            f"skill {manifest.skill!r} {why}, and this site uses signed skills only.",
            cure=f"`wetread skills sign {manifest.skill} --key …` by one of: {', '.join(sorted(trust.keys))}.",
        )
    return ""


def signer(found: Signature, trust: SkillTrust) -> str:
    """The name of the key in site.yaml; "" for a stranger's."""
    return next((name for name, key in sorted(trust.keys.items()) if key == found.key), "")


def public(key: Ed25519PrivateKey) -> str:
    """The public half, base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def _valid(skill: str, found: Signature) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(found.key, validate=True))
        key.verify(base64.b64decode(found.signature, validate=True), found.said)
    except (InvalidSignature, ValueError):
        raise _refused(skill, "its signature was not made by the key that it names") from None


def _refused(skill: str, why: str) -> SetupError:
    return SetupError(
        f"skill {skill!r}: {why}.",
        cure="Install the skill again. If you changed it on purpose, let it be signed again, or delete skill.sig.",
    )
