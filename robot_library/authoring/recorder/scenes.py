"""One scene is one screen of one system, as it was met; and how it was come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from robot_library.authoring.recorder.words import Words, slug
from robot_library.model.heard import Field, Found, Sight
from robot_library.model.labels import IDENTITY, STATE, Meaning, is_state, meaning

Spec = dict[str, Any]
_PART: dict[str, str] = {
    "mrn": "patient_id", "name": "name", "family": "family", "given": "given", "birth_date": "birth_date",
}  # fmt: skip
_RULES: dict[str, tuple[str, str]] = {
    "report_status": ("reported", "There is a report already"),
    "lock": ("held", "Somebody has locked it"),
    "author": ("reported", "Somebody has begun a report"),
    "state": ("changed", "It is in another state than when this was recorded"),
}


@dataclass
class Scene:
    """What was met on one screen. `fields` by label, as last seen."""

    role: str
    name: str
    where: tuple[str, str]
    """Its address with every number left out, and the dialog on top: by these it is known again."""
    heads: tuple[str, ...] = ()
    path: str | None = None
    came: tuple[str, list[Spec], dict[str, Spec]] | None = None
    """The scene that led here, the moves from there, and the targets that only these moves need."""
    fields: dict[str, Field] = field(default_factory=dict, repr=False)
    loose: tuple[Field, ...] = field(default=(), repr=False)
    """Texts without a label, as last seen."""
    shown: dict[Meaning, Field] = field(default_factory=dict, repr=False)
    """Those of them that say whose record it is."""
    targets: dict[str, Spec] = field(default_factory=dict)
    tables: dict[str, Spec] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    writes: dict[str, str] = field(default_factory=dict)
    """target → what is typed: an expression over the item, or a menu's word."""
    commits: list[str] = field(default_factory=list)
    clicks: list[str] = field(default_factory=list)
    blank: dict[str, str] = field(default_factory=dict)
    """target → label of a box that held nothing before it was typed into."""
    controls: tuple[Found, ...] | None = None
    """Buttons and tabs that were there whenever it was looked at."""
    enters: bool = False
    """It belongs to the sign-in."""
    known: str = ""
    """Its name in the map that is added to."""

    def take(self, fields: Iterable[Field]) -> None:
        """What is seen now; what has filled since is taken, and what stands there no more stays."""
        for one in fields:
            before = self.fields.get(one.label)
            if one.behind:
                continue
            if before is None or one.value or not before.value:
                self.fields[one.label] = one if one.find or before is None else replace(one, find=before.find)

    def stand(self, controls: Iterable[Found]) -> None:
        """Buttons and tabs that are there now: what is not always there is no sign of it."""
        now = tuple(controls)
        if not now:  # it has not filled yet
            return
        self.controls = now if self.controls is None else tuple(one for one in self.controls if one in now)

    def target(self, name: str, find: Iterable[Found], use: str, **more: Any) -> str:
        """A target, under the name it has already if one of these ways finds one of the same scene."""
        ways = list(find)
        frame = more.pop("frame", None)
        more |= {} if frame is None else {"frame": frame}
        for known, spec in self.targets.items():
            if any(way in spec["find"] for way in ways) and spec.get("frame") == frame:
                if use in ("write", "commit"):
                    spec["use"] = use
                return known
        if use in ("write", "commit", "identity", "state"):
            ways = ways[:1]  # these never heal: a second way would never be used
        made = slug(name, "thing", self.targets)
        self.targets[made] = {"find": ways, "use": use, **more}
        return made


def add_fields(scene: Scene, words: Words) -> tuple[Spec, list[Spec], list[str]]:
    """Targets for what names the person, the order and its state; the scene's `identity`, its `state`, and labels of
    state fields whose word is none that we know."""
    identity: Spec = {}
    rules: list[Spec] = []
    unknown: list[str] = []
    met: set[Meaning] = set()
    for one in (*scene.shown.values(), *scene.fields.values()):
        kind = meaning(one.label)
        if kind is None or kind in met or not one.find or one.box:
            continue
        if kind in IDENTITY:
            met.add(kind)
            _identify(scene, one, kind, identity)
        elif kind in STATE:
            met.add(kind)
            rule = _rule(scene, one, kind)
            if rule is None:
                unknown.append(one.label.strip(" :"))
            else:
                rules.append(rule)
    if identity.get("name"):
        form = _name_form(scene)
        identity |= {"name_form": form} if form != "family_comma_given" else {}
    return identity, rules, unknown


def _name_form(scene: Scene) -> str:
    """How the name that the screen shows is written."""
    both = (*scene.shown.values(), *scene.fields.values())
    return name_form(next(one.value for one in both if meaning(one.label) == "name" and one.find and not one.box))


def name_form(text: str) -> str:
    """How a name is written, in a map's word."""
    return "dicom" if "^" in text else "family_comma_given" if "," in text else "given_family"


def says_whose(identity: Spec) -> bool:
    """Whether these are number and one more identifier of the person."""
    return "patient_id" in identity and ("name" in identity or "birth_date" in identity or "family" in identity)


def identity_target(scene: Scene, one: Field, kind: Meaning) -> str:
    """The target that shows this identifier."""
    more: Spec = {"type": kind} if kind in ("mrn", "accession") else {}
    more |= {"pattern": one.pattern} if one.pattern else {}
    more = {"phi": False} if kind == "issuer" else more
    return scene.target(one.label, one.find, "identity", frame=one.frame, **more)


def _identify(scene: Scene, one: Field, kind: Meaning, identity: Spec) -> None:
    if kind == "issuer" and not one.value:
        return
    target = identity_target(scene, one, kind)
    if kind in _PART:
        identity[_PART[kind]] = target
    elif kind == "issuer":
        identity["issuer"] = target


def _rule(scene: Scene, one: Field, kind: Meaning) -> Spec | None:
    otherwise, reason = _RULES[kind]
    empty = not one.value and kind in ("author", "lock")
    if not empty and not is_state(one.value):
        return None
    more = {"may_be_empty": True} if empty else {}
    target = scene.target(one.label, one.find, "state", phi=False, frame=one.frame, **more)
    says = {"empty": True} if empty else {"is": [one.value]}
    return {"target": target, **says, "otherwise": otherwise, "reason": reason}


def only_empty(scene: Scene, target: str, label: str) -> Spec:
    """The rule that a box is typed into only while nothing stands there, as it was when it was recorded."""
    ways = scene.targets[target]["find"]
    found = next((n for n, one in scene.targets.items() if one["use"] == "state" and one["find"] == ways), None)
    if found is None:
        found = slug(f"{target}_before", "before", scene.targets)
        there = {word: scene.targets[target][word] for word in ("frame",) if word in scene.targets[target]}
        scene.targets[found] = {"find": ways, "use": "state", "may_be_empty": True, **there}
    said = f"Something stands in {label.strip(' :')} already" if label else "Something stands there already"
    return {"target": found, "empty": True, "otherwise": "reported", "reason": said}


def signs(scene: Scene, words: Words, others: Iterable[Scene] = (), *, buttons_first: bool = False) -> list[Spec]:
    """What the screen is recognised by: its heading, or the dialog on top, or what it, and no other, is made of."""
    if scene.where[1]:
        return [{"role": "dialog", "name": scene.where[1]}]
    found: list[Spec] = [{"role": "heading", "name": head} for head in scene.heads]
    if not found:
        seen = [(label, one) for label, one in scene.fields.items() if one.find and one.frame is None]
        labels = [one.find[0] for label, one in seen if words.stays(label)]
        tables = [
            one["rows"]["inside"] for one in scene.tables.values() if "inside" in one["rows"] and "frame" not in one
        ]
        rest = [spec["find"][0] for spec in scene.targets.values() if "frame" not in spec]
        buttons = [*(scene.controls or ())]
        stands = [*buttons, *labels] if buttons_first else [*tables, *labels, *buttons]
        found = _apart(stands or rest, others)[:2]  # what was pressed may have come up only then
    if scene.enters and not scene.where[1]:
        found = [spec["find"][0] for spec in scene.targets.values()][:2] or found
    return found


def _apart(found: list[Spec], others: Iterable[Scene]) -> list[Spec]:
    """Those that no other screen shows; all of them where there are none."""
    met: list[Spec] = []
    for other in others:
        met += [way for field in other.fields.values() for way in field.find[:1]] + list(other.controls or ())
        met += [table["rows"]["inside"] for table in other.tables.values() if "inside" in table["rows"]]
    own: list[Spec] = []
    for one in found:
        if one not in met and one not in own:
            own.append(one)
    return own or found


def sight_words(sight: Sight) -> tuple[str, str]:
    """The address below its site with every part that has a number left out: how a screen is known again."""
    from urllib.parse import urlsplit

    parts = urlsplit(sight.url)
    path, fragment = _numberless(parts.path), _numberless(parts.fragment)
    return f"{path}#{fragment}" if fragment else path, sight.dialog


def _numberless(path: str) -> str:
    """A path without what stands behind ';' in it (how a list is shown), every part with a number left out."""
    return "/".join("*" if any(c.isdigit() for c in one) else one for one in path.partition(";")[0].split("/"))
