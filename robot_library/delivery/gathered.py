"""What a finished item leaves behind, as a report's first draft: what the bot drafted, whose it is, what was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from robot_library.engine.desk import Desk
from robot_library.engine.records.journal import recorded
from robot_library.errors import AuthoringError, NeedsPerson
from robot_library.interfaces import Sealer
from robot_library.model.finding import Accepted
from robot_library.model.person import Identity
from robot_library.model.record import Record
from robot_library.model.release import Content
from robot_library.model.report import Report
from robot_library.model.skill import SkillManifest
from robot_library.model.skill.outputs import Code
from robot_library.model.study import Study
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.library import Library, shown
from robot_library.reports.mrrt import load_template
from robot_library.reports.outputs.content import content
from robot_library.safeguards.acceptance import AcceptanceGuard


async def gathered(desk: Desk, sealer: Sealer, item: str, library: Library) -> Content:
    """The content of an item's first version, for `releases.draft`. NeedsPerson where the item was not typed (a guard
    has stopped it, perhaps, after it had drafted), where a finding's seal does not hold, where what was read names
    different persons, or where it is not clear which study was read."""
    if (await desk.items.get(item)).outcome != "typed":
        raise NeedsPerson("this item's draft was not typed into the EHR: no report is made of it.")
    values = [*_inside(await recorded(desk.store, sealer, item))]
    reports = [one for one in values if isinstance(one, Report)]
    studies = {one.study_uid: one for one in values if isinstance(one, Study)}
    if not reports:
        raise NeedsPerson("this item has drafted no report.")
    read = {image for report in reports[-1:] for image in report.images}
    of = [one for one in studies.values() if read & {image.sop_instance_uid for image in one.images}]
    if len(of) != 1:
        raise NeedsPerson(f"the report was drafted from images of {len(of)} studies; one is needed.")
    accepted = list({one.finding.label: one for one in values if isinstance(one, Accepted)}.values())
    for one in accepted:
        AcceptanceGuard(sealer.mac).verify(one)
    records = [one for one in values if isinstance(one, Record)]
    patients = [one.identity for one in records if one.identity is not None]
    _one_person([*patients, of[0].identity])
    return content(
        reports[-1], load_template(library.path("template", reports[-1].template)), accepted, of[0],
        [one for one in patients if one.ids], _order(records), codes(library, accepted),
    )  # fmt: skip


def _one_person(said: Iterable[Identity]) -> None:
    """One number that everybody who gives any has, mergers by the EHR's own record included."""
    numbers = [{one.value for one in (*each.ids, *each.merged_ids)} for each in said if each.ids]
    if not numbers or not set.intersection(*numbers):
        raise NeedsPerson("what was read for this item names no one patient.")


def codes(library: Library, accepted: Iterable[Accepted]) -> dict[str, Code]:
    """Coded terms of findings, from the manifests of the skills that made them."""
    found: dict[str, Code] = {}
    for name in {one.finding.skill for one in accepted}:
        path = library.look("skill", name)
        if path is None:
            continue
        try:
            said = load_yaml_model(path, SkillManifest, shown(path))
        except AuthoringError:
            continue
        found |= {one.label: one.code for one in said.outputs if one.code is not None}
        if said.segmentation is not None:
            found |= {one.label: one.code for one in said.segmentation.segments if one.code is not None}
    return found


def _order(records: Iterable[Record]) -> Mapping[str, str]:
    """The order's fields as the first screen that shows an accession number had them."""
    for one in records:
        if one.fields.get("accession"):
            return one.fields
    return {}


def _inside(value: Any) -> Iterator[BaseModel | Identity]:
    """Everything of ours inside recorded values, in their order."""
    if isinstance(value, Report | Study | Accepted | Record):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _inside(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _inside(member)
