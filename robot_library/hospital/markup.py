"""HTML without a template engine: nested calls that escape by default.

``tag("p", "a < b")`` gives ``<p>a &lt; b</p>``. Only :class:`Html` passes through unescaped, so a patient called
``O'Brien <b>`` cannot break a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import count
from typing import TypeAlias

VOID = frozenset({"input", "meta", "link", "br", "hr", "img"})


class Html(str):
    """Text that is already HTML."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"


def render(child: Child) -> str:
    """HTML of a child: text is escaped, ``None`` vanishes, iterables are joined."""
    if child is None:
        return ""
    if isinstance(child, Html):
        return str(child)
    if isinstance(child, (str, int)):
        return escape(str(child))
    return "".join(render(one) for one in child)


def _attribute(name: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def tag(_tag: str, *children: Child, **attributes: str | int | bool | None) -> Html:
    """One element. ``class_`` and ``for_`` lose their underscore, ``aria_label`` becomes ``aria-label``."""
    opened = f"<{_tag}{''.join(_attribute(k, v) for k, v in attributes.items())}>"
    return Html(opened if _tag in VOID else f"{opened}{render(children)}</{_tag}>")


def document(title: str, *body: Child, head: Child = None, **attributes: str | int | bool | None) -> str:
    """A whole page."""
    top = (
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        head,
    )
    return "<!doctype html>" + tag("html", tag("head", top), tag("body", body, **attributes), lang="en")


class Ids:
    """Element ids that differ at every page load (``ui-id-482``, ``ui-id-483`` …), as some web toolkits make."""

    def __init__(self, first: int, prefix: str = "ui-id-") -> None:
        self._numbers = count(first)
        self._prefix = prefix

    def next(self) -> str:
        """A fresh id."""
        return f"{self._prefix}{next(self._numbers)}"
