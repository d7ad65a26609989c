"""A study's header and objects as a work item's inputs; studies that have arrived become items."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from robot_library.interfaces import BlobStore
from robot_library.model.trigger import DicomKey
from robot_library.unattended.arrivals import Arrivals, Arrived, list_of_objects
from robot_library.unattended.intake import Intake, NotAnItem


def study_item(
    wanted: Mapping[str, DicomKey], fields: Mapping[str, str], objects: tuple[str, ...], blobs: BlobStore
) -> dict[str, str]:
    """Inputs by name. `objects` are references in the blob store; () if there are none here."""
    item = {}
    for name, key in wanted.items():
        if key == "objects":
            item[name] = list_of_objects(objects, blobs) if objects else ""
        else:
            item[name] = fields.get(key, "")
    return item


async def take_quiet(arrivals: Arrivals, intake: Intake, wanted: Mapping[str, DicomKey], quiet: timedelta) -> int:
    """Studies of which nothing has come for so long become items; returns how many are new. What does not fit is
    set aside, and a person is told."""
    taken = 0
    for study in await asyncio.to_thread(arrivals.quiet_for, quiet.total_seconds()):
        try:
            taken += await _take(study, arrivals, intake, wanted)
        except NotAnItem as failure:
            await asyncio.to_thread(arrivals.set_aside, study)
            intake.trouble(f"a received study is no item: {failure.message}")
    return taken


async def _take(study: Arrived, arrivals: Arrivals, intake: Intake, wanted: Mapping[str, DicomKey]) -> bool:
    item = study_item(wanted, study.fields, study.objects, intake.blobs)
    new = await intake.take(item, study.fields["study_uid"])
    await asyncio.to_thread(arrivals.forget, study)
    if not new:
        intake.trouble("more of a study came, whose item is in the queue already")
    return new
