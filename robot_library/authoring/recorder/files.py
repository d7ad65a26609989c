"""A recording as files: a workflow, a map for each system, a bot; and nothing of anybody's in them."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from robot_library.authoring.recorder.adopting import adopt, merged
from robot_library.authoring.recorder.laying import laid, read
from robot_library.authoring.recorder.mapping import add_ways, made_map
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.authoring.recorder.scenes import Spec
from robot_library.authoring.recorder.steps import Composer, Steps
from robot_library.errors import SetupError
from robot_library.model.screen import ScreenMap
from robot_library.parsing.formatting import formatted

_HOLE = re.compile(r"\{\w+\}")
_NAMED = ("screens", "targets", "tables", "columns", "item")
_FROM_PAGES = frozenset(
    {"name", "label", "text", "placeholder", "title", "test_id", "has_text", "css", "goto", "header", "is", "issuer_is"}
    | {"start", "sign_out", "pattern"}
)
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Places:
    """Where things go: below the folder of `workflows/NAME/workflow.yaml`, or beside any other FILE."""

    workflow: Path
    name: str
    maps: Path
    bots: Path

    @classmethod
    def of(cls, out: Path) -> Places:
        """By the workflow's file. SetupError where its name cannot be one of a workflow."""
        out = out.absolute()
        inside = out.name == "workflow.yaml" and out.parent.parent.name == "workflows"
        name = (out.parent.name if inside else out.stem).lower().replace("_", "-").replace(" ", "-")
        if not name[:1].isalpha() or not all(c.isascii() and (c.isalnum() or c == "-") for c in name):
            raise SetupError(
                f"{out.name} gives no name for a workflow.",
                cure="Letters, digits and '-': workflows/NAME/workflow.yaml.",
            )
        root = out.parent.parent.parent if inside else out.parent
        return cls(out, name, root / "workflows" / "screens", root / "bots")

    def map(self, role: str, given: Mapping[str, Path]) -> Path:
        """The map of a role."""
        return given.get(role, self.maps / f"{role}.yaml")


@dataclass(frozen=True)
class Recording:
    """path → text, in the order in which they are written; lines for the author."""

    files: dict[Path, str | bytes]
    lines: list[str] = field(default_factory=list)


def made_files(rec: Recorder, places: Places, maps: Mapping[str, Path], *, append: bool) -> Recording:
    """Everything that was recorded. AuthoringError where a map cannot be added to."""
    files: dict[Path, str | bytes] = {}
    lines: list[str] = []
    screens: dict[str, ScreenMap] = {}
    systems: dict[str, str] = {}
    for role in rec.bases:
        path = _free(places.map(role, maps), append=append)
        systems[role] = path.stem
        made, left, said = _made(rec, role, path.stem)
        lines += said + [f"left out {one}" for one in left]
        if not made["screens"]:
            continue
        if path.exists():
            existing = read(path.read_text(encoding="utf-8"), path.name)
            _same_kind(existing, made, path)
            adopt(rec, role, made, existing)
            made, left, _ = _made(rec, role, path.stem)
            pictures = _pictured(rec, made, path)
            text, added = merged(path, made)
            lines += [f"added    {path.name}: {one}" for one in added]
        else:
            pictures = _pictured(rec, made, path)
            text = "\n".join(laid(made)) + "\n" + _comments(left)
        _safe(rec, made, path)
        files[path] = text if path.exists() else formatted(text, path.name)
        files |= {one: data for one, data in pictures.items() if f"image: {one.name}" in text}
        screens[role] = ScreenMap.model_validate(read(text, path.name))
    if not screens:
        return Recording({}, [*lines, "Nothing could be kept: no screen was told apart from others."])
    steps = Composer(rec, screens).compose(places.name)
    _safe(rec, steps.spec, places.workflow)
    files[places.workflow] = formatted(_workflow(steps), places.workflow.name)
    lines += [f"later    {reason}" for reason, _ in steps.later]
    bot = places.bots / f"{places.name}.yaml"
    if not bot.exists():
        files[bot] = formatted("\n".join(laid(_bot(rec, places.name, screens, systems))) + "\n", bot.name)
    return Recording(files, lines)


def _free(path: Path, *, append: bool) -> Path:
    """The path, or, where an author's file is there that is not to be added to, one beside it."""
    paths = (path.with_stem(f"{path.stem}-{number}") for number in range(2, 1000))
    return path if append or not path.exists() else next(one for one in paths if not one.exists())


def _made(rec: Recorder, role: str, system: str) -> tuple[Spec, list[str], list[str]]:
    made, left, lines = made_map(rec, role, system)
    add_ways(rec, role, made["screens"])
    return made, left, lines


def _same_kind(existing: Spec, made: Spec, path: Path) -> None:
    kinds = [str(one.get("kind", "browser")) for one in (existing, made)]
    if kinds[0] != kinds[1]:
        raise SetupError(
            f"{path.name} is the map of a {kinds[0]}, and this was recorded on a {kinds[1]}.",
            cure="Give another --map.",
        )


def _pictured(rec: Recorder, made: Spec, path: Path) -> dict[Path, bytes]:
    """The pictures of a map's targets, in the folder of its name, each called by its screen and target."""
    found: dict[Path, bytes] = {}
    for screen, spec in made["screens"].items():
        for name, target in spec.get("targets", {}).items():
            for way in target["find"]:
                if (picture := rec.pictures.get(way.get("image", ""))) is not None:
                    way["image"] = f"{screen}-{name}.png"
                    found[path.with_suffix("") / way["image"]] = picture
    return found


def _workflow(steps: Steps) -> str:
    text = "\n".join(laid(steps.spec)) + "\n"
    for reason, step in steps.later:
        body = laid(step) if "collect" in step else [f"  - {line}" if not n else f"    {line}"
                                                    for n, line in enumerate(laid(step))]  # fmt: skip
        text += _comments([reason, *body])
    return text


def _comments(lines: list[str]) -> str:
    return "".join(f"# {line}\n" for line in lines)


def _bot(rec: Recorder, name: str, screens: Mapping[str, ScreenMap], systems: Mapping[str, str]) -> Spec:
    here = all(urlsplit(rec.bases[role]).hostname in _HERE for role in screens)
    apps: dict[str, Any] = {}
    for role, one in screens.items():
        signs = {"credential": f"{role}-bot"} if one.sign_in is not None else {}
        command = rec.programs.get(role)
        where = {"url": rec.bases[role]} if command is None else {"program": {"run": list(command)}}
        apps[role] = {"map": systems[role], **where, **signs}
    mode = "draft" if here else "shadow"
    return {"bot": name, "about": "Recorded; look it over.", "workflow": name, "apps": apps, "mode": mode}


def _safe(rec: Recorder, spec: Spec, path: Path) -> None:
    """The last look: where a word of a page that names somebody, or an order, has come in, nothing is written."""
    told = [word for text in _said(spec) for word in rec.words.told(_HOLE.sub(" ", text))]
    if told:
        raise SetupError(
            f"{path.name} is not written: {len(told)} of its words stand in fields that name a patient or an order.",
            cure="Record with another patient, whose name is no word of the screens.",
        )


def _said(spec: Any, key: str = "") -> Iterator[str]:
    """Every text of a map or workflow that comes from a page, and every name that was made of one."""
    if isinstance(spec, dict):
        for name, one in spec.items():
            if key in _NAMED:
                yield name.replace("_", " ")
            yield from _said(one, name)
    elif isinstance(spec, (list, tuple)):
        for one in spec:
            yield from _said(one, key)
    elif isinstance(spec, str) and key in _FROM_PAGES:
        yield spec


def write_files(files: Mapping[Path, str | bytes]) -> list[Path]:
    """Each file whole or not at all; the workflow and the bot, which need the maps, after them."""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        number, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode("utf-8"))
            if path.exists():
                os.chmod(made, path.stat().st_mode & 0o777)
            else:
                os.chmod(made, 0o644)
            Path(made).replace(path)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    return list(files)
