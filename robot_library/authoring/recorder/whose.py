"""Whose record a recorded screen shows, and what of that may find it in another system and still prove it there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from robot_library.authoring.recorder.keys import Key
from robot_library.authoring.recorder.persons import LABELS
from robot_library.authoring.recorder.scenes import Scene, Spec, add_fields, identity_target, says_whose
from robot_library.authoring.recorder.words import slug
from robot_library.model.heard import Field
from robot_library.model.labels import Meaning, meaning, steps_back

if TYPE_CHECKING:
    from robot_library.authoring.recorder.recorder import Recorder


def recognised(rec: Recorder) -> list[str]:
    """Screens on which a person that was met stands without a label; a line for each."""
    lines = []
    for scene in rec.scenes:
        found = {} if scene.enters else rec.persons.recognise(scene)
        new = {kind: one for kind, one in found.items() if kind not in scene.shown and rec.ways(one.find)}
        if not new:
            continue
        scene.shown |= new
        for one in new.values():
            rec.words.of_person(one.value)
        what = ", ".join(LABELS[kind].lower() for kind in new)
        lines.append(f"identity {scene.role}.{scene.name}: {what}; no label says so: look whether it is true")
    return lines


def named_elsewhere(rec: Recorder, scene: Scene, cells: Iterable[tuple[str, str]]) -> Key | None:
    """The name in a row of patients as a key, where another system has shown the same number and name: then the number
    is left to prove whose record comes."""
    row: dict[Meaning, tuple[str, str]] = {}
    for header, text in cells:
        kind = meaning(header)
        if kind is not None and rec.words.stays(header):
            row.setdefault(kind, (header, text.strip()))
    if not all(row.get(kind, ("", ""))[1] for kind in ("name", "mrn")):
        return None
    for other in rec.scenes:
        fields = _says(other)
        alike = all(kind in fields and fields[kind].value.strip() == row[kind][1] for kind in ("name", "mrn"))
        if alike and other.role != scene.role and not other.enters:
            target = identity_target(other, fields["name"], "name")
            made = Key(slug(row["name"][0], "patient"), "read", f"{other.role}.{other.name}", target, kind="name")
            return rec.keys.use(row["name"][1], made)
    return None


def _says(scene: Scene) -> dict[Meaning, Field]:
    fields = (*scene.fields.values(), *scene.shown.values())
    return {kind: one for one in fields if one.find and not one.box and (kind := meaning(one.label)) is not None}


def one_link_away(rec: Recorder, scene: Scene, identity: Spec, targets: Spec) -> Spec:
    """The identity of a form that shows too little of the person, and whose own link was followed to the patient's
    record; empty where there is none."""
    unchanged = [name for name, one in targets.items() if one["use"] == "identity"]
    for other in rec.scenes if unchanged else []:
        if other.role != scene.role or other.came is None or other.came[0] != scene.name:
            continue
        way = [*other.came[1]]
        link = way[0].get("click") if len(way) == 1 else None
        if link in targets and says_whose(add_fields(other, rec.words)[0]) and (not other.where[1] or leaves(other)):
            shown = {"shows": identity["shows"]} if "shows" in identity else {}
            return {"via": other.name, "link": link, "unchanged": unchanged, **shown}
    return {}


def leaves(scene: Scene) -> str:
    """The target that closes a dialog, as the author did; "" if none was pressed."""
    for name in scene.clicks:
        said = [str(way.get("name", "")) for way in scene.targets.get(name, {}).get("find", [])]
        if any(map(steps_back, said)):
            return name
    return ""
