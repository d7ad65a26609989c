"""Text that looks like a patient's value or a secret."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?<![\d.])[A-Z]{0,3}-?\d{6,}(?![\d.])")
_DATE = re.compile(r"(?<!\d)(19\d\d|20\d\d)[-./]?(0[1-9]|1[0-2])[-./]?(0[1-9]|[12]\d|3[01])(?!\d)")
_GERMAN = re.compile(r"(?<!\d)(0?[1-9]|[12]\d|3[01])[./](0?[1-9]|1[0-2])[./](19|20)\d\d(?!\d)")
_SECRET_KEY = re.compile(r"pass(word|wd|phrase)?|secret|token|api_?key|pin", re.IGNORECASE)
_SECRET = re.compile(r"(?i)\b(password|passwd|pwd|secret|token|api[_-]?key)\s*[=:]\s*\S+|://[^/\s:@]+:[^/\s@]+@")


def looks_like(key: str, text: str) -> str | None:
    """What it looks like; None if it looks harmless."""
    if _SECRET.search(text) or (_SECRET_KEY.fullmatch(key) and text and not text.startswith("${")):
        return "what looks like a password"
    if _DATE.search(text) or _GERMAN.search(text):
        return "a date that could be a birth date"
    return "a number that could be a patient's" if _NUMBER.search(text) else None
