"""A live page as a Sight: what stands there, and which locators find each thing alone, tried on the spot."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from playwright.async_api import ElementHandle, Frame, Page

from robot_library.drivers.browser.locate import Document, locate
from robot_library.drivers.browser.scripts import script
from robot_library.drivers.browser.tidy import glance
from robot_library.errors import WetreadError
from robot_library.model.heard import Field, Found, Grid, Sight
from robot_library.model.screen import Locator

AT = "data-wetread-at"
_MOST = 2
_LOOK_MS = 10_000
_MARKS = f"(es) => es.map((e) => e.getAttribute('{AT}'))"
_FRAME = """(e) => ({ title: e.title || "", attribute: e.getAttribute("name") || "", id: e.id || "",
  test_id: e.getAttribute("data-testid") || "" })"""
_MARK = f"(e, mark) => {{ e.setAttribute('{AT}', mark); return mark; }}"
_UNMARK = (
    f"""(mark) => {{ for (const e of document.querySelectorAll(`[{AT}^="${{mark}}-"]`)) e.removeAttribute('{AT}'); }}"""
)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z_-]*")
_FRAMES = 4
"""So many frames of a page are looked into."""


async def sight(page: Page) -> Sight | None:
    """What the page shows now, its frames included; None while it moves. Marks that this leaves on things are taken off
    again."""
    whole = await _looked(page)
    if whole is None:
        return None
    for frame in [one for one in page.frames if one.parent_frame is page.main_frame][:_FRAMES]:
        find = await found_frame(page, frame)
        inner = await _looked(frame) if find is not None else None
        if inner is not None:
            whole = _with_frame(whole, inner, find)
    return whole


async def found_frame(page: Page, frame: Frame) -> Found | None:
    """What finds a frame of the page, and nothing else; None where nothing does, or it is a frame's own frame."""
    if frame.parent_frame is not page.main_frame:
        return None
    element = await glance(frame.frame_element(), None, "a look")
    if element is None:
        return None
    about = await glance(element.evaluate(_FRAME), None, "a look")
    mark = await marked(element) if about is not None else ""
    if about is None or not mark:
        return None
    found: list[Found] = [{word: about[word]} for word in ("test_id", "title") if about[word].strip()]
    found += [{"css": f'iframe[name="{about["attribute"]}"]'}] if _PLAIN.fullmatch(about["attribute"]) else []
    found += [{"css": f"#{about['id']}"}] if _PLAIN.fullmatch(about["id"]) else []
    return next(iter(await ways(page, [*found, {"css": "iframe"}], mark, 1)), None)


async def still(page: Document, mark: str) -> bool:
    """Whether the document in which something was marked is the one that stands there."""
    return bool(await glance(page.locator(f'[{AT}="{mark}"]').count(), 0, "a look"))


async def marked(element: ElementHandle) -> str:
    """Mark a thing, so that a locator can be tried on it; "" if it has gone."""
    return str(await glance(element.evaluate(_MARK, f"f{secrets.token_hex(3)}-1"), "", "a look"))


def _with_frame(whole: Sight, inner: Sight, frame: Found | None) -> Sight:
    return replace(
        whole,
        fields=(*whole.fields, *(replace(one, frame=frame) for one in inner.fields)),
        loose=(*whole.loose, *(replace(one, frame=frame) for one in inner.loose)),
        grids=(*whole.grids, *(replace(one, frame=frame) for one in inner.grids)),
        words=(*whole.words, *inner.words),
    )


async def _looked(page: Document) -> Sight | None:
    mark = f"s{secrets.token_hex(3)}"
    raw = await glance(page.evaluate(script("sight"), mark), None, "a look")
    if raw is None:
        return None
    try:
        return await _sight(page, raw)
    finally:
        await glance(page.evaluate(_UNMARK, mark), None, "a look")


async def _sight(page: Document, raw: Mapping[str, Any]) -> Sight:
    dialog = raw["dialog"]
    name = dialog[1] if dialog and await alone(page, {"role": "dialog", "name": dialog[1]}, dialog[0]) else ""
    heads, fields, grids, controls = await asyncio.gather(
        asyncio.gather(*(alone(page, {"role": "heading", "name": text}, at) for at, text in raw["headings"])),
        asyncio.gather(*(_field(page, one, name) for one in raw["fields"])),
        asyncio.gather(*(_grid(page, one, raw["next"]) for one in raw["grids"])),
        asyncio.gather(*(ways(page, [{"role": role, "name": text}], at, 1) for at, role, text in raw["controls"])),
    )
    out, path = None, ""
    if raw["out"]:
        out, path = next(iter(await ways(page, await _named(page, raw["out"][0]), raw["out"][0])), None), raw["out"][1]
    return Sight(
        raw["url"],
        tuple(text for (_, text), one in zip(raw["headings"], heads, strict=True) if one and text),
        name,
        tuple(fields),
        tuple(one for one in grids if one is not None),
        out,
        path,
        tuple(raw["words"]),
        tuple(one[0] for one in controls if one),
        tuple(Field("", one["value"], ({"css": one["css"]},), behind=one["behind"]) for one in raw["loose"]),
    )


async def alone(page: Document, find: Found, mark: str) -> bool:
    """Whether a locator, as a map would have it, finds the marked thing and nothing else."""
    try:
        found = locate(page, page, Locator.model_validate(find), {})
        return bool(await glance(found.evaluate_all(_MARKS), None, "a look") == [mark])
    except (WetreadError, ValueError):  # a text with {…} in it, or none that a locator can have
        return False


async def ways(page: Document, candidates: Iterable[Found], mark: str, most: int = _MOST) -> tuple[Found, ...]:
    """The first of the candidates that find this one thing alone."""
    tried = list(candidates)
    fits = await asyncio.gather(*(alone(page, one, mark) for one in tried))
    return tuple(one for one, fit in zip(tried, fits, strict=True) if fit)[:most]


def of_box(one: Mapping[str, Any], dialog: str) -> list[Found]:
    """Candidates for a box, in order of trust."""
    found: list[Found] = []
    for word in ("test_id", "label", "placeholder", "title"):
        if one.get(word, "").strip():
            found.append({word: one[word].strip()})
    if one.get("type") == "password":
        found.append({"css": "input[type=password]"})
    if _PLAIN.fullmatch(one.get("attribute", "")):
        found.append({"css": f'{one["tag"]}[name="{one["attribute"]}"]'})
    return [_inside(each, dialog) for each in found]


async def of_press(page: Document, one: Mapping[str, Any], dialog: str) -> list[Found]:
    """Candidates for what was pressed, in order of trust."""
    found: list[Found] = [{"test_id": one["test_id"]}] if one["test_id"] else []
    found += await _named(page, one["mark"])
    if one["tag"] in ("div", "span", "p") and not one["role"] and one["name"]:
        found.append({"text": one["name"]})
    if one["title"]:
        found.append({"title": one["title"]})
    if _PLAIN.fullmatch(one["attribute"]):
        found.append({"css": f'{one["tag"]}[name="{one["attribute"]}"]'})
    return [_inside(each, dialog) for each in found]


def of_row(one: Mapping[str, Any]) -> list[Found]:
    """Candidates for a row that was pressed as a whole and holds one text: an entry of a menu that is laid out as a
    table."""
    texts = [text for text in one["row"]["cells"] if text.strip()]
    return [{"role": "cell", "name": texts[0]}, {"text": texts[0]}] if len(texts) == 1 else []


async def _named(page: Document, mark: str) -> list[Found]:
    """Role and name, as assistive technology is told them."""
    role, name = await called(page, mark)
    return [{"role": role, "name": name}] if role and name else []


async def called(page: Document, mark: str) -> tuple[str, str]:
    """The accessible role and name of a marked thing; "" where it has none."""
    import yaml

    element = page.locator(f'[{AT}="{mark}"]')
    said = await glance(element.aria_snapshot(timeout=_LOOK_MS), "", "a look")
    try:
        tree = yaml.safe_load(said) or [""]
    except yaml.YAMLError:
        return "", ""
    first = tree[0] if isinstance(tree, list) else ""
    first = next(iter(first)) if isinstance(first, dict) else str(first)
    found = re.match(r'(\w+)(?: "((?:[^"\\]|\\.)*)")?', first)
    return (found[1], re.sub(r"\\(.)", r"\1", found[2] or "")) if found else ("", "")


def _inside(find: Found, dialog: str) -> Found:
    return {**find, "inside": {"role": "dialog", "name": dialog}} if dialog else find


async def _field(page: Document, one: Mapping[str, Any], dialog: str) -> Field:
    label = one["label"]
    quoted = label.replace("\\", "\\\\").replace('"', '\\"')
    by = {
        "label": {"label": label},
        "dt": {"css": f'dt:text-is("{quoted}") + dd'},
        "th": {"css": f'tr > :first-child:text-is("{quoted}") + td'},
    }[one["how"]]
    found = await ways(page, [by, _inside(by, dialog)] if dialog else [by], one["mark"], 1)
    return Field(label, one["value"], found, one["box"], one["behind"])


async def _grid(page: Document, one: Mapping[str, Any], pager: str) -> Grid | None:
    named: list[Found] = [{"role": role, "name": one["name"]} for role in ("table", "grid") if one["name"]]
    plain: list[Found] = [{"css": css} for css in one["ways"]]
    found = await ways(page, [*named, {"role": "table"}, {"role": "grid"}, *plain], one["mark"], 1)
    if not found:
        return None
    rows = {"css": "tbody tr:has(a)" if one["links"] else "tbody tr", "inside": found[0]}
    turn = await ways(page, await _named(page, pager), pager, 1) if pager else ()
    above = await ways(page, [{"css": css} for css in one["above"]], one["top"], 1) if one["top"] else ()
    heads = {"css": f"{above[0]['css']} > thead > tr:first-child > th"} if above else None
    return Grid(one["name"], rows, tuple(one["headers"]), turn[0] if turn else None, one["own"], heads)
