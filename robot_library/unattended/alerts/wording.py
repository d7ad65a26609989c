"""What a message says. Only the site's own names, codes, counts, opaque ids and links: nothing of a patient."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from robot_library.engine.records.alerts import Message

_BEGINS = {
    "raised": "",
    "more": "More of it: ",
    "next": "Nobody has acknowledged: ",
    "over": "Over: ",
    "test": "Test: ",
}


def subject(messages: Sequence[Message]) -> str:
    """One line for a list of mails."""
    if len(messages) == 1:
        return f"[wetread] {line(messages[0])}"
    open_ones = sum(one.moment != "over" for one in messages)
    return f"[wetread] {len(messages)} messages, {open_ones} of them alerts"


def line(message: Message) -> str:
    """What one message is about."""
    return f"{_BEGINS[message.moment]}{message.alert.text}"


def body(messages: Sequence[Message], link: str | None) -> str:
    """The whole text of one mail."""
    parts = [_part(one, link) for one in messages]
    return "\n\n".join(parts) + "\n\nSent by wetread. It holds no patient data; look at the items themselves there.\n"


def _part(message: Message, link: str | None) -> str:
    alert = message.alert
    since = datetime.fromtimestamp(alert.raised, UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [line(message), f"  since {since}, cause {alert.cause}" + (f", code {alert.code}" if alert.code else "")]
    if message.moment not in ("over", "test"):
        lines.append(f"  take it up: wetread alerts ack {alert.id} --who YOU")
        lines += [f"  {_address(link, alert.id)}"] if link else []
    return "\n".join(lines)


def _address(link: str, alert: str) -> str:
    """On the dashboard's page of health, where it is taken up."""
    return f"{link.rstrip('/')}/office#alert-{alert}"


def as_json(messages: Sequence[Message], link: str | None) -> bytes:
    """What a webhook gets."""
    told = [
        {
            "id": one.id, "moment": one.moment, "text": line(one), "alert": one.alert.id, "cause": one.alert.cause,
            "scope": one.alert.scope, "code": one.alert.code, "item": one.alert.item, "count": one.alert.count,
            "since": datetime.fromtimestamp(one.alert.raised, UTC).isoformat(),
            "link": _address(link, one.alert.id) if link else None,
        }
        for one in messages
    ]  # fmt: skip
    return json.dumps({"from": "wetread", "messages": told}, ensure_ascii=False, separators=(",", ":")).encode()
