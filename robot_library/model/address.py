"""Addresses as files write them: which text is one at all."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split_address(text: str) -> SplitResult:
    """The parts of an address. ValueError, in words for its author, where the text is none."""
    try:
        parts = urlsplit(text)
        parts.hostname, parts.port  # noqa: B018 - a host or port that cannot be one shows when it is asked for
    except ValueError:
        raise ValueError(f"{text.rpartition('@')[2][:60]!r} is no address: its host or port cannot be one") from None
    return parts


def whole_address(text: str) -> str:
    """The text itself; ValueError where it is no address. One that names variables is known once they are filled in."""
    if "${" not in text:
        split_address(text)
    return text
