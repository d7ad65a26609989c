"""Synthetic heads on MRI: T1 before contrast, FLAIR, T1 after contrast, with or without a lesion of known size.

    head = make_head(7, lesion_ml=30)              # three volumes, the lesion's mask, the voxels' size
    series_dataset(head, "flair", 4, …)            # one slice as a complete MR object

No head is a person's: the weights (skills/brain-tumour-segmentation/synthetic, non-commercial) hold what heads have in
common and how they differ. What a skill says about these heads tests the plumbing and is never evidence for the skill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from robot_library.hospital.heads.head import SEQUENCES, Head, Sequence

if TYPE_CHECKING:
    from robot_library.hospital.heads.make import make_head

__all__ = ["SEQUENCES", "Head", "Sequence", "make_head"]


def __getattr__(name: str) -> object:
    """numpy and OpenCV are loaded when a head is first asked for, not on import."""
    if name != "make_head":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from robot_library.hospital.heads.make import make_head

    return make_head
