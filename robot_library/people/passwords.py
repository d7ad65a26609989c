"""What a password must be, how it is kept (argon2id), and codes of a second factor (TOTP)."""

from __future__ import annotations

import threading
import time

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST = 12
_FEWEST_DIFFERENT = 5
_STEP = 30
_hasher = PasswordHasher()
_one_at_a_time = threading.BoundedSemaphore(2)
"""Each look at a password takes 64 MiB: whoever sends many at once waits."""
_NOBODYS = _hasher.hash("nobody has this password, ever")


def wanting(password: str, name: str) -> str:
    """What is wrong with a new password, as the name of the words that say so; "" if nothing."""
    if len(password) < LEAST:
        return "short"
    if len(set(password)) < _FEWEST_DIFFERENT:
        return "same"
    return "named" if len(name) > 2 and name.casefold() in password.casefold() else ""


def hashed(password: str) -> str:
    """How it is kept."""
    with _one_at_a_time:
        return _hasher.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether it is the password. None, for somebody who has none, takes as long and is never right."""
    with _one_at_a_time:
        try:
            return _hasher.verify(kept or _NOBODYS, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def new_seed() -> str:
    """A fresh secret for an authenticator, in its letters."""
    return pyotp.random_base32()


def address(seed: str, name: str) -> str:
    """What an authenticator takes in one go."""
    return pyotp.TOTP(seed).provisioning_uri(name=name, issuer_name="wetread")


def code_step(seed: str, code: str, *, after: int = 0, now: float | None = None) -> int | None:
    """The time step this code belongs to, now or one step beside; None if it fits none, or none after `after`: a code
    that was used once lets nobody in again."""
    step = int((time.time() if now is None else now) // _STEP)
    made = pyotp.TOTP(seed)
    digits = "".join(code.split())
    for one in (step, step - 1, step + 1):
        if one > after and pyotp.utils.strings_equal(digits, made.generate_otp(one)):
            return one
    return None
