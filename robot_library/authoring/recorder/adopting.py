"""A map that is added to: its screens, targets and keys keep their names, and nothing is written twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from robot_library.authoring.adding import end_of
from robot_library.authoring.recorder.laying import laid, read
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.authoring.recorder.scenes import Scene, Spec
from robot_library.errors import AuthoringError

_HOLE = re.compile(r"\{(\w+)\}")


def adopt(rec: Recorder, role: str, made: Spec, existing: Spec) -> None:
    """Call scenes, targets and keys of a recording as the map that is there calls them."""
    for name, spec in made["screens"].items():
        scene = next(one for one in rec.scenes if (one.role, one.name) == (role, name))
        known = next((other for other, there in existing["screens"].items() if _same(spec, there)), None)
        if known is None:
            if name in existing["screens"]:
                _rename_scene(rec, scene, next(n for n in _numbered(name) if n not in existing["screens"]))
            continue
        there = existing["screens"][known]
        for ours, theirs in _holes(spec, there).items():
            _rename_key(rec, ours, theirs)
        _rename_scene(rec, scene, known)
        scene.known = known
        targets = there.get("targets") or {}
        for target, one in list(scene.targets.items()):
            twin = next((n for n, other in targets.items() if any(way in other["find"] for way in one["find"])), None)
            if twin is not None and twin != target:
                _rename_target(rec, scene, target, twin)


def _numbered(name: str) -> list[str]:
    return [f"{name}_{number}" for number in range(2, 1000)]


def _signs(spec: Spec) -> list[str]:
    """What a screen is known by: the addresses that lead to it, else all that it is recognised by."""
    ways = [move["goto"] for move in spec.get("reach") or [] if "goto" in move]
    return ways[:1] or [repr(spec["seen_by"])]


def _same(ours: Spec, theirs: Spec) -> bool:
    here, there = _signs(ours)[0], _signs(theirs)[0]
    alike = [_HOLE.sub("{}", repr(sign)) for sign in theirs["seen_by"]]
    return _HOLE.sub("{}", here) == _HOLE.sub("{}", there) or (
        all(_HOLE.sub("{}", repr(sign)) in alike for sign in ours["seen_by"])
        and not ("goto" in here and "goto" in there)
    )


def _holes(ours: Spec, theirs: Spec) -> Mapping[str, str]:
    here, there = _signs(ours)[0], _signs(theirs)[0]
    if _HOLE.sub("{}", here) != _HOLE.sub("{}", there):
        return {}
    pairs = zip(_HOLE.findall(here), _HOLE.findall(there), strict=True)
    return {a: b for a, b in pairs if a != b}


def renamed(value: Any, holes: Mapping[str, str]) -> Any:
    """The same data with `{old}` written as `{new}`."""
    if isinstance(value, str):
        return _HOLE.sub(lambda found: f"{{{holes.get(found[1], found[1])}}}", value)
    if isinstance(value, dict):
        return {key: renamed(member, holes) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(renamed(member, holes) for member in value)
    return value


def _rename_key(rec: Recorder, ours: str, theirs: str) -> None:
    rec.keys.rename(lambda key: replace(key, name=theirs) if key.name == ours else key)
    for scene in rec.scenes:
        scene.path, scene.heads = renamed(scene.path, {ours: theirs}), renamed(scene.heads, {ours: theirs})
        scene.came, scene.targets = renamed(scene.came, {ours: theirs}), renamed(scene.targets, {ours: theirs})


def _rename_scene(rec: Recorder, scene: Scene, name: str) -> None:
    old, new = f"{scene.role}.{scene.name}", f"{scene.role}.{name}"
    rec.keys.rename(lambda key: replace(key, at=new) if key.at == old else key)
    for other in rec.scenes:
        if other.role == scene.role and other.came is not None and other.came[0] == scene.name:
            other.came = (name, *other.came[1:])
    for step in rec.entries.get(scene.role, []):
        step["on"] = name if step["on"] == scene.name else step["on"]
    scene.name = name


def _rename_target(rec: Recorder, scene: Scene, old: str, new: str) -> None:
    scene.targets = {new if name == old else name: spec for name, spec in scene.targets.items()}
    scene.writes = {new if name == old else name: text for name, text in scene.writes.items()}
    for names in (scene.reads, scene.commits, scene.clicks):
        names[:] = [new if name == old else name for name in names]
    at = f"{scene.role}.{scene.name}"
    rec.keys.rename(lambda key: replace(key, target=new) if (key.at, key.target) == (at, old) else key)


def merged(path: Path, made: Spec) -> tuple[str, list[str]]:
    """The text of a map with what is new in `made`; what was there stays letter for letter. Names of what was added.
    AuthoringError where the file is written so that nothing can be added."""
    text = path.read_text(encoding="utf-8")
    data = read(text, path.name)
    added: list[str] = []
    for word in ("sign_in", "interruptions"):
        if word in made and word not in data:
            text = _put(path, text, data, (), {word: made[word]})
            added.append(word)
    for name, spec in made["screens"].items():
        there = data["screens"].get(name)
        if there is None:
            text = _put(path, text, data, ("screens",), {name: spec})
            added.append(name)
            continue
        for target, one in (spec.get("targets") or {}).items():
            if not there.get("targets"):
                added.append(f"NOT {name}.{target}: the screen has no 'targets' to add to; write one by hand")
            elif target not in there["targets"]:
                text = _put(path, text, data, ("screens", name, "targets"), {target: one})
                added.append(f"{name}.{target}")
    return text, added


def _put(path: Path, text: str, data: Spec, keys: tuple[str, ...], more: Spec) -> str:
    """Text with one entry more at the end of a mapping; `data` gets it too, and must be what the text then says."""
    import yaml

    at, indent = end_of(yaml.compose(text), *keys)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    block = "".join(f"{indent}{line}\n" for line in laid(more, len(indent)))
    after = "".join([*lines[:at], block, *lines[at:]])
    inner: Any = data
    for key in keys:
        inner = inner[key]
    inner.update(read("\n".join(laid(more)), path.name))
    try:
        same = read(after, path.name) == data
    except AuthoringError:
        same = False
    if not same:
        raise AuthoringError(f"{path.name} is written so that nothing can be added: lay it out with 'wetread fmt'.")
    return after
