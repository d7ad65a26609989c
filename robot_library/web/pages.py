"""Templates, with everything in them escaped, and one language's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from robot_library.web.static import Static
from robot_library.web.times import Clock, ago, span
from robot_library.web.words import Words

HERE = Path(__file__).parent


class Pages:
    """Renders templates of some folders; a name that a template asks for and nobody gave is an error, not a gap."""

    def __init__(
        self, folders: Sequence[Path], words: Words, static: Static, clock: Clock,
        filters: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:  # fmt: skip
        self.words = words
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
            autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.globals |= {"t": words, "file": static.url, "lang": words.language, "zone": clock.name}
        self._templates.filters |= {
            "ago": ago, "span": span, "short": clock.short, "whole": clock.whole, "iso": clock.iso, **(filters or {}),
        }  # fmt: skip

    def render(self, template: str, **values: Any) -> str:
        """The page as HTML."""
        return self._templates.get_template(template).render(**values)
