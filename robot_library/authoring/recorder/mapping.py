"""A screen map out of the scenes of one system."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from robot_library.authoring.recorder.homing import way_home
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.authoring.recorder.scenes import Scene, Spec, add_fields, only_empty, says_whose, signs
from robot_library.authoring.recorder.whose import leaves, one_link_away
from robot_library.model.labels import PERSON

_HOLE = re.compile(r"\{(\w+)\}")
_GUARDED = ("write", "commit")


def made_map(rec: Recorder, role: str, system: str) -> tuple[Spec, list[str], list[str]]:
    """The map; comments on what had to be left out of it; lines for the author."""
    scenes = [one for one in rec.scenes if one.role == role]
    screens: Spec = {}
    left: list[str] = []
    for scene in scenes:
        spec, out = _screen(rec, scene)
        left += out
        if spec is not None:
            screens[scene.name] = spec
    _without_ways_from_nowhere(screens)
    lines = [*_issued(rec, role, scenes, screens), *way_home(rec, role, scenes, screens)]
    whole: Spec = {"system": system, "about": f"Recorded at {rec.bases[role]}."}
    if (command := rec.programs.get(role)) is not None:
        whole = {"system": system, "kind": "desktop", "about": f"Recorded of the program {Path(command[0]).name}."}
    if role in rec.basic:
        whole["sign_in"] = {"http_basic": True}
    elif entries := [one for one in rec.entries.get(role, []) if one["on"] in screens]:
        whole["sign_in"] = _sign_in(rec, role, scenes, screens, entries)
    if pop_ups := rec.interruptions.get(role):
        whole["interruptions"] = pop_ups
    return {**whole, "screens": screens}, left, lines


def _screen(rec: Recorder, scene: Scene) -> tuple[Spec | None, list[str]]:
    identity, rules, unknown = ({}, [], []) if scene.enters else add_fields(scene, rec.words)
    scene.heads = tuple(head for head in scene.heads if not rec.words.told(head))
    others = [one for one in rec.scenes if one.role == scene.role and one is not scene]
    program = scene.role in rec.programs  # a label finds a list's header, too: buttons tell screens apart better
    made = signs(scene, rec.words, others, buttons_first=program)
    seen = [sign for sign in made if rec.may_say(sign) or sign.get("role") == "heading"]
    if not seen:
        return None, [f"Screen {scene.name}: nothing that may be written down tells it apart."]
    if not rules and not unknown:
        rules = [only_empty(scene, name, label) for name, label in scene.blank.items()]
    spec: Spec = {"seen_by": seen}
    targets = {
        name: {**one, "find": ways} for name, one in scene.targets.items() if (ways := rec.ways(tuple(one["find"])))
    }
    if scene.path is not None and not scene.enters and not rec.words.told(scene.path):
        spec["reach"] = [{"goto": scene.path}]
    elif scene.came is not None:
        spec["reach"] = [{"screen": scene.came[0]}, *scene.came[1]]
    shows = {
        target: key.name
        for target, one in targets.items()
        if one["use"] == "identity" and (value := _value(scene, one)) and (key := rec.keys.of(value)) is not None
        and (one.get("type") != "mrn" or key.source == "item") and key.at != f"{scene.role}.{scene.name}"
        and (not key.kind or key.kind not in PERSON or key.name in _reached_by(rec, scene))
    }  # fmt: skip
    if shows:
        identity["shows"] = shows
    writes = [name for name, one in targets.items() if one["use"] in _GUARDED]
    whole = says_whose(identity)
    if writes and not whole and (away := one_link_away(rec, scene, identity, targets)):
        identity, whole = away, True
    if scene.where[1] and (close := leaves(scene)) in targets:
        spec["leave"] = close
    left: list[str] = []
    for label in unknown if writes else ():
        which = f"'{label}'" if rec.words.stays(label) else "a field of its state"
        left.append(f"Screen {scene.name}: which word under {which} lets a bot write? Give it a `state` rule.")
    if writes and not (whole and rules):
        lacks = " and ".join(["`identity`"] * (not whole) + ["`state`"] * (not rules))
        left += [f"Screen {scene.name}: nothing may be written there until it has {lacks}. Found were:"]
        left += [f"  {name}: {targets.pop(name)}" for name in writes]
    if targets:
        spec["targets"] = targets
    if scene.tables:
        spec["tables"] = scene.tables
    if whole:
        spec["identity"] = identity
    if rules:
        spec["state"] = rules
    return spec, left


def _reached_by(rec: Recorder, scene: Scene) -> set[str]:
    """The keys on the way to a screen."""
    found = set(_HOLE.findall(scene.path or ""))
    if scene.path is None and scene.came is not None:
        found |= set(_HOLE.findall(repr(scene.came[1:])))
        before = [one for one in rec.scenes if (one.role, one.name) == (scene.role, scene.came[0]) and one is not scene]
        found |= {key for one in before for key in _HOLE.findall(one.path or repr((one.came or ((),))[1:]))}
    return found


def _value(scene: Scene, target: Spec) -> str:
    both = (*scene.shown.values(), *scene.fields.values())
    return next((one.value for one in both if target["find"][0] in one.find), "")


def _without_ways_from_nowhere(screens: Spec) -> None:
    """A way that begins on a screen which could not be kept is no way."""
    for spec in screens.values():
        if spec.get("reach", [{}])[0].get("screen", next(iter(screens))) not in screens:
            del spec["reach"]


def add_ways(rec: Recorder, role: str, screens: Spec) -> None:
    """Targets that only the way to another screen presses, where that way is the one that is kept."""
    for scene in rec.scenes:
        spec = screens.get(scene.name)
        if scene.role != role or scene.came is None or spec is None or "screen" not in spec.get("reach", [{}])[0]:
            continue
        there = screens[scene.came[0]].setdefault("targets", {})
        for name, target in scene.came[2].items():
            there.setdefault(name, target)


def _issued(rec: Recorder, role: str, scenes: Iterable[Scene], screens: Spec) -> list[str]:
    """Where another screen of the system, or the author, says the issuer of its numbers, those that do not say it get
    it. Lines for the author."""
    from robot_library.model.labels import meaning

    lacking = [
        one["identity"] for one in screens.values()
        if "patient_id" in one.get("identity", {}) and "issuer" not in one["identity"]
    ]  # fmt: skip
    shown = {one.value.strip() for scene in scenes for one in scene.fields.values() if meaning(one.label) == "issuer"}
    shown = shown - {""} or ({rec.issuer} if rec.issuer else set())
    fit = [word for word in shown if re.fullmatch(r"[A-Za-z][A-Za-z_.-]{1,23}", word) and rec.words.stays(word)]
    if not lacking:
        return []
    if len(fit) != 1 or len(shown) != 1:
        return [
            f"issuer   {role}: no screen says who issues its patient numbers, and a number alone proves nothing: record"
            " with --issuer NAME, or write `issuer_is` into the `identity` of its map"
        ]
    for identity in lacking:
        identity["issuer_is"] = fit[0]
    return [f"issuer   {role}: {fit[0]}"]


def _sign_in(rec: Recorder, role: str, scenes: list[Scene], screens: Spec, entries: list[Spec]) -> Spec:
    first = next(one for one in scenes if one.name == entries[0]["on"])
    start = {"start": first.where[0] if "*" not in first.where[0] else "/"} if role not in rec.programs else {}
    made: Spec = {**start, "steps": entries}
    if role in rec.sign_out:
        found, path = rec.sign_out[role]
        made["done"] = found
        if re.fullmatch(r"/[A-Za-z/_.-]+", path):
            made["sign_out"] = path
    else:
        after = next((screens[one.name] for one in scenes if not one.enters and one.name in screens), None)
        if after is not None and "{" not in str(after["seen_by"][0]):
            made["done"] = after["seen_by"][0]
    return made
