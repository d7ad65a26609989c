"""A drafted report: always a draft until a person signs it."""

from __future__ import annotations

from typing import Literal

from robot_library.model.base import Frozen


class Report(Frozen):
    """Template filled from accepted findings. `fields` maps template field ids to text; `text` is for typing."""

    kind: Literal["report"] = "report"
    template: str
    title: str
    status: Literal["draft"] = "draft"
    fields: dict[str, str]
    text: str
    images: tuple[str, ...] = ()
    """SOPInstanceUIDs of the images that were read."""
    language: str = "en"
