"""Checks a skill's manifest: filled in, named like its folder, beside the model that it names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from robot_library.model.diagnostic import Diagnostic, Place
from robot_library.model.skill.clinical import LARGEST_MODEL
from robot_library.parsing.build import load_yaml_model
from robot_library.parsing.nodes import ListNode, MapNode, Node, read_file
from robot_library.parsing.problems import single
from robot_library.parsing.texts import once


def check_manifest(path: Path, name: str, node: Node) -> list[Diagnostic]:
    """Every diagnostic of one skill.yaml; AuthoringError where it is no manifest. `name` is how diagnostics call it."""
    from robot_library.model.skill import SkillManifest

    if left := list(_still_todo(node)):
        return left
    manifest = load_yaml_model(path, SkillManifest, name)
    if manifest.skill != path.resolve().parent.name:
        message = f"the skill '{manifest.skill}' stands in folder '{path.resolve().parent.name}'"
        raise single(Place(file=name), "WR130", message, "Give both the same name.")
    return list(_other_model(path.parent / manifest.model.file, manifest.model.sha256, node))


def _other_model(model: Path, sha256: str, node: Node) -> Iterator[Diagnostic]:
    """The model beside the manifest is not there, or not the one that the manifest names."""
    named = node.get("model") if isinstance(node, MapNode) else None
    place = (named.get("sha256") if isinstance(named, MapNode) else None) or node
    try:
        now = model.stat()
        stamp = (now.st_mtime_ns, now.st_size)
        found = once(str(model), "sha256", stamp, lambda: hashlib.sha256(read_file(model, LARGEST_MODEL)).hexdigest())
    except OSError:
        yield from single(place.place, "WR132", f"the model file '{model.name}' cannot be read").diagnostics
        return
    if found != sha256:
        message = f"'{model.name}' has sha256 {found[:12]}…, the manifest says {sha256[:12]}…"
        hint = f"If the model was exchanged on purpose: sha256: {found}"
        yield from single(place.place, "WR132", message, hint).diagnostics


def _still_todo(node: Node, key: str = "the manifest") -> Iterator[Diagnostic]:
    """Each field of a skill that was begun and still says TODO; nothing else is asked before they are gone."""
    if isinstance(node, MapNode):
        for name, value in node.items:
            yield from _still_todo(value, name.value)
    elif isinstance(node, ListNode):
        for value in node.items:
            yield from _still_todo(value, key)
    elif node.value.startswith("TODO"):
        yield from single(node.place, "WR131", f"'{key}' is still to be filled in").diagnostics
