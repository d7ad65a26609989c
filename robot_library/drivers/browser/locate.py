"""A map's locators as Playwright locators. Values of `where` are matched as whole text, never as part of another."""

from __future__ import annotations

import re
from functools import reduce
from urllib.parse import quote

from playwright.async_api import Frame, FrameLocator, Page
from playwright.async_api import Locator as Found

from robot_library.drivers.shown import HOLE, Where, holding, substitute
from robot_library.model.screen import Locator

Document = Page | Frame
Root = Document | FrameLocator | Found
_CSS_HOLE = re.compile(r"(?<!\\)\{([A-Za-z_][A-Za-z0-9_]*)\}")


def address(base: str, path: str, where: Where) -> str:
    """An address below the site's base, values percent-encoded."""
    return base.rstrip("/") + "/" + substitute(path, where, lambda v: quote(v, safe="")).lstrip("/")


def css_text(value: str) -> str:
    """A value safe inside CSS strings and identifiers."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in value)


def scope(page: Page, frame: Locator | None, where: Where) -> Root:
    """The page, or the document inside the one frame that the locator finds."""
    return page if frame is None else locate(page, page, frame, where).content_frame


def locate(page: Document, root: Root, spec: Locator, where: Where) -> Found:
    """The Playwright locator of a map's locator below `root`."""
    if spec.inside is not None:
        root = locate(page, root, spec.inside, where)
    found = _by_way(root, spec, where)
    if spec.has_text is not None:
        found = _holding(page, found, spec, where)
    return found.filter(visible=True) if spec.visible else found


def insides(page: Document, root: Root, spec: Locator, where: Where) -> list[Found]:
    """The containers named by `inside`, which must each be one thing."""
    if spec.inside is None:
        return []
    return [locate(page, root, spec.inside, where), *insides(page, root, spec.inside, where)]


def any_of(found: list[Found]) -> Found | None:
    """One locator that matches what any of these match."""
    return reduce(lambda a, b: a.or_(b), found) if found else None


def _by_way(root: Root, spec: Locator, where: Where) -> Found:
    exact = not spec.partly
    if spec.css is not None:
        return root.locator(f"css={substitute(spec.css, where, css_text, _CSS_HOLE)}")
    if spec.role is not None:
        if spec.name is None:
            return root.get_by_role(spec.role)  # type: ignore[arg-type]
        return root.get_by_role(spec.role, name=_said(spec.name, spec, where), exact=exact)  # type: ignore[arg-type]
    if spec.label is not None:
        return root.get_by_label(_said(spec.label, spec, where), exact=exact)
    if spec.text is not None:
        return root.get_by_text(_said(spec.text, spec, where), exact=exact)
    if spec.test_id is not None:
        return root.get_by_test_id(substitute(spec.test_id, where))
    if spec.placeholder is not None:
        return root.get_by_placeholder(_said(spec.placeholder, spec, where), exact=exact)
    return root.get_by_title(_said(spec.title or "", spec, where), exact=exact)


def _said(text: str, spec: Locator, where: Where) -> str | re.Pattern[str]:
    """What is looked for. With `partly`, too, a key is no part of a longer one."""
    if spec.partly and HOLE.search(text):
        return re.compile(holding(text, where), re.IGNORECASE)
    return substitute(text, where)


def _holding(page: Document, found: Found, spec: Locator, where: Where) -> Found:
    """Keep only what holds the text. A key from `where` must be the whole text of something inside (A-1 is not A-10),
    or, with `partly`, be no part of a longer one (nor is it A-1/2 or A-1.2)."""
    text = substitute(spec.has_text or "", where)
    if not HOLE.search(spec.has_text or ""):
        return found.filter(has_text=text)
    if spec.partly:
        return found.filter(has_text=re.compile(holding(spec.has_text or "", where)))
    return found.filter(has=page.get_by_text(text, exact=True))
