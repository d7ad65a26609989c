"""Letting a bot go live, from a page: what would be approved, who asks, and another person who proves at that moment
who they are. The rules are the engine's; here they are only shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from starlette.responses import Response

from robot_library.errors import ApprovalRefused, AuthoringError, SetupError, WetreadError
from robot_library.model.approval import CHAIN, MAY_APPROVE, MAY_ASK, Approval, Approved, MadeOf, Permission, changed
from robot_library.unattended.dashboard.floor import Floor, GoingLive
from robot_library.unattended.dashboard.permission import made_now
from robot_library.web.shell import Ask

Do = Literal["ask", "approve", "refuse", "withdraw"]


@dataclass(frozen=True)
class Now:
    """How a bot stands. `made` is None where its files cannot be approved, and `why` says so."""

    bot: str
    there: Permission
    made: MadeOf | None
    why: str

    @property
    def stage(self) -> Approved:
        """How far what it is made of now may go."""
        return self.there.stage(self.made.hash) if self.made else "draft"

    @property
    def next(self) -> Approved | None:
        """The next step that may be asked for."""
        at = CHAIN.index(self.stage) + 1
        if self.made is None or at == len(CHAIN) or (self.made.research and CHAIN[at] != "shadow"):
            return None
        return CHAIN[at]

    @property
    def same(self) -> bool:
        """Whether what was asked for is what it is made of now."""
        return self.made is not None and self.there.asked is not None and self.there.asked.hash == self.made.hash

    @property
    def changes(self) -> list[str]:
        """What differs from what was approved last, and still is; all of it, where nothing is."""
        if self.made is None:
            return []
        return changed(self.there.granted.parts if self.there.granted else {}, self.made.parts)

    @property
    def may(self) -> list[Do]:
        """What somebody could decide now."""
        asked, granted = self.there.asked is not None, self.there.granted is not None
        can: dict[Do, bool] = {
            "ask": self.next is not None and not asked and not self.there.broken,
            "approve": self.same, "refuse": asked, "withdraw": granted,
        }  # fmt: skip
        return [do for do, there in can.items() if there]


class Deciding:
    """Everything at /bots/…/permission."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def page(self, ask: Ask) -> Response:
        """What would be approved, and all that was decided."""
        now = await self._now(ask)
        record = [] if now.there.broken else list(reversed(await self._floor.desk.approvals.record(now.bot)))
        live = self._floor.going_live
        return await ask.page(
            "permission.html", now=now, record=record, here_too=live is not None,
            production=live is not None and live.production, approvers=MAY_APPROVE,
        )  # fmt: skip

    async def confirm(self, ask: Ask) -> Response:
        """What exactly is decided, and who decides."""
        return await self._sheet(ask, await self._now(ask), self._do(ask))

    async def decide(self, ask: Ask) -> Response:
        """Decide it. Whoever is refused stays on the sheet, and reads why."""
        do, now, live = self._do(ask), await self._now(ask), self._live(ask)
        try:
            if not (why := ask.text("why", 300)):
                raise ApprovalRefused(ask.words("permission.why_missing"))
            self._as_seen(ask, do, now)
            who = await asyncio.to_thread(self._proven, ask, live, MAY_APPROVE if do == "approve" else MAY_ASK)
            one = await self._decided(ask, do, now, who, why)
        except WetreadError as no:
            return await self._sheet(ask, now, do, said=f"{no.message} {no.cure}".strip(), status=409)
        said = ask.words(f"permission.done_{do}", bot=now.bot, stage=ask.words(f"stage.{one.stage}"), who=one.who)
        return ask.back(f"/bots/{now.bot}/permission", said)

    # ---- inside ----

    async def _decided(self, ask: Ask, do: Do, now: Now, who: str, why: str) -> Approval:
        approvals = self._floor.desk.approvals
        if do == "refuse":
            return await approvals.refuse(now.bot, who, why)
        if do == "withdraw":
            return await approvals.withdraw(now.bot, who, why)
        assert now.made is not None
        if do == "ask":
            assert now.next is not None
            return await approvals.ask(now.bot, now.next, now.made, who, why)
        return await approvals.approve(now.bot, now.made, who, why, seen=int(ask.text("seen", 12)))

    def _as_seen(self, ask: Ask, do: Do, now: Now) -> None:
        """ApprovalRefused where what is there now is not what they have looked at."""
        if do not in ("ask", "approve"):
            return
        if now.made is None:
            raise ApprovalRefused(now.why)
        asked = now.there.asked.n if now.there.asked else 0
        if (ask.text("hash", 64), ask.text("stage", 10), ask.text("seen", 12)) != (
            now.made.hash, (now.next or "") if do == "ask" else "", str(asked),
        ):  # fmt: skip
            raise ApprovalRefused(ask.words("permission.changed_meanwhile"))

    def _proven(self, ask: Ask, live: GoingLive, roles: tuple[str, ...]) -> str:
        password = ask.form.get("password", "")
        return live.prove(
            ask.text("name", 64), password[:1000] if isinstance(password, str) else "", ask.text("code", 20), roles
        )

    async def _sheet(self, ask: Ask, now: Now, do: Do, *, said: str = "", status: int = 200) -> Response:
        """The form. What was typed but the password stands in it again, and the hash of what is there now."""
        self._live(ask)
        if not said and do not in now.may:
            raise SetupError(ask.words("permission.not_now"))
        values: dict[str, Any] = {"name": ask.text("name", 64), "why": ask.text("why", 300)}
        return await ask.page("permission_do.html", status, now=now, do=do, wrong=said, typed=values)

    def _do(self, ask: Ask) -> Do:
        do = ask.request.path_params["do"]
        if do not in get_args(Do):
            raise SetupError(ask.words("error.missing"))
        return cast("Do", do)

    def _live(self, ask: Ask) -> GoingLive:
        if self._floor.going_live is None:
            raise SetupError(ask.words("permission.by_command"))
        return self._floor.going_live

    async def _now(self, ask: Ask) -> Now:
        bot = ask.request.path_params["bot"]
        facts = {one.name: one for one in self._floor.facts()}
        if bot not in facts and bot not in await self._floor.desk.approvals.bots():
            raise SetupError(ask.words("permission.no_bot"))
        there = await self._floor.desk.approvals.permission(bot)
        live = self._floor.going_live
        look = live.made if live else lambda _: made_now(facts.get(bot))
        try:
            return Now(bot, there, await asyncio.to_thread(look, bot), "")
        except AuthoringError:
            return Now(bot, there, None, ask.words("permission.mistakes"))
        except WetreadError as no:
            return Now(bot, there, None, f"{no.message} {no.cure}".strip())
        except OSError:
            return Now(bot, there, None, ask.words("permission.unreadable"))
