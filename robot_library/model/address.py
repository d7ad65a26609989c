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


def whole_origin(text: str) -> str:
    """The text itself; ValueError where it is more or less than scheme, host and port, as far as it can be known."""
    if "${" in text:
        return text
    parts = split_address(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text[:60]!r} is no origin: write scheme and host, as in https://viewer.example")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("an origin is scheme, host and port alone, as in https://viewer.example:8443")
    return text
