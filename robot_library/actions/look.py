"""Actions that sign in, move between screens and read. None of them changes a record."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from robot_library.actions.addresses import current_view, keep_sight, split_screen, split_target
from robot_library.interfaces import Action, Context, RoleRef, ScreenRef, TableRef, TargetRef
from robot_library.model.by_hand import HandWork
from robot_library.model.record import Record
from robot_library.model.values import ValueType
from robot_library.plugins import action


@action("sign_in")
class SignIn(Action):
    """Use an application, signed in with the credential the bot names for it.

    The session opens when the first screen is opened, is kept between items, and is renewed when it dies.
    After a wait or a crash this step runs again, so later steps need no sign-in of their own.
    """

    effect = "session"
    main = "app"
    app: RoleRef = Field(description="The screen role (`ehr`, `pacs`) to sign in to.")

    async def run(self, ctx: Context) -> None:
        ctx.bind_session(self.app, ctx.app(self.app).credential)

    def title(self) -> str:
        return f"sign in to {self.app}"


@action("open")
class Open(Action):
    """Reach a screen, the way its screen map says, and make sure it is the one that was meant."""

    effect = "read"
    main = "screen"
    screen: ScreenRef = Field(description="The screen to reach, as `role.screen`.")
    where: dict[str, str] = Field(default={}, description="What to open it for; fills `{name}` in the screen map.")

    async def hand_work(self, ctx: Context) -> HandWork | None:
        """Only where the screen itself shows everything it is opened for: else nobody could say which record it is."""
        role, screen = split_screen(self.screen)
        identity = (await ctx.session(role)).screen(screen).identity
        if identity is None or not self.where or set(self.where) - set(identity.shows.values()):
            return None
        return HandWork(what="reach", screen=self.screen, where=self.where)

    async def run(self, ctx: Context) -> None:
        role, screen = split_screen(self.screen)
        session = await ctx.session(role)
        view = await session.open(screen, self.where)
        await keep_sight(ctx, self.screen, view)

    def title(self) -> str:
        return f"open {self.screen}"


@action("read")
class Read(Action):
    """Read fields from the open screen, and whose record it is where the screen map says how.

    Waits until every field has filled. Values stay text, exactly as shown.
    """

    effect = "read"
    gives: ClassVar[tuple[ValueType, ...]] = ("record",)
    screen: ScreenRef = Field(description="The screen that must be open.")
    fields: tuple[str, ...] = Field(description="Names of targets of that screen.")

    async def hand_work(self, ctx: Context) -> HandWork | None:
        """A person makes the screen ready; the bot reads it."""
        await current_view(ctx, self.screen)
        return HandWork(what="look", screen=self.screen)

    async def run(self, ctx: Context) -> Record:
        session, view = await current_view(ctx, self.screen)
        values = await view.read(self.fields)
        shown = session.screen(view.screen)
        has_identity = shown.identity is not None
        identity = await ctx.guard.identify(session, view) if has_identity else None
        ctx.detail(f"read {', '.join(self.fields)}" + ("; identity" if identity else ""))
        for line in session.drift():
            ctx.detail(line)
        plain = tuple(name for name in self.fields if not shown.targets[name].phi)
        return Record(source=f"screen:{self.screen}", fields=values, plain=plain, identity=identity)

    def title(self) -> str:
        return f"read {self.screen}"


@action("read_table")
class ReadTable(Action):
    """Read every row of a table, all pages, as a list of records."""

    effect = "read"
    main = "table"
    gives: ClassVar[tuple[ValueType, ...]] = ("list",)
    table: TableRef = Field(description="The table, as `role.screen.table`; its screen must be open.")

    async def run(self, ctx: Context) -> list[Record]:
        role, screen, table = split_target(self.table)
        session, view = await current_view(ctx, f"{role}.{screen}")
        rows = await view.read_table(table)
        ctx.detail(f"{len(rows)} rows")
        for line in session.drift():
            ctx.detail(line)
        columns = session.screen(view.screen).tables[table].columns
        plain = tuple(name for name, column in columns.items() if not column.phi)
        return [Record(source=f"screen:{self.table}", fields=row, plain=plain) for row in rows]

    def title(self) -> str:
        return f"read table {self.table}"


@action("click")
class Click(Action):
    """Press something that changes nothing: a tab, a link, a search. Final buttons are pressed by `save`."""

    effect = "read"
    main = "target"
    target: TargetRef = Field(description="A target with `use: navigate`.")

    async def hand_work(self, ctx: Context) -> HandWork | None:
        role, screen, target = split_target(self.target)
        await current_view(ctx, f"{role}.{screen}")
        return HandWork(what="press", screen=f"{role}.{screen}", target=target)

    async def run(self, ctx: Context) -> None:
        role, screen, target = split_target(self.target)
        _, view = await current_view(ctx, f"{role}.{screen}")
        await view.click(target)

    def title(self) -> str:
        return f"click {self.target}"


@action("check_state")
class CheckState(Action):
    """Hold the open screen against its map's state rules: cancelled, locked or reported orders stop here.

    `protect` asks again before each write; this only saves the work in between.
    """

    effect = "read"
    main = "screen"
    screen: ScreenRef = Field(description="The screen that must be open; its map must have `state` rules.")

    async def run(self, ctx: Context) -> Any:
        session, view = await current_view(ctx, self.screen)
        for line in await ctx.guard.check_state(session, view):
            ctx.verified(line)

    def title(self) -> str:
        return f"check the state of {self.screen}"
