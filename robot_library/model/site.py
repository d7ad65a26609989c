"""site.yaml: what holds for a whole hospital and is no bot's. One model file for each section."""

from __future__ import annotations

from robot_library.model.base import Frozen
from robot_library.model.clock import Zone
from robot_library.model.systems import SystemLimits


class Site(Frozen):
    """One hospital. Everything may be left out."""

    about: str = ""
    zone: Zone = "UTC"
    """Time zone of everything that names none of its own, as in Europe/Berlin."""
    systems: dict[str, SystemLimits] = {}
    """Limits by the name of a screen map, or by an address that apps' `url` begins with."""

    def limits(self, map_name: str, url: str) -> tuple[str, SystemLimits] | None:
        """The limits of a system and the name they stand under: by address first, the longest, then by map."""
        near = [name for name in self.systems if "://" in name and _below(url, name)]
        name = max(near, key=len) if near else map_name
        found = self.systems.get(name)
        return (name, found) if found is not None else None


def _below(url: str, address: str) -> bool:
    base = address.rstrip("/").lower()
    return url.lower() == base or url.lower().startswith((f"{base}/", f"{base}?"))
