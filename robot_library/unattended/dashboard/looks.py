"""Signs of states and outcomes: each has its own, so that nothing is told by its colour alone."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from robot_library.engine.records.board import Listed
from robot_library.web.words import Words

SIGNS: Mapping[str, str] = {
    "new": "○", "in_progress": "▶", "waiting_for_person": "◔", "done": "✓", "business_exception": "◇",
    "application_exception": "✕", "dead": "■", "typed": "✓", "needs_person": "?", "refused": "⊘",
    "already_reported": "=", "shadow": "◌", "late": "!",
}  # fmt: skip


class Looks:
    """Filters for templates."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def mark(self, name: str) -> Markup:
        """A state or an outcome with its sign and its word."""
        return Markup('<span class="mark {name}"><i aria-hidden="true">{sign}</i> {word}</span>').format(
            name=name, sign=SIGNS[name], word=self._words(f"mark.{name}")
        )

    def standing(self, item: Listed) -> Markup:
        """How an item stands: by its outcome once it has ended, unless it is a dead letter."""
        return self.mark(item.outcome if item.outcome and item.state != "dead" else item.state)
