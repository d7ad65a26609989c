"""Any Robot Framework or RPA keyword as a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from robot_library.interfaces import Action, Context, KeywordCall, Ref
from robot_library.keywords.effects import effect_in_table, effect_of
from robot_library.model.run import Effect
from robot_library.model.values import Duration, ValueType
from robot_library.plugins import action


@action("keyword")
class Keyword(Action):
    """Run a keyword of a Robot Framework library, such as rpaframework's for Excel, PDF, mail, tables and work items.

    Its arguments stand under `with`, by the keyword's own names, and are checked against its signature before anything
    runs. A table comes back as a list of rows; a keyword that changes a table it is given gives the changed one. A
    library lives as long as the part of the item that uses it: after a wait or a save, files are opened again.
    What it changes is known for common libraries; `effect` says it for others, and where nobody says it, it is `once`:
    after an interruption in its middle a person looks. Inside `protect` nothing but `compute` may stand.
    """

    effect: ClassVar = "once"
    gives: ClassVar[tuple[ValueType, ...]] = ("text", "number", "boolean", "date", "list", "record")
    model_config = ConfigDict(populate_by_name=True)
    library: Annotated[str, Ref("library")] = Field(description="Its full name, as in RPA.Excel.Files.")
    name: Annotated[str, Ref("keyword")] = Field(description="The keyword, as in Open Workbook.")
    arguments: dict[str, Any] = Field(default={}, alias="with", description="argument: value.")
    settings: dict[str, Any] = Field(default={}, description="argument: value, for the library itself.")
    does: Annotated[Literal["read", "compute", "file", "once"] | None, Ref("effect")] = Field(
        default=None, alias="effect", description="What it changes, where wetread does not know."
    )
    within: Duration = Field(default=timedelta(minutes=2), description="How long it may take.")

    @classmethod
    def effect_of(cls, params: Mapping[str, Any]) -> Effect:
        """By the table of common libraries, and by the author."""
        return effect_of(str(params.get("library")), str(params.get("name")), params.get("effect"))

    async def ready(self, ctx: Context) -> None:
        """Find out what is wrong before it counts as begun."""
        await ctx.keywords().ready(self.call(ctx))

    async def run(self, ctx: Context) -> Any:
        value = await ctx.keywords().run(self.call(ctx))
        return value if ctx.bind is not None else None  # what nobody names need not be kept

    def call(self, ctx: Context) -> KeywordCall:
        """The call that this step makes."""
        return KeywordCall(
            str(self.library), str(self.name), self.arguments, self.settings,
            self.within.total_seconds(), ctx.bind is not None,
        )  # fmt: skip

    def reused(self, ctx: Context) -> None:
        """It was done before an interruption: what it left in its library, if anybody relied on it, is gone."""
        if self.does is None and effect_in_table(self.library, self.name) is None:
            ctx.keywords().forget(self.library)

    def title(self) -> str:
        return f"{self.name} ({self.library})"
