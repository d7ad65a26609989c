"""Actions that also note what they type and press, so that a case can ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from robot_library.actions.commit import Attach, Save
from robot_library.actions.typing import Fill, texts_for
from robot_library.interfaces import Action, Context


@dataclass
class Noted:
    """What became of the screens of one item."""

    typed: dict[str, str] = field(default_factory=dict)
    """role.screen.target: the text that was typed there last, and read back."""
    pressed: list[str] = field(default_factory=list)
    """role.screen.target of every final press, in order."""


Notes = dict[str, Noted]
"""By item."""


def watched(
    actions: Mapping[str, type[Action]], notes: Notes, expect: Callable[[dict[str, str]], None] = lambda fields: None
) -> dict[str, type[Action]]:
    """The same actions; those that type or press for good write down in `notes` what they did. `expect` is told, before
    each save, what the record is to show afterwards."""

    class WatchedFill(Fill):
        __doc__ = Fill.__doc__

        async def run(self, ctx: Context) -> None:
            await super().run(ctx)
            session = await ctx.session(self.screen.partition(".")[0])
            texts = texts_for(session.screen(self.screen.partition(".")[2]), self.values)
            noted = notes.setdefault(ctx.item.id, Noted())
            noted.typed.update({f"{self.screen}.{target}": text for target, text in texts.items()})

    class WatchedSave(Save):
        __doc__ = Save.__doc__

        async def run(self, ctx: Context) -> None:
            role, _, screen = self.proof.screen.partition(".")
            expect(texts_for((await ctx.session(role)).screen(screen), self.proof.fields) | self.proof.also)
            await super().run(ctx)
            notes.setdefault(ctx.item.id, Noted()).pressed.append(self.target)

    class WatchedAttach(Attach):
        __doc__ = Attach.__doc__

        async def run(self, ctx: Context) -> None:
            role, _, rest = self.target.partition(".")
            screen, _, target = rest.partition(".")
            await super().run(ctx)
            if target in (await ctx.session(role)).screen(screen).targets:
                notes.setdefault(ctx.item.id, Noted()).pressed.append(self.target)

    mine: dict[str, type[Action]] = {"fill": WatchedFill, "save": WatchedSave, "attach": WatchedAttach}
    return {key: mine.get(key, kind) for key, kind in actions.items()}
