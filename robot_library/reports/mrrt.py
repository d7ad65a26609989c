"""Reads IHE MRRT report templates (HTML5). Tolerant of what real template libraries hold: unclosed tags,
malformed or commented-out XML in the head, fields without sections."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from robot_library.errors import AuthoringError
from robot_library.parsing.nodes import read_file

_FIELD_TAGS = {"input", "textarea", "select"}
_SKIP_TYPES = {"button", "submit", "reset", "hidden", "image", "file"}
_MAX_BYTES = 2_000_000


@dataclass(frozen=True)
class TemplateField:
    """One field. `options` maps option value → text shown; `finding` names the finding it is bound to, `measurement`
    the number of that finding that it shows (data-finding="tumour" data-measurement="volume")."""

    id: str
    label: str
    kind: str
    default: str = ""
    options: dict[str, str] = field(default_factory=dict)
    finding: str = ""
    measurement: str = ""
    administrative: bool = False
    """Nothing about findings: a clerk may edit it (data-administrative="true")."""


@dataclass(frozen=True)
class Section:
    """A section with its heading and fields in document order; the heading of loose fields is empty."""

    title: str
    fields: tuple[TemplateField, ...]


@dataclass(frozen=True)
class Template:
    """A loaded template. `warnings` says what was not as the standard wants it."""

    name: str
    title: str
    language: str
    sections: tuple[Section, ...]
    attributes: dict[str, str]
    warnings: tuple[str, ...] = ()

    def fields(self) -> dict[str, TemplateField]:
        """Every field by id, in document order."""
        return {item.id: item for section in self.sections for item in section.fields}


def load_template(path: Path) -> Template:
    """The template in this file. AuthoringError if it is unreadable, too large or has no field."""
    try:
        data = read_file(path, _MAX_BYTES)
    except OSError as error:
        raise AuthoringError(f"the template cannot be read ({type(error).__name__}).", place=path.name) from None
    if len(data) > _MAX_BYTES:
        raise AuthoringError(f"template larger than {_MAX_BYTES} bytes.", place=path.name)
    try:
        return parse_template(data.decode("utf-8-sig"), path.stem)
    except UnicodeDecodeError:
        raise AuthoringError("the template is not UTF-8 text: save it with this encoding.", place=path.name) from None


def parse_template(html: str, name: str) -> Template:
    """Parse MRRT HTML. Scripts are read as data (template attributes) and never kept."""
    from lxml import html as lxml_html
    from lxml.etree import LxmlError

    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False)
    if not html.strip():
        raise AuthoringError("the template is empty.", place=name)
    try:
        root = lxml_html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except LxmlError:
        raise AuthoringError("the template holds nothing that is HTML.", place=name) from None
    warnings: list[str] = []
    attributes = _attributes(html)
    if not attributes:
        warnings.append("no readable template_attributes")
    labels = {label.get("for"): _text(label) for label in root.iter("label") if label.get("for")}
    sections = _sections(root, labels, warnings)
    if not any(section.fields for section in sections):
        raise AuthoringError("the template has no input, textarea or select.", place=name)
    title = (root.findtext(".//title") or "").strip() or _meta(root, "dcterms.title") or name
    return Template(name, title, root.get("lang") or _meta(root, "dcterms.language") or "en", sections, attributes,
                    tuple(warnings))  # fmt: skip


def _sections(root: Any, labels: dict[str, str], warnings: list[str]) -> tuple[Section, ...]:
    titles: list[str] = []
    found: dict[str, list[TemplateField]] = {}
    seen: set[str] = set()
    picked = {_group(one) for one in root.iter("input") if _kind(one) == "radio" and one.get("checked") is not None}
    for element in root.iter(*_FIELD_TAGS):
        if _kind(element) in _SKIP_TYPES:
            continue
        radio = _kind(element) == "radio"
        identifier = _group(element) if radio else element.get("id") or element.get("name")
        if not identifier:
            warnings.append("a field without id is left out")
            continue
        if radio and (identifier in seen or (identifier in picked and element.get("checked") is None)):
            continue  # of a group of radio buttons the one that is picked counts
        if identifier in seen:
            warnings.append(f"field id {identifier!r} stands twice; the first counts")
            continue
        seen.add(identifier)
        title = _section_title(element)
        if title not in found:
            titles.append(title)
            found[title] = []
        found[title].append(_field(element, identifier, labels))
    return tuple(Section(title, tuple(found[title])) for title in titles)


def _kind(element: Any) -> str:
    return str(element.get("type", "")).lower()


def _group(element: Any) -> str:
    """What radio buttons of one question have in common."""
    return str(element.get("name") or element.get("id") or "")


def _section_title(element: Any) -> str:
    for section in element.iterancestors("section"):
        heading = next(section.iter("header", "h1", "h2", "h3"), None)
        return section.get("data-section-name") or (_text(heading) if heading is not None else "")
    return ""


def _field(element: Any, identifier: str, labels: dict[str, str]) -> TemplateField:
    kind = (element.get("data-field-type") or element.get("type") or element.tag).upper()
    label = labels.get(identifier) or element.get("data-field-label") or element.get("title") or ""
    options: dict[str, str] = {}
    default = element.get("value", "") if element.tag == "input" else ""
    if _kind(element) in ("checkbox", "radio"):  # its value is what it would say, not what it says
        default = (default or label.rstrip(": ")) if element.get("checked") is not None else ""
    if element.tag == "textarea":
        default = (element.text_content() or "").strip()
    for option in element.iter("option"):
        options[option.get("value") or _text(option)] = _text(option)
        if option.get("selected") is not None:
            default = _text(option) if option.get("value") != "" else ""  # "Please choose": nobody has
    return TemplateField(identifier, label.rstrip(": "), kind, default, options, element.get("data-finding", ""),
                         element.get("data-measurement", ""),
                         element.get("data-administrative", "").lower() == "true")  # fmt: skip


def _attributes(html: str) -> dict[str, str]:
    """Text of the leaf elements of template_attributes, wherever it stands and however it is broken."""
    # Each searched for once, one after the other: one expression for all three takes hours where the last is missing.
    begins = re.search(r"<template_attributes\b", html, re.IGNORECASE)
    opened = html.find(">", begins.end()) if begins else -1
    ends = re.compile(r"</template_attributes>", re.IGNORECASE).search(html, opened + 1) if opened >= 0 else None
    if ends is None:
        return {}
    leaves = re.findall(r"<([A-Za-z][\w.-]*)\b[^<>]*>([^<>]*)</\1>", html[opened + 1 : ends.start()])
    return {tag: text.strip() for tag, text in leaves if text.strip()}


def _meta(root: Any, name: str) -> str:
    for meta in root.iter("meta"):
        if (meta.get("name") or "").lower() == name:
            return str(meta.get("content") or "")
    return ""


def _text(element: Any) -> str:
    return " ".join(str(element.text_content()).split())
