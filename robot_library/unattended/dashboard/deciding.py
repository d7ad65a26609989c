"""Letting a bot go live, from a page: what would be approved, who asks, and another person who proves at that moment
who they are. The rules are the engine's; here they are only shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, cast, get_args

from starlette.responses import Response

from robot_library.errors import ApprovalRefused, AuthoringError, SetupError, WetreadError
from robot_library.model.approval import CHAIN, MAY_APPROVE, MAY_ASK, Approved, MadeOf, Permission, changed
from robot_library.unattended.dashboard.floor import Floor, GoingLive
from robot_library.unattended.dashboard.permission import made_now
from robot_library.web.proofs import Proofs, Wanted
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


_FIELDS = {"name": 64, "why": 300, "hash": 64, "stage": 10, "seen": 12}


@dataclass(frozen=True)
class Wish:
    """What somebody wants decided, as the sheet that they looked at has it; all of it as it was sent."""

    bot: str
    do: Do
    name: str
    why: str
    hash: str
    stage: str
    seen: str

    @property
    def roles(self) -> tuple[str, ...]:
        """Who may."""
        return MAY_APPROVE if self.do == "approve" else MAY_ASK


class Deciding:
    """Everything at /bots/…/permission."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        elsewhere = floor.going_live.elsewhere if floor.going_live else None
        self.proofs = Proofs(elsewhere, "decide") if elsewhere else None

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
        """Decide it, or have the hospital's own sign-in asked who they are. Whoever is refused stays on the sheet, and
        reads why."""
        wish, live = self._wish(ask), self._live(ask)
        try:
            self._as_seen(ask, wish, await self._now(ask, wish.bot))
            if "elsewhere" in ask.form and self.proofs is not None:
                decided, refused = partial(self._decided, wish), partial(self._refused, wish)
                return await self.proofs.begin(ask, Wanted(wish.name, wish.roles, decided, refused))
            who = await asyncio.to_thread(self._proven, ask, live, wish)
            return await self._decided(wish, ask, who)
        except WetreadError as no:
            return await self._refused(wish, ask, no)

    # ---- inside ----

    async def _decided(self, wish: Wish, ask: Ask, who: str) -> Response:
        """Carry it out, if what is there now is still what they have looked at."""
        now, approvals = await self._now(ask, wish.bot), self._floor.desk.approvals
        self._as_seen(ask, wish, now)
        match wish.do:
            case "refuse":
                one = await approvals.refuse(wish.bot, who, wish.why)
            case "withdraw":
                one = await approvals.withdraw(wish.bot, who, wish.why)
            case "ask":
                assert now.made is not None
                assert now.next is not None
                one = await approvals.ask(wish.bot, now.next, now.made, who, wish.why)
            case "approve":
                assert now.made is not None
                one = await approvals.approve(wish.bot, now.made, who, wish.why, seen=int(wish.seen))
        said = ask.words(f"permission.done_{wish.do}", bot=wish.bot, stage=ask.words(f"stage.{one.stage}"), who=one.who)
        return ask.back(f"/bots/{wish.bot}/permission", said)

    def _as_seen(self, ask: Ask, wish: Wish, now: Now) -> None:
        """ApprovalRefused where what is there now is not what they have looked at, or where they do not say why."""
        if not wish.why:
            raise ApprovalRefused(ask.words("permission.why_missing"))
        if wish.do not in ("ask", "approve"):
            return
        if now.made is None:
            raise ApprovalRefused(now.why)
        asked = now.there.asked.n if now.there.asked else 0
        next_one = (now.next or "") if wish.do == "ask" else ""
        if (wish.hash, wish.stage, wish.seen) != (now.made.hash, next_one, str(asked)):
            raise ApprovalRefused(ask.words("permission.changed_meanwhile"))

    def _proven(self, ask: Ask, live: GoingLive, wish: Wish) -> str:
        password = ask.form.get("password", "")
        return live.prove(
            wish.name, password[:1000] if isinstance(password, str) else "", ask.text("code", 20), wish.roles
        )

    def _wish(self, ask: Ask) -> Wish:
        fields = {name: ask.text(name, most) for name, most in _FIELDS.items()}
        return Wish(ask.request.path_params["bot"], self._do(ask), **fields)

    async def _refused(self, wish: Wish, ask: Ask, no: WetreadError) -> Response:
        now = await self._now(ask, wish.bot)
        return await self._sheet(ask, now, wish.do, wish, said=f"{no.message} {no.cure}".strip(), status=409)

    async def _sheet(
        self, ask: Ask, now: Now, do: Do, wish: Wish | None = None, *, said: str = "", status: int = 200
    ) -> Response:
        """The form. What was typed but the password stands in it again, and the hash of what is there now."""
        self._live(ask)
        if not said and do not in now.may:
            raise SetupError(ask.words("permission.not_now"))
        own = ask.who if ask.session.account else ""
        typed: dict[str, Any] = {"name": wish.name if wish else own, "why": wish.why if wish else ""}
        label = self.proofs and (self.proofs.label or ask.words("proof.label"))
        return await ask.page("permission_do.html", status, now=now, do=do, wrong=said, typed=typed, elsewhere=label)

    def _do(self, ask: Ask) -> Do:
        do = ask.request.path_params["do"]
        if do not in get_args(Do):
            raise SetupError(ask.words("error.missing"))
        return cast("Do", do)

    def _live(self, ask: Ask) -> GoingLive:
        if self._floor.going_live is None:
            raise SetupError(ask.words("permission.by_command"))
        return self._floor.going_live

    async def _now(self, ask: Ask, bot: str = "") -> Now:
        bot = bot or ask.request.path_params["bot"]
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
