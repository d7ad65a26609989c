"""The demo hospitals there are, by name."""

from __future__ import annotations

from robot_library.hospital import neuro, quality, traps
from robot_library.hospital.build import Story

STORIES: dict[str, Story] = {"chest": traps.write, "brain": neuro.write, "quality": quality.write}
"""``chest``: requested chest films (the default). ``brain``: MRI orders. ``quality``: X-ray rooms that are watched."""
