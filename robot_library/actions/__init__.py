"""The built-in actions; importing this registers them. One family a file."""

from robot_library.actions import (
    canary,
    commit,
    confirm,
    flow,
    images,
    keyword,
    look,
    patient,
    quality,
    report,
    series,
    typing,
)  # fmt: skip

__all__ = [
    "canary", "commit", "confirm", "flow", "images", "keyword", "look", "patient", "quality", "report", "series",
    "typing",
]  # fmt: skip
