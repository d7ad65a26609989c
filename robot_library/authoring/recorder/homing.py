"""The way back in a program: it has no addresses, so a press must lead to its first screen from wherever it stands."""

from __future__ import annotations

from collections.abc import Iterable

from robot_library.authoring.recorder.recorder import Recorder
from robot_library.authoring.recorder.scenes import Scene, Spec
from robot_library.authoring.recorder.words import slug


def way_home(rec: Recorder, role: str, scenes: Iterable[Scene], screens: Spec) -> list[str]:
    """Give the first screen of a program a way: a button that led back to it, and stands on every screen. Lines for the
    author."""
    if role not in rec.programs:
        return []
    met = [one for one in scenes if not one.enters and one.name in screens]
    first = next((one for one in met if "reach" not in screens[one.name]), None)
    if first is None or len(met) < 2:
        return []
    everywhere = [one for one in met if not one.where[1]]
    for name, ways in rec.pressing.back.get((role, first.name), []):
        if ways and all(ways[0] in (one.controls or ()) for one in everywhere):
            home = slug("home", "home", screens)
            screens[home] = {
                "about": f"Whatever is shown, one press leads to {first.name}.",
                "seen_by": ways[:1],
                "targets": {name: {"find": ways[:1], "use": "navigate"}},
            }
            screens[first.name] = _with_reach(screens[first.name], [{"click": f"{home}.{name}"}])
            return []
    return [
        f"way      {role}.{first.name}: no press that stands on every screen led back to it, so a second order is not"
        " come to. Press what leads there once, or give it a `reach`"
    ]


def _with_reach(spec: Spec, reach: list[Spec]) -> Spec:
    """The same screen with a way, where maps write it."""
    return {"seen_by": spec["seen_by"], "reach": reach, **{key: one for key, one in spec.items() if key != "seen_by"}}
