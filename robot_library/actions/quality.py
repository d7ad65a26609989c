"""Image quality: every image of a study judged and remembered, for the day's report and each device's trend."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated

from pydantic import Field

from robot_library.errors import SetupError
from robot_library.interfaces import Action, Context, SkillRef, Takes
from robot_library.model.study import Study
from robot_library.plugins import action


@action("record_quality")
class RecordQuality(Action):
    """Let a quality skill judge every image of a study and keep its values, without the patient, for QA.

    Each film counts once for each version of the skill, however often it is measured. Nothing is decided here: what a
    report may say comes from `run_skill` and `accept`.
    """

    effect = "compute"
    skill: SkillRef = Field(description="Name of a skill whose task is quality.")
    study: Annotated[Study, Takes(("study",))] = Field(description="The study.")

    async def run(self, ctx: Context) -> None:
        if ctx.quality is None:
            raise SetupError("this engine keeps no record of image quality.", cure="Give its assembly a quality log.")
        counts: Counter[str] = Counter()
        for image in self.study.images:
            said = await ctx.skills.run(self.skill, image)
            new = await asyncio.to_thread(ctx.quality.record, image, said)
            counts["measured" if new else "known already"] += 1
            counts["abstained"] += said.kind == "abstention"
        ctx.detail(", ".join(f"{count} {what}" for what, count in counts.items() if count))

    def title(self) -> str:
        return f"record image quality by {self.skill}"
