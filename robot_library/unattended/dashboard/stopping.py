"""Stop the line, and let it go on: asked twice, with a reason, by somebody with a name."""

from __future__ import annotations

from starlette.responses import Response

from robot_library.engine.line.switches import in_words
from robot_library.errors import SetupError
from robot_library.unattended.dashboard.floor import Floor
from robot_library.web.shell import Ask


class Stopping:
    """GET and POST /stop and /go-on."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def ask_stop(self, ask: Ask) -> Response:
        """What to stop, and why."""
        stopped = await self._floor.desk.switches.scopes()
        scopes = [(kind, scope) for kind, scope in await self._scopes() if scope not in stopped]
        return await ask.page("stop.html", scopes=scopes, chosen=ask.query("scope", "all"), in_words=in_words)

    async def stop(self, ask: Ask) -> Response:
        """Stop it."""
        scope, why, words = ask.text("scope", 200), ask.text("why", 300), ask.words
        if not why:
            raise SetupError(words("stop.why_missing"))
        if scope not in {known for _, known in await self._scopes()}:
            raise SetupError(words("stop.unknown"))
        new = await self._floor.desk.switches.stop(scope, ask.who, why)
        return ask.back("/", words("stop.done" if new else "stop.was", scope=in_words(scope)))

    async def _scopes(self) -> list[tuple[str, str]]:
        """What the office knows of its files, and bots that have come since, or that other hosts run."""
        found, desk = self._floor.scopes(), self._floor.desk
        here = {*await desk.board.bots(), *(one.bot for one in await desk.bots.all())}
        more = sorted({f"bot:{name}" for name in here} - {scope for _, scope in found})
        return [*found, *(("bot", scope) for scope in more)]

    async def ask_go_on(self, ask: Ask) -> Response:
        """Whether it may go on."""
        found = [one for one in await self._floor.desk.switches.list() if one.scope == ask.query("scope")]
        if not found:
            raise SetupError(ask.words("stop.not_stopped"))
        return await ask.page("go_on.html", stop=found[0], in_words=in_words)

    async def go_on(self, ask: Ask) -> Response:
        """Let it go on."""
        scope, words = ask.text("scope", 200), ask.words
        gone = await self._floor.desk.switches.go_on(scope, ask.who, ask.text("why", 300))
        return ask.back("/", words("stop.goes_on" if gone else "stop.not_stopped", scope=in_words(scope)))
