"""Hears what the browser tells, one thing after the other, and keeps what a map and a workflow are made of.

Each call answers with lines for the author, in which no value of a page stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from robot_library.authoring.recorder.keys import Key, Keys, shape
from robot_library.authoring.recorder.persons import Persons
from robot_library.authoring.recorder.pressing import Pressing, warned
from robot_library.authoring.recorder.scenes import Scene, Spec, sight_words
from robot_library.authoring.recorder.whose import recognised
from robot_library.authoring.recorder.words import Words, slug
from robot_library.model.heard import (
    AskedByBrowser,
    Field,
    FileAsked,
    FileCame,
    Found,
    Heard,
    Pointed,
    Press,
    Sight,
    Typed,
)
from robot_library.model.labels import IDENTITY, PERSON, meaning

_PARTS = {"user": "user", "code": "code"}
_HOLE = re.compile(r"\{(\w+)\}")
_TEXTS = ("name", "label", "text", "placeholder", "title", "test_id", "has_text")


class Recorder:
    """`roles`: what a system is called → its address; others are named as they come up. `issuer`: who issues the
    patient numbers that they all show, if the author knows that."""

    def __init__(
        self, roles: Mapping[str, str], issuer: str = "", programs: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """`programs`: what a system on a desktop is called → its command."""
        self.issuer = issuer
        self.programs = dict(programs or {})
        self.bases = {role: _site(url) for role, url in roles.items()} | {
            role: f"program://{role}".lower() for role in self.programs
        }
        self.pictures: dict[str, bytes] = {}
        """What controls of programs look like (PNG), by the name that their locators have for it."""
        self.words = Words()
        self.keys = Keys(self.words)
        self.scenes: list[Scene] = []
        self.entries: dict[str, list[Spec]] = {}
        """By role: the steps of its sign-in."""
        self.interruptions: dict[str, list[Spec]] = {}
        self.sign_out: dict[str, tuple[Found, str]] = {}
        self.inputs: dict[str, Spec] = {}
        """What the item must bring besides keys: name → how it is declared."""
        self.persons = Persons(self.words.stays)
        self.pressing = Pressing(self)
        self.basic: set[str] = set()
        """Roles where the browser itself is asked for name and password."""
        self._entry_on: dict[str, Scene] = {}
        self._entry: dict[str, dict[str, str]] = {}
        """By role: target → part of the credential, typed since the last press."""

    def hear(self, heard: Heard) -> list[str]:
        """Take one thing."""
        if isinstance(heard, AskedByBrowser):
            return self._asked(self.role_of(heard.url))
        known = len(self.scenes)
        scene = self._scene(heard.sight)
        lines = [f"screen   {scene.role}.{scene.name}"] if len(self.scenes) > known else []
        lines += recognised(self)
        if isinstance(heard, Press):
            return lines + self.pressing.press(scene, heard)
        if isinstance(heard, Typed):
            return lines + self._typed(scene, heard)
        if isinstance(heard, FileAsked):
            return lines + self.pressing.file_asked(scene, heard)
        if isinstance(heard, FileCame):
            return lines + self.pressing.file_came(scene)
        return lines + (self._pointed(scene, heard) if isinstance(heard, Pointed) else [])

    def _asked(self, role: str) -> list[str]:
        if role in self.basic:
            return []
        self.basic.add(role)
        return [f"sign-in  {role}: by the browser itself (HTTP basic); name and password are not kept"]

    def may_say(self, find: Found) -> bool:
        """Whether a locator may be written down: every text in it is a screen's own, or a key."""
        for word, value in find.items():
            if word in ("inside", "near"):
                if not self.may_say(value):
                    return False
            elif word in _TEXTS:
                rest = _HOLE.sub(lambda hole: "" if hole[1] in self.keys.named() else hole[0], value)
                if rest.strip(" :,-") and not self.words.stays(rest):
                    return False
            elif word == "css" and not self.words.plain(value):
                return False
        return True

    def role_of(self, url: str) -> str:
        """The system of an address; a new one is called by its place in the order they came."""
        site = _site(url)
        for role, base in self.bases.items():
            if base == site:
                return role
        role = f"system{len(self.bases) + 1}"
        self.bases[role] = site
        return role

    # ---- screens --------------------------------------------------------------------------------------------

    def _scene(self, sight: Sight) -> Scene:
        role = self.role_of(sight.url)
        self.words.learn(sight)
        if sight.sign_out is not None and role not in self.sign_out and self.may_say(sight.sign_out):
            self.sign_out[role] = (sight.sign_out, sight.sign_out_path)
        place, dialog = sight_words(sight)
        if dialog and not self.words.stays(dialog):
            dialog = "Dialog"
        # Only at first sight: what the screen itself shows of a number is no way to it.
        met = any(one.role == role and one.where == (place, dialog) for one in self.scenes)
        path = None if dialog or met or role in self.programs else self.keys.path(sight.url, free=self.pressing.free)
        heads = tuple(made for head in sight.headings if (made := self.keys.text(head) or self._head(head)))[:1]
        scene = self._known(role, (place, dialog), heads)
        if scene is None:
            taken = [one.name for one in self.scenes if one.role == role]
            plain = dialog or (" ".join(_bare(heads[0]).split()) if heads else _last_word(sight, place))
            scene = Scene(role, slug(plain if self.words.stays(plain) else "", "screen", taken), (place, dialog))
            self.scenes.append(scene)
            scene.came = self.pressing.led(scene)
            self.pressing.arrived(scene)
        else:
            self.pressing.returned(scene)
        scene.heads = scene.heads or heads
        scene.path = scene.path or path
        scene.take(sight.fields)
        scene.loose = sight.loose or scene.loose
        self.meet([(one.label, one.value) for one in sight.fields if one.find and not (one.box or one.behind)])
        scene.stand(one for one in sight.controls if self.may_say(one))
        for one in sight.fields:
            if not one.behind:
                self._see(scene, one)
        return scene

    def _head(self, head: str) -> str | None:
        return head if self.words.heads(head) else None

    def _known(self, role: str, where: tuple[str, str], heads: tuple[str, ...]) -> Scene | None:
        """A scene met before: same address, and the same heading unless it has not come yet."""
        for one in self.scenes:
            if one.role == role and one.where == where and (one.heads == heads or not heads or not one.heads):
                return one
        return None

    def _see(self, scene: Scene, one: Field) -> None:
        """A value on a record that may be the key of another screen: an accession number, for one."""
        kind = meaning(one.label)
        if kind in IDENTITY and one.find and not one.box and self.words.stays(one.label):
            name = slug(one.label, str(kind))
            self.keys.see(one.value, Key(name, "read", f"{scene.role}.{scene.name}", name, kind=str(kind)))

    # ---- whose record it is ---------------------------------------------------------------------------------

    def meet(self, said: Iterable[tuple[str, str]]) -> None:
        """A record, or a row of a list, that says whose it is."""
        said = list(said)
        self.persons.meet(said)
        for label, value in said:
            if meaning(label) in PERSON:
                self.words.of_person(value)

    # ---- fields ---------------------------------------------------------------------------------------------

    def ways(self, find: tuple[Found, ...]) -> list[Found]:
        """Those of these locators that may be written down."""
        kept = [way for way in find if self.may_say(way)]
        words = [way for way in find if "image" not in way]
        if words and not any(way in kept for way in words):
            return []  # a picture shows what may not be said
        return kept

    def _pointed(self, scene: Scene, heard: Pointed) -> list[str]:
        ways = self.ways(heard.field.find)
        if not ways:
            return [f"left out a value on {scene.name}: nothing that may be written down finds it alone"]
        kind = meaning(heard.field.label)
        use = "identity" if kind in IDENTITY else "read"
        label = heard.field.label if self.words.stays(heard.field.label) else "value"
        target = scene.target(label, ways, use, frame=heard.field.frame)
        if target not in scene.reads:
            scene.reads.append(target)
        return [f"read     {scene.role}.{scene.name}.{target}"]

    def _typed(self, scene: Scene, heard: Typed) -> list[str]:
        one, kind = heard.field, meaning(heard.field.label)
        ways = self.ways(one.find)
        entering = not self.signed_in(scene.role)
        if heard.secret or (entering and kind in _PARTS):
            return self._credential(scene, heard, ways, "password" if heard.secret and kind != "code" else str(kind))
        self.words.typed(one.value)
        if not ways:
            return [f"left out a box on {scene.name}: nothing that may be written down finds it alone"]
        label = one.label if self.words.stays(one.label) else _css_name(ways[0])
        if heard.search:
            return self._searched(scene, heard, label, ways)
        target = scene.target(label, ways, "write", may_be_empty=True, frame=one.frame)
        if heard.choice and self.words.stays(one.value):
            scene.writes[target] = one.value
            return [f"typed    {scene.role}.{scene.name}.{target}: a fixed word of its menu"]
        if heard.blank:
            scene.blank[target] = one.label if self.words.stays(one.label) else ""
        if target not in scene.writes or not scene.writes[target].startswith("="):
            name = slug(label, target, self.inputs)
            self.inputs[name] = {"type": "text", "phi": True, "example": "A made-up text"}
            scene.writes[target] = f"=item.{name}"
        return [f"typed    {scene.role}.{scene.name}.{target}: becomes the input '{scene.writes[target][6:]}'"]

    def _searched(self, scene: Scene, heard: Typed, label: str, ways: list[Found]) -> list[str]:
        target = scene.target(label, ways, "search", frame=heard.field.frame)
        value = heard.field.value.strip()
        if value:
            pattern, example = shape(value)
            kind = str(meaning(label) or "")
            self.keys.see(value, Key(slug(label, target), "item", shape=f"{pattern} {example}", kind=kind))
        key = self.keys.take(value)
        if key is not None:
            self.pressing.moves.append({"type": {target: f"{{{key.name}}}"}})
            return [f"search   {scene.role}.{scene.name}.{target}: for the key '{key.name}'", *warned(key)]
        return [f"search   {scene.role}.{scene.name}.{target}: for words that are no key; not kept"]

    # ---- signing in -----------------------------------------------------------------------------------------

    def signed_in(self, role: str) -> bool:
        """Whether a password has been given, and a screen behind the sign-in was shown since."""
        return any("password" in one["fill"].values() for one in self.entries.get(role, [])) and any(
            one.role == role and not one.enters for one in self.scenes[self._last_entry(role) :]
        )

    def _last_entry(self, role: str) -> int:
        return max(index for index, one in enumerate(self.scenes) if one.role == role and one.enters) + 1

    def _credential(self, scene: Scene, heard: Typed, ways: list[Found], part: str) -> list[str]:
        if not ways:
            return [f"left out a box of the sign-in on {scene.name}: nothing that may be written down finds it alone"]
        scene = self._entry_scene(scene, part)
        if heard.field.value:
            self.words.of_person(heard.field.value)
        target = scene.target(part, ways[:1] if part == "password" else ways, "search", frame=heard.field.frame)
        self._entry.setdefault(scene.role, {})[target] = part
        self._entry_on[scene.role] = scene
        return [f"sign-in  {scene.role}.{scene.name}.{target}: the {part} of a credential; its text is not kept"]

    def _entry_scene(self, scene: Scene, part: str) -> Scene:
        """The screen of a sign-in that this box is on: a second box that comes over the first one is one of its own."""
        taken = [one.name for one in self.scenes if one.role == scene.role and one is not scene]
        if not scene.enters and scene.name.startswith(("screen", "start")):
            scene.name = slug("sign in", "sign_in", taken)
        scene.enters = True
        done = next((one for one in self.entries.get(scene.role, []) if one["on"] == scene.name), None)
        if done is None or part in done["fill"].values():
            return scene
        name = slug(f"{scene.name}_{part}", "sign_in", ())
        known = next((one for one in self.scenes if (one.role, one.name) == (scene.role, name)), None)
        if known is None:
            known = Scene(scene.role, name, (f"{scene.where[0]}|{part}", ""), enters=True)
            self.scenes.append(known)
        return known

    def entry_on(self, scene: Scene) -> Scene:
        """The screen that a press on `scene` belongs to, while a credential is being typed."""
        return self._entry_on[scene.role] if scene.role in self._entry else scene

    def entered(self, scene: Scene, target: str) -> bool:
        """The press that ends a step of a sign-in."""
        fill = self._entry.pop(scene.role, None)
        if not fill:
            return False
        steps = self.entries.setdefault(scene.role, [])
        if not any(step["on"] == scene.name for step in steps):
            steps.append({"on": scene.name, "fill": fill, "click": target})
        return True

    @property
    def entering(self) -> Mapping[str, dict[str, str]]:
        """By role: what was typed of a credential since the last press."""
        return self._entry


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _last_word(sight: Sight, place: str) -> str:
    """What an address says last of the screen: '/#health/model/gnuhealth.patient/*' is a patient."""
    parts = [one for one in re.split(r"[/#]", place) if one and one != "*"]
    last = parts[-1].split(".")[-1].replace("_", " ") if parts else ""
    last = last or "start"
    return f"{last} list" if sight.grids and not any(one.find for one in sight.fields) else last


def _bare(head: str) -> str:
    return _HOLE.sub(" ", head)


def _css_name(way: Found) -> str:
    """The name attribute in `textarea[name="comment"]`."""
    found = re.search(r'\[name="(\w+)"\]', str(way.get("css", "")))
    return found[1] if found else "box"
