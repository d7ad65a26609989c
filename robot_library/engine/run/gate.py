"""The gate before a screen: nothing is typed or pressed for good unless the guard has just passed.

Actions get sessions and views through here. Typing opens only inside a step whose effect is `write`, and
pressing only inside `commit_once`; both only on the very view the guard has looked at, and the gate shuts
as soon as that view is moved. Before each of them the fence is asked, too (fence.py): a press that had to wait for its
answer is made on a new look of the guard. A plug-in's action cannot go
round it by accident or haste. Where something is typed and not saved, nothing is clicked: what a map takes for a
harmless button may send what stands in the form.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, cast

from robot_library.abilities import Lends, Outlines
from robot_library.engine.fleet.fence import Fence, NoFence
from robot_library.engine.fleet.lease import clock
from robot_library.errors import AuthoringError, SawTooLongAgo
from robot_library.interfaces import Protection, ScreenSession, TargetSeen, View
from robot_library.model.screen import Screen, ScreenMap

Grant = Literal["type", "press"]


class Gate:
    """Which view may be typed into or pressed right now; shut unless granted."""

    def __init__(
        self, permit: Callable[[], Awaitable[None]] | None = None, fence: Fence | None = None, *, shadow: bool = False
    ) -> None:
        self._permit, self.shadow = permit, shadow
        self.fence: Fence = fence or NoFence()
        self.typed: dict[str, str] = {}
        """What a shadow's step would have typed: target → text."""
        self._grant: Grant | None = None
        self._view: View | None = None
        self._where: dict[str, str] = {}
        self._until = math.inf
        self.drifts: list[str] = []
        """What sessions behind this gate told of targets found by a fall-back."""

    @contextmanager
    def granted(
        self, grant: Grant, session: ScreenSession, protection: Protection, *, until: float = math.inf
    ) -> Iterator[None]:
        """Open for the session's current view. The guard must just have passed for it; `until`, by the clock of leases,
        what it has seen counts."""
        view = session.view
        if view is None or view.screen != protection.screen or session.role != protection.role:
            raise AuthoringError(f"{protection.role}.{protection.screen} is not the open screen.")
        self._grant, self._view, self._where, self._until = grant, view, dict(view.where), until
        try:
            yield
        finally:
            self.shut()

    async def ask(self) -> None:
        """Right before something is typed: may it still be? Raises LineHeld if the line was stopped meanwhile,
        RunCancelled if the item is no longer this go's."""
        if self._permit is not None:
            await self._permit()
        await self.fence.ask()

    def shut(self) -> None:
        """Take the grant back."""
        self._grant, self._view, self._where, self._until = None, None, {}, math.inf

    def moved(self, view: View | None) -> None:
        """This view is being moved: what the guard saw of it no longer counts."""
        if view is self._view:
            self.shut()

    def need(self, grant: Grant, session: ScreenSession, view: View) -> None:
        """AuthoringError unless this is granted for this view, SawTooLongAgo where it was, and no longer is."""
        fits = self._grant == grant and view is self._view and session.view is view and dict(view.where) == self._where
        if not fits:
            what = "type into" if grant == "type" else "press for good on"
            raise AuthoringError(
                f"a step tried to {what} {session.role}.{view.screen} without the guard having passed for that view."
            )
        self.fence.check()
        if clock() > self._until:
            raise SawTooLongAgo(
                f"what the guard saw of '{session.role}.{view.screen}' was too old by the moment of the press.",
                cure="Nothing was pressed. Look whether the database, or this machine, answers slowly.",
            )
        if grant == "press":
            self.shut()


class GatedView:
    """Implements interfaces.View in front of a driver's view."""

    def __init__(self, real: View, session: GatedSession) -> None:
        self.real, self._session, self._gate = real, session, session.gate
        self._typed = False

    @property
    def has_typed(self) -> bool:
        """Something is typed here and not saved."""
        return self._typed

    def typed(self, what: bool = True) -> None:
        """A person has typed here, or saved."""
        self._typed = what

    @property
    def screen(self) -> str:
        return self.real.screen

    @property
    def where(self) -> Mapping[str, str]:
        return self.real.where

    async def read(self, targets: Sequence[str]) -> dict[str, str]:
        return await self.real.read(targets)

    async def read_table(self, table: str) -> list[dict[str, str]]:
        return await self.real.read_table(table)

    async def look_over(self) -> list[TargetSeen]:
        return await self.real.look_over()

    async def fill(self, target: str, text: str) -> str:
        await self._gate.ask()
        self._gate.need("type", self._session.real, self.real)
        self._typed = True
        if self._gate.shadow:
            self._gate.typed[target] = text
            return text
        return await self.real.fill(target, text)

    async def click(self, target: str) -> None:
        if self._typed:
            raise AuthoringError(
                f"a step clicks {self._session.role}.{self.real.screen}.{target} while text typed there is not saved; "
                "the next press must be the `save` (or `attach`) that the text was typed for."
            )
        self._gate.moved(self.real)
        await self.real.click(target)

    async def press_commit(self, target: str) -> None:
        self._not_a_shadow(target)
        await self._gate.fence.ask()
        self._gate.need("press", self._session.real, self.real)
        await self.real.press_commit(target)
        self._typed = False

    def _not_a_shadow(self, target: str) -> None:
        if self._gate.shadow:
            raise AuthoringError(f"a shadow does not press {self._session.role}.{self.real.screen}.{target}.")

    async def upload(self, target: str, filename: str, data: bytes) -> None:
        self._not_a_shadow(target)
        await self._gate.fence.ask()
        self._gate.need("press", self._session.real, self.real)
        await self.real.upload(target, filename, data)

    async def download(self, target: str) -> tuple[str, bytes]:
        return await self.real.download(target)

    async def picture(self, *, target: str | None = None, mask: bool = True) -> bytes:
        return await self.real.picture(target=target, mask=mask)

    async def outline(self) -> str:
        """See abilities.Outlines; empty where the driver has none."""
        return await self.real.outline() if isinstance(self.real, Outlines) else ""

    async def close(self) -> None:
        self._gate.moved(self.real)
        await self.real.close()


class GatedSession:
    """Implements interfaces.ScreenSession in front of a driver's session."""

    def __init__(self, real: ScreenSession, gate: Gate) -> None:
        self.real, self.gate = real, gate
        self.role: str = real.role
        self.map: ScreenMap = real.map
        self._known: dict[int, GatedView] = {}

    def _gated(self, view: View) -> GatedView:
        """The one gated view of a real one, so that `is` means the same on both sides of the gate."""
        if isinstance(view, GatedView):
            return view
        return self._known.setdefault(id(view), GatedView(view, self))

    @property
    def view(self) -> View | None:
        return None if self.real.view is None else cast(View, self._gated(self.real.view))

    @view.setter
    def view(self, view: View | None) -> None:
        self.gate.moved(self.real.view)
        self.real.view = view.real if isinstance(view, GatedView) else view

    async def open(self, screen: str, where: Mapping[str, str], *, fresh: bool = False) -> View:
        if not fresh:
            self.gate.moved(self.real.view)
        return cast(View, self._gated(await self.real.open(screen, where, fresh=fresh)))

    async def follow(self, view: View, link: str, screen: str) -> View:
        real = view.real if isinstance(view, GatedView) else view
        self.gate.moved(real)
        return cast(View, self._gated(await self.real.follow(real, link, screen)))

    async def lend(self, *, writes: bool) -> bool:
        """See Lends. What the guard saw counts no more; False where the driver cannot."""
        self.gate.shut()
        if not isinstance(self.real, Lends) or not await self.real.lend(writes=writes):
            return False
        if writes and isinstance(view := self.view, GatedView):
            view.typed()
        return True

    async def stand(self, screen: str, where: Mapping[str, str]) -> View:
        """See Lends."""
        self.gate.shut()
        typed = isinstance(before := self.view, GatedView) and before.has_typed
        view = self._gated(await self._lender.stand(screen, where))
        if typed:
            view.typed()
        return cast(View, view)

    async def holds(self) -> dict[str, str]:
        """See Lends; empty where the driver cannot tell."""
        return await self.real.holds() if isinstance(self.real, Lends) else {}

    def had_back(self, *, saved: bool) -> None:
        """See Lends."""
        self._lender.had_back(saved=saved)
        if saved and isinstance(view := self.view, GatedView):
            view.typed(False)

    @property
    def _lender(self) -> Lends:
        assert isinstance(self.real, Lends), "a window was lent that cannot be"
        return self.real

    def screen(self, name: str) -> Screen:
        return self.real.screen(name)

    def drift(self) -> list[str]:
        told = self.real.drift()
        self.gate.drifts += told
        return told

    async def close(self) -> None:
        self.gate.moved(self.real.view)
        await self.real.close()
