"""Brings messages to people: what is due in one message each, at most one in a while, tried again until it arrives."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence

from robot_library.engine.records.alerts import LONGEST, Alerts, Message
from robot_library.errors import SetupError
from robot_library.interfaces import Credential
from robot_library.model.alerting import Alerting, Person
from robot_library.unattended.alerts import desktop, mail, webhook, wording

log = logging.getLogger("wetread.office")
_HOLD = 120.0
"""Seconds for which messages are taken while they are on their way."""
_FIRST = 15.0
_USELESS = 2 * 86400.0
"""Seconds after which news of something that is over is given up."""


class Delivery:
    """Sends what waits. `credential` looks names up in the vault."""

    def __init__(
        self, alerts: Alerts, site: Alerting, people: dict[str, Person], credential: Callable[[str], Credential]
    ) -> None:
        self._alerts, self._site, self._people, self._credential = alerts, site, people, credential

    async def run(self, now: float | None = None) -> int:
        """Send what is due and may be sent now; how many messages were delivered."""
        at, delivered = time.time() if now is None else now, 0
        for person, waiting in (await self._alerts.waiting(at)).items():
            if await self._too_soon(person, waiting, at):
                continue
            taken = await self._alerts.take(waiting, at, _HOLD)
            if taken:
                delivered += await self._deliver(person, taken, at)
        return delivered

    async def _too_soon(self, person: str, waiting: Sequence[Message], at: float) -> bool:
        if any(one.moment == "test" for one in waiting):
            return False
        # What was told by a clock that was ahead keeps nobody from being told by one that is right.
        return 0 <= at - await self._alerts.last_sent(person) < self._site.gather.total_seconds()

    async def _deliver(self, person: str, messages: Sequence[Message], at: float) -> int:
        ways = self._ways(person)
        done = {one.id: set(one.ways) for one in messages}
        failed: dict[str, str] = {}
        for way in ways:
            these = [one for one in messages if way not in done[one.id]]
            if these and not (code := await self._by(way, person, these)):
                for one in these:
                    done[one.id].add(way)
            elif these:
                failed[way] = code
        count = 0
        for one in messages:
            count += await self._mark(one, ways, done[one.id], failed, at)
        return count

    async def _mark(self, one: Message, ways: Sequence[str], done: set[str], failed: dict[str, str], at: float) -> bool:
        """A desktop that is not there does not count where another way has succeeded."""
        open_ways = [way for way in ways if way not in done and not (way == "desktop" and done)]
        code = " ".join(f"{way}:{failed[way]}" for way in open_ways if way in failed) or ("" if ways else "NoWay")
        useless = one.alert.cleared is not None and at - one.alert.cleared > _USELESS
        sent = at if useless or (ways and not open_ways) else None
        again = at + min(LONGEST, _FIRST * 2.0 ** min(one.tries, 12))
        await self._alerts.mark(one, ways=done, code="GivenUp" if useless else code, sent=sent, again=again)
        return sent is not None and not useless

    def _ways(self, person: str) -> list[str]:
        known = self._people.get(person)
        if known is None:
            return []
        ways = ["mail"] if known.email and self._site.mail else []
        ways += ["webhook"] if known.webhook in self._site.webhooks else []
        return [*ways, *(["desktop"] if known.desktop else [])]

    async def _by(self, way: str, person: str, messages: Sequence[Message]) -> str:
        """Try one way; "" or why it failed, as a code."""
        try:
            await self._send(way, self._people[person], messages)
        except Exception as failure:
            code = str(failure) if isinstance(failure, webhook.Refused) else type(failure).__name__
            log.warning("a message to %s by %s was not delivered (%s); it is tried again", person, way, code)
            return code
        return ""

    async def _send(self, way: str, person: Person, messages: Sequence[Message]) -> None:
        subject, ident = wording.subject(messages), _ident(messages)
        match way:
            case "mail":
                server = self._site.mail
                assert server is not None
                assert person.email is not None
                secret = self._credential(server.credential) if server.credential else None
                await mail.send(server, secret, person.email, subject, wording.body(messages, self._site.link), ident)
            case "webhook":
                hook = self._site.webhooks[person.webhook or ""]
                body = wording.as_json(messages, self._site.link)
                await webhook.send(hook, self._credential(hook.credential), body, ident)
            case "desktop":
                await desktop.show(subject, "\n".join(wording.line(one) for one in messages[:5]))
            case _:
                raise SetupError(f"there is no way {way!r} to tell somebody.")


def _ident(messages: Sequence[Message]) -> str:
    """The same for the same messages, however often they are sent."""
    return hashlib.sha256(" ".join(sorted(one.id for one in messages)).encode()).hexdigest()[:32]
