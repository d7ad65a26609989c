"""Whether a press may make something final: then it is held, and only a person's word lets it through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robot_library.model.labels import lets_in, looks_final, looks_up, meaning, steps_back


def final(said: Mapping[str, Any]) -> str:
    """Why, for the author; "" where it changes nothing. In doubt it is final: a button without a known name, on a page
    where something was typed into a record."""
    name, form = said["name"], said["form"]
    if form.get("secret"):
        return ""
    if looks_final(name):
        return "by its name"
    if steps_back(name) or looks_up(name):
        return ""
    typed = [meaning(label) for label in said["typed_here"]]
    if typed and all(kind in ("user", "code") for kind in typed) and lets_in(name):
        return ""
    pressed = said["tag"] in ("button", "input") or said["role"] == "button"
    if pressed and form.get("post") and not form.get("search"):
        return "it sends a form"
    if pressed and typed and not said["menu"] and said["role"] not in ("tab", "option"):
        return "something was typed on this page"
    return ""
