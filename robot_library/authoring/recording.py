"""Recorded screens: what screens showed, kept in a folder of the project with everything of a patient replaced.

The default is to replace: a word stays only if the screen map itself says it (labels, names, headers), or says of the
place where it stands that it is nobody's, and if it is no part of what identifies a patient. Replacements are keyed
(HMAC), so that the same word is the same everywhere and nobody without the site's key can tell what it was; dates keep
their order, numbers their length, names their case.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from robot_library.actions.canary import needs
from robot_library.drivers.browser.snapshot import RawScreen, Tree
from robot_library.model.screen import ScreenMap
from robot_library.safeguards.names import fold

_WORD = re.compile(r"[^\W_]+")
_DATE = re.compile(r"(?<!\w)(?:(\d{4})-(\d\d)-(\d\d)|(\d\d)\.(\d\d)\.(\d{4})|((?:19|20)\d\d)(\d\d)(\d\d))(?!\w)")
_SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
_EVERYWHERE = frozenset({"true", "false", "mixed", "menu", "listbox", "dialog", "grid", "tree", "page", "polite"})
"""Values of aria attributes, which are no words of anybody."""
_TECHNICAL = frozenset(
    {"role", "type", "lang", "dir", "colspan", "rowspan", "tabindex", "maxlength", "scope", "href", "disabled", "open"}
    | {"readonly", "multiple", "checked", "selected", "shadowrootmode"}
)
_IDS = frozenset(
    {"id", "for", "headers", "list", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"}
    | {"aria-activedescendant", "aria-details", "aria-errormessage", "aria-flowto"}
)
_VOID = frozenset({"input", "br", "hr", "img", "col", "wbr", "area", "source", "track"})
_HIDDEN = {"display": "display:none", "visibility": "visibility:hidden"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"


class Masker:
    """Replaces words, the same one always by the same. `secret` is the site's own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._shift = timedelta(days=30 + self._number("the shift of all dates") % 300)

    def _number(self, text: str) -> int:
        return int.from_bytes(hmac.new(self._secret, text.encode(), hashlib.sha256).digest())

    def text(self, text: str, stays: Callable[[str], bool]) -> str:
        """A text with every word replaced that may not stay."""
        parts, at = [], 0
        for found in _DATE.finditer(text):
            whole = found[0]
            if all(stays(word) for word in _WORD.findall(whole)):
                continue
            parts += [self._words(text[at : found.start()], stays), self._date(found)]
            at = found.end()
        return "".join([*parts, self._words(text[at:], stays)])

    def _words(self, text: str, stays: Callable[[str], bool]) -> str:
        return _WORD.sub(lambda found: found[0] if stays(found[0]) else self.word(found[0]), text)

    def word(self, word: str) -> str:
        """Another word in its place: letters for letters, as many digits for digits."""
        number = self._number(folded(word))
        if any(c.isdigit() for c in word):
            made = []
            for place, c in enumerate(word):
                one = self._number(f"{folded(word)}|{place}")
                made.append(str(one % 10) if c.isdigit() else _cased(c, "abcdefghjkmnpqrstuvwxyz"[one % 23]))
            return "".join(made)
        letters = "".join(_SYLLABLES[(number >> (16 * i)) % len(_SYLLABLES)] for i in range(4 if len(word) > 1 else 1))
        if len(word) == 1:
            return _cased(word, letters[0])
        return letters.upper() if word.isupper() else letters.title() if word[0].isupper() else letters

    def _date(self, found: re.Match[str]) -> str:
        numbers = [g for g in found.groups() if g is not None]
        year, month, day = (numbers[2], numbers[1], numbers[0]) if found[4] else numbers
        try:
            moved = date(int(year), int(month), int(day)) - self._shift
        except (ValueError, OverflowError):
            return self._words(found[0], lambda word: False)
        return moved.strftime("%d.%m.%Y" if found[4] else "%Y-%m-%d" if found[1] else "%Y%m%d")


def folded(word: str) -> str:
    """A word as names are compared: without case and accents."""
    return "".join(fold(word)) or word.casefold()


def _cased(like: str, letter: str) -> str:
    return letter.upper() if like.isupper() else letter


# ---- from raw screens to files -----------------------------------------------------------------------------------


def vocabulary(screens: ScreenMap) -> frozenset[str]:
    """The words that a map itself says stand on its pages."""
    return frozenset(_words_of(screens.model_dump(exclude={"about", "system"}))) | _EVERYWHERE


def _words_of(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield from map(folded, _WORD.findall(re.sub(r"(?<!\\)\{\w+\}", " ", value)))
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if key not in ("about", "reason", "pattern"):
                yield from _words_of(member)
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _words_of(member)


def write_recorded(
    raws: Iterable[RawScreen], maps: Mapping[str, ScreenMap], masker: Masker, folder: Path
) -> list[dict[str, Any]]:
    """Write every screen, masked, below `folder`, over those of the same screen and keys; what each is, as written.

    What identifies a patient on one of them is replaced on all of them, wherever it stands.
    """
    raws = list(raws)
    persons = {folded(word) for raw in raws for word in _identifying(raw) if _tells(word)}
    written: list[dict[str, Any]] = []
    for raw in raws:
        screens = maps[raw.system]
        words = vocabulary(screens)
        keys = needs(screens, raw.screen) | set(_shown(screens, raw.screen))
        where = {key: masker.text(value, lambda word: False) for key, value in raw.where.items() if key in keys}
        page = _Page(masker, words, persons).document(raw.tree)
        said = {"system": raw.system, "screen": raw.screen, "where": where}
        about = json.dumps(said, ensure_ascii=False, sort_keys=True)
        name = f"{raw.screen}-{hashlib.sha256(about.encode()).hexdigest()[:8]}"
        target = folder / raw.system / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.with_suffix(".json").write_text(about + "\n", encoding="utf-8", newline="\n")
        target.with_suffix(".html").write_text(page, encoding="utf-8", newline="\n")
        target.with_suffix(".png").write_bytes(raw.picture)
        written.append(said)
    return written


def _shown(screens: ScreenMap, screen: str) -> Iterable[str]:
    identity = screens.screens[screen].identity
    return identity.shows.values() if identity is not None else ()


def _tells(word: str) -> bool:
    """Whether a word of what identifies somebody tells anything by itself: a lone '1' of a number does not."""
    return not word.isascii() or len(word) > 3 or (len(word) > 1 and not word.isdigit())


def _identifying(raw: RawScreen) -> Iterable[str]:
    for value in raw.where.values():
        yield from _WORD.findall(value)
    yield from _in_marked(raw.tree, False)


def _in_marked(tree: Tree, inside: bool) -> Iterable[str]:
    _, attributes, children, marks = tree
    inside = inside or marks.get("phi") == "id"
    if inside:
        yield from _WORD.findall(attributes.get("value", ""))
    for child in children:
        if isinstance(child, list):
            yield from _in_marked(child, inside)
        elif inside:
            yield from _WORD.findall(child)


class _Page:
    """One document as HTML, masked."""

    def __init__(self, masker: Masker, words: frozenset[str], persons: set[str]) -> None:
        self._masker, self._words, self._persons = masker, words, persons
        self._ids: dict[str, str] = {}
        """id as it was → as it is written: two of a page are never the same."""

    def document(self, tree: Tree) -> str:
        """A whole page."""
        policy = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        return f"<!DOCTYPE html>\n{self._element(tree, '', policy)}\n"

    def _stays(self, mode: str) -> Callable[[str], bool]:
        if mode == "phi":
            return lambda word: False
        if mode == "plain":
            return lambda word: folded(word) not in self._persons
        return lambda word: folded(word) in self._words and folded(word) not in self._persons

    def _element(self, tree: Tree, mode: str, head: str = "") -> str:
        tag, attributes, children, marks = tree
        mode = "phi" if "phi" in marks or mode == "phi" else "plain" if "plain" in marks else mode
        shown = {name: self._attribute(name, value, mode) for name, value in attributes.items()}
        style = _HIDDEN.get(marks.get("hidden", ""), "")
        if not style and "shown" in marks and not children:
            style = "display:inline-block;min-width:8px;min-height:8px"
        if style:
            shown["style"] = style
        if tag == "iframe" and children:
            shown["srcdoc"] = self.document(children[0])
            children = []
        opened = "".join(f' {name}="{html.escape(value)}"' for name, value in shown.items())
        if tag in _VOID:
            return f"<{tag}{opened}>"
        inner = "".join(
            self._element(child, mode) if isinstance(child, list) else self._text(child, mode) for child in children
        )
        if tag == "textarea":
            inner = "\n" + inner
        return f"<{tag}{opened}>{head}{inner}</{tag}>"

    def _text(self, text: str, mode: str) -> str:
        return html.escape(self._masker.text(text, self._stays(mode)))

    def _attribute(self, name: str, value: str, mode: str) -> str:
        if name in _TECHNICAL:
            return str(value) if len(str(value)) < 24 else ""
        if name in ("value", "title", "alt", "placeholder") or name.startswith("data-"):
            return self._masker.text(value, self._stays(mode))
        if name in _IDS:
            return " ".join(map(self._id, value.split()))
        return self._masker.text(value, self._stays(""))

    def _id(self, one: str) -> str:
        """An id, or what refers to it. Of few digits there are few: were two ids one, a label would name two boxes."""
        if one not in self._ids:
            made = plain = self._masker.text(one, self._stays(""))
            taken = set(self._ids.values())
            for number in range(2, len(taken) + 3):
                if made not in taken:
                    break
                made = f"{plain}-{number}"
            self._ids[one] = made
        return self._ids[one]


# ---- and back ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recorded:
    """Recorded screens of a folder."""

    folder: Path

    def page(self, system: str, screen: str, where: Mapping[str, str]) -> str | None:
        """The page of a screen as it was for these keys; None if it was never recorded."""
        for about in sorted((self.folder / system).glob(f"{screen}-*.json")):
            said = json.loads(about.read_text(encoding="utf-8"))
            if said["screen"] == screen and all(where.get(key) == value for key, value in said["where"].items()):
                return about.with_suffix(".html").read_text(encoding="utf-8")
        return None

    def keys(self) -> list[dict[str, Any]]:
        """What there is: system, screen and keys of each."""
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.folder.glob("*/*.json"))]
