"""The site key: 32 random bytes from which every other key of this site is derived.

It lives in a file only its owner may read, or in the machine's keyring; never beside a backup of the data
it protects, never in the project.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path

from robot_library.errors import SetupError
from robot_library.safeguards.private import handed_over, open_to_others
from robot_library.safeguards.ring import FOLDER as RING
from robot_library.safeguards.ring import LIST as SHREDDED
from robot_library.safeguards.ring import VARIABLE as RING_VARIABLE
from robot_library.safeguards.ring import Ring
from robot_library.safeguards.whole import name_new, names_kept, write_beside

SIZE = 32
FILE = "site.key"
VARIABLE = "WETREAD_SITE_KEY_FILE"
_SEALED = ("engine.sqlite", "blobs")
"""What stands in a home that already holds data sealed under a key."""
_SERVICE, _ENTRY = "wetread", "site-key"
ON_SERVER: ContextVar[bool] = ContextVar("on_server", default=False)
"""Whether several hosts share the queue: keys in one host's home would be of no use to the others."""


@dataclass(frozen=True)
class SiteKey:
    """The key of one site; printing it shows nothing of it. `ring`: keys below it that can be destroyed one by one."""

    secret: bytes
    ring: Ring | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SIZE:
            raise SetupError(
                f"the site key is {len(self.secret)} bytes long, not {SIZE}.",
                cure="Restore it from where it was kept when this site was set up.",
            )

    def __repr__(self) -> str:
        return f"SiteKey({self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """Eight letters that tell one site key from another and give nothing away."""
        return self.derive("fingerprint").hex()[:8]

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF-SHA256); no purpose's key tells anything about another's."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), SIZE, salt=None, info=f"wetread/{purpose}".encode()).derive(self.secret)

    def with_ring(self, folder: Path, also: Path | None = None, *, apart: bool = False) -> SiteKey:
        """This key, with the keys below it in a folder; `also` and `apart` as in Ring."""
        return replace(self, ring=Ring(folder, self.derive("ring"), self.derive("ring-names"), also, apart=apart))


def new_key() -> SiteKey:
    """A fresh random key."""
    return SiteKey(secrets.token_bytes(SIZE))


def read_file(path: Path) -> SiteKey:
    """The key in a file; SetupError if it is missing, damaged, or readable by others."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise SetupError(
            f"no site key at {path}.", cure="Restore it, or start a new site in an empty folder."
        ) from None
    except (OSError, UnicodeDecodeError) as failure:
        raise SetupError(f"the site key at {path} cannot be read ({type(failure).__name__}).") from None
    if open_to_others(path):
        raise SetupError(f"the site key at {path} can be read by other users.", cure=f"Run: chmod 600 {path}")
    return _decoded(text, str(path))


def write_file(path: Path, key: SiteKey) -> None:
    """Keep a key in a new file that only its owner may read. An existing file is never overwritten."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    taken = SetupError(f"there is a site key at {path} already; it is never overwritten.")
    if path.exists():
        raise taken
    try:
        name_new(write_beside(path, base64.urlsafe_b64encode(key.secret)), path)
    except FileExistsError:
        raise taken from None
    names_kept(path.parent)


def from_keyring(entry: str = _ENTRY) -> SiteKey | None:
    """The key in the machine's keyring; None if there is none, or no keyring."""
    import keyring
    from keyring.errors import KeyringError

    try:
        text = keyring.get_password(_SERVICE, entry)
    except KeyringError:
        return None
    return _decoded(text, f"keyring entry {_SERVICE}/{entry}") if text else None


def site_key(home: Path, *, create: bool = False) -> SiteKey:
    """This site's key: the file named by WETREAD_SITE_KEY_FILE, `site.key` in `home`, or the keyring.

    With `create`, a site that has none yet gets one in `home`; a home that already holds data does not,
    because a new key cannot open it. The keys below it that can be destroyed lie where WETREAD_KEYS says, else in the
    home's `keys`; there are none where several hosts share a server and no folder is named.
    """
    return ringed(_site_key(home, create), home)


def ringed(key: SiteKey, home: Path) -> SiteKey:
    """A site's key with the keys below it, if this home has any."""
    also = beside_key(home, SHREDDED)
    if folder := os.environ.get(RING_VARIABLE):
        return key.with_ring(Path(folder), also, apart=True)
    return key if ON_SERVER.get() else key.with_ring(home / RING, also)


def beside_key(home: Path, name: str) -> Path | None:
    """A file of this home beside the site key, where that is kept elsewhere and its folder can be written to."""
    named = os.environ.get(VARIABLE)
    if not named or handed_over(Path(named)):
        return None
    return Path(named).with_name(f"{home.resolve().name}.{name}")


def _site_key(home: Path, create: bool) -> SiteKey:
    named = os.environ.get(VARIABLE)
    if named:
        return read_file(Path(named))
    path = home / FILE
    if path.exists():
        return read_file(path)
    if (kept := from_keyring()) is not None:
        return kept
    if not create and not (home.is_dir() and any(home.iterdir())):
        raise SetupError(
            f"nothing is kept in {home} yet: no bot has run there.",
            cure="Run one (wetread run BOT), or name the folder where one has: --home.",
        )
    if not create or any((home / name).exists() for name in _SEALED):
        raise SetupError(
            f"this site has no key: neither {path} nor the keyring holds one.",
            cure=f"Restore {path}, or name the file in {VARIABLE}.",
        )
    write_file(path, new_key())
    return read_file(path)


def _decoded(text: str, where: str) -> SiteKey:
    try:
        return SiteKey(base64.b64decode(text.strip(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise SetupError(f"the site key in {where} is damaged.", cure="Restore it from where it was kept.") from None
