"""A workflow out of the scenes of all systems: read record by record, check the patient, write under guard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from robot_library.actions.canary import needs
from robot_library.authoring.recorder.keys import Key
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.authoring.recorder.scenes import Scene, Spec
from robot_library.authoring.recorder.words import slug
from robot_library.model.screen import ScreenMap

_RESERVED = ("item", "site", "row", "error")


@dataclass
class Steps:
    """`later`: steps that cannot stand yet, and why: they become comments."""

    spec: Spec
    later: list[tuple[str, Spec]] = field(default_factory=list)


class Composer:
    """`maps`: role → its screen map."""

    def __init__(self, rec: Recorder, maps: Mapping[str, ScreenMap]) -> None:
        self._rec, self._maps = rec, maps
        self._keys = rec.keys.named()
        self._records: dict[str, str] = {}
        """role.screen → the name its record was read as."""
        self._inputs: dict[str, Spec] = {}
        self._sources: dict[str, str] = {}
        """role → the first record that says whose it is, and was not found by the patient's own number."""
        self._by_number: dict[str, tuple[str, str]] = {}
        """role → such a record that was, and its screen."""

    def compose(self, name: str) -> Steps:
        """The whole workflow."""
        written = [scene for scene in self._scenes() if self._may_write(scene)]
        read = list(self._reading(written))
        later: list[tuple[str, Spec]] = []
        steps: list[Spec] = [{"sign_in": role} for role in self._maps] + read
        protects = [(scene, self._protect(scene)) for scene in written]
        why = self._not_yet()
        if protects and not why:
            steps.append({"check_patient": {"agree": self._agree()}})
        for scene, protect in protects:
            reason = why or self._unsaved(scene, protect)
            if reason:
                later.append((reason, {"protect": protect}))
            else:
                steps.append({"protect": protect})
                self._inputs.update({key: self._rec.inputs[key] for key in self._typed(scene)})
        collect, said = self._collect()
        spec: Spec = {
            "workflow": name,
            "about": f"Recorded: {', '.join(scene.name.replace('_', ' ') for scene in self._scenes())[:90]}.",
            "screens": list(self._maps),
        }
        if self._inputs:
            spec["item"] = self._inputs
        if collect and not said:
            spec["collect"] = collect
        elif collect:
            later.append((said, {"collect": collect}))
        return Steps({**spec, "steps": steps}, later)

    def _scenes(self) -> Iterator[Scene]:
        """Those that the maps have and that are no part of a sign-in."""
        for scene in self._rec.scenes:
            if not scene.enters and scene.role in self._maps and scene.name in self._maps[scene.role].screens:
                yield scene

    def _screen(self, scene: Scene) -> Spec:
        return self._maps[scene.role].screens[scene.name].model_dump()

    def _may_write(self, scene: Scene) -> bool:
        targets = self._maps[scene.role].screens[scene.name].targets
        return any(name in targets for name in scene.writes)

    # ---- reading --------------------------------------------------------------------------------------------

    def _reading(self, written: list[Scene]) -> Iterator[Spec]:
        last = {scene.role: scene for scene in self._scenes()}
        """Where the author ended: it is opened, even if nothing is read there."""
        named = {(key.at, key.target) for key in self._keys.values() if key.source == "read"}
        for scene in self._scenes():
            screen = self._maps[scene.role].screens[scene.name]
            address = f"{scene.role}.{scene.name}"
            asked = [target for at, target in named if at == address]
            says = screen.identity is not None
            wanted = [name for name, one in screen.targets.items() if one.use == "identity" or name in scene.reads]
            fields = wanted if says or scene.reads else asked
            stays = [name for name in scene.clicks if name != screen.leave]
            clicks = [name for name in stays if name in screen.targets and scene not in written]
            ends = scene is last.get(scene.role) and scene not in written
            known = scene.role in self._sources
            behind = any(one.identity is not None and one.identity.via == scene.name
                         for one in self._maps[scene.role].screens.values())  # fmt: skip
            if ((scene in written or behind) and known and not asked) or not (fields or clicks or ends):
                continue
            where = self._where(scene)
            if where is None:
                continue
            yield self._open(address, where)
            yield from ({"click": f"{address}.{target}"} for target in clicks)
            if fields:
                record = slug(scene.name, "record", [*_RESERVED, *self._records.values()])
                self._records[address] = record
                yield {"read": {"screen": address, "fields": fields, "as": record}}
                if screen.identity is not None and (screen.identity.patient_id or screen.identity.via):
                    self._source(scene, record, where)

    def _source(self, scene: Scene, record: str, where: dict[str, str]) -> None:
        if any(key in self._keys and self._keys[key].kind == "mrn" for key in where):
            self._by_number.setdefault(scene.role, (record, f"{scene.role}.{scene.name}"))
        else:
            self._sources.setdefault(scene.role, record)

    def _open(self, address: str, where: dict[str, str]) -> Spec:
        return {"open": {"screen": address, "where": where} if where else address}

    def _where(self, scene: Scene) -> dict[str, str] | None:
        """What a screen is opened for; None where that is not known before it is opened."""
        screens = self._maps[scene.role]
        shows = screens.screens[scene.name].identity
        wanted = needs(screens, scene.name) | (set(shows.shows.values()) if shows is not None else set())
        if not screens.screens[scene.name].reach:
            return None
        made = {}
        for name in sorted(wanted):
            value = self._value(self._keys.get(name))
            if value is None:
                return None
            made[name] = value
        return made

    def _value(self, key: Key | None) -> str | None:
        if key is None:
            return None
        if key.source == "read":
            record = self._records.get(key.at)
            return f"={record}.{key.target}" if record else None
        pattern, _, example = key.shape.partition(" ")
        self._inputs[key.name] = {"type": "text", "phi": True, "pattern": pattern, "example": example}
        return f"=item.{key.name}"

    # ---- writing --------------------------------------------------------------------------------------------

    def _agree(self) -> list[str]:
        found = [f"={record}" for record in self._sources.values()]
        return found + [f"={record}" for role, (record, _) in self._by_number.items() if role not in self._sources]

    def _not_yet(self) -> str:
        if len(self._sources) >= 2:
            return ""
        weak = [screen for role, (_, screen) in self._by_number.items() if role not in self._sources]
        if weak and len(self._agree()) >= 2:
            return (
                f"Nothing is written yet: {weak[0]} is opened by the patient's own number, which proves nothing then."
                " Come to it by an order, or record the other system first: it is opened by the name that stands there."
            )
        return (
            "Nothing is written before two systems have agreed on the patient: record a second one (the PACS) as well,"
            " or read the study."
        )

    def _unsaved(self, scene: Scene, protect: Spec) -> str:
        steps = protect["steps"]
        if not any("save" in step for step in steps):
            return f"Nothing saves it: press the final button of {scene.name} while recording (it is not let through)."
        return "" if steps[-1]["save"]["once_per"] else "No key says what this happens once for."

    def _typed(self, scene: Scene) -> list[str]:
        return [text[6:] for text in scene.writes.values() if text.startswith("=item.")]

    def _protect(self, scene: Scene) -> Spec:
        address = f"{scene.role}.{scene.name}"
        screen = self._maps[scene.role].screens[scene.name]
        where = self._where(scene) or {}
        typed = {target: text for target, text in scene.writes.items() if target in screen.targets}
        steps: list[Spec] = [self._open(address, where), {"fill": {"screen": address, "with": typed}}]
        items = [
            f"=item.{key.name}" for key in self._keys.values() if key.source == "item" and key.name in self._inputs
        ]
        once = next((value for value in where.values() if value.startswith("=item.")), "")
        once = once or next(iter([*items, *where.values()]), "")
        for commit in scene.commits[:1]:
            proof: Spec = {"screen": address, **({"where": where} if where else {}), "fields": typed}
            steps.append({"save": {"target": f"{address}.{commit}", "once_per": once, "proof": proof}})
        return {"patient": {"screen": address, "is": self._agree()}, "steps": steps}

    # ---- the queue ------------------------------------------------------------------------------------------

    def _collect(self) -> tuple[Spec, str]:
        """How the queue fills itself from the list that was begun with; why it cannot, where it cannot."""
        for key in self._keys.values():
            role, _, screen = key.at.partition(".")
            if key.source != "item" or not key.target or role not in self._maps or key.name not in self._inputs:
                continue
            scene = next((one for one in self._scenes() if (one.role, one.name) == (role, screen)), None)
            if scene is None or needs(self._maps[role], screen):
                continue
            table = f"{key.at}.{key.target}"
            steps = [{"sign_in": role}, {"open": key.at}, {"read_table": {"table": table, "as": "rows"}}]
            lacking = [name for name in self._inputs if name != key.name]
            how = f"items come by `queue add --key {key.name}`"
            why = f"The list does not say what to type ({', '.join(lacking)}): {how}."
            return {"steps": steps, "items": "=rows", "key": key.name}, why if lacking else ""
        return {}, ""
