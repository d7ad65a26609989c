"""Series: which of a study's series are the channels that a volume skill reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from robot_library.errors import NeedsPerson
from robot_library.interfaces import Action, Context, Takes
from robot_library.model.study import Series, Stack, Study, in_series
from robot_library.model.values import ValueType
from robot_library.plugins import action


@action("choose_series")
class ChooseSeries(Action):
    """Choose one series of a study for each channel that a volume skill reads, by SeriesDescription.

    `*` stands for any text, `?` for one character; capitals do not matter. Exactly one series must fit each pattern,
    and no series two of them: anything else goes to a person, never a guess.
    """

    effect: ClassVar = "compute"
    gives: ClassVar[tuple[ValueType, ...]] = ("stack",)
    model_config = ConfigDict(populate_by_name=True)
    study: Annotated[Study, Takes(("study",))] = Field(alias="from", description="The study.")
    which: dict[str, str] = Field(min_length=1, description="channel: pattern of the series' description, as in T1*.")

    async def run(self, ctx: Context) -> Stack:
        series = in_series(self.study.images)
        stack = chosen(self.study.study_uid, series, self.which)
        ctx.detail(f"{len(stack.images)} images in {len(stack.channels)} of {len(series)} series")
        return stack

    def title(self) -> str:
        return f"choose the series {', '.join(self.which)}"


def chosen(study_uid: str, series: Iterable[Series], which: Mapping[str, str]) -> Stack:
    """The one series for each channel. Raises NeedsPerson; its message names patterns and counts, no description."""
    everything = tuple(series)
    found: dict[str, Series] = {}
    for channel, pattern in which.items():
        fitting = [one for one in everything if fnmatchcase(one.description.casefold(), pattern.casefold())]
        if len(fitting) != 1:
            raise NeedsPerson(
                f"{len(fitting)} of {len(everything)} series fit {pattern!r} ({channel}), where exactly one is needed.",
                cure="A person chooses, or the pattern is made to fit.",
            )
        found[channel] = fitting[0]
    if len({one.series_uid for one in found.values()}) < len(found):
        raise NeedsPerson("one series fits the patterns of two channels.", cure="Write patterns that tell them apart.")
    return Stack(study_uid=study_uid, channels=found)
