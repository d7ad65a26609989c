"""Parts of a page: tables, tiles, plots; one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files

from robot_library.skills.measure import Estimate


def page(title: str, lead: str, parts: Iterable[str], foot: str) -> str:
    """The whole page as text. `parts` are HTML, the rest is text."""
    text = files("robot_library.skills.evaluation").joinpath("report.html").read_text(encoding="utf-8")
    body = "\n".join(part for part in parts if part)
    given = {"TITLE": escape(title), "LEAD": escape(lead), "FOOT": escape(foot), "BODY": body}
    for name, value in given.items():
        text = text.replace(f"<!--{name}-->", value)
    return text


def section(title: str, *parts: str) -> str:
    """A heading and what stands under it; nothing without anything under it."""
    inside = "\n".join(part for part in parts if part)
    return f"<h2>{escape(title)}</h2>\n{inside}" if inside else ""


def note(text: str) -> str:
    """A small paragraph."""
    return f'<p class="note">{escape(text)}</p>'


def notes(texts: Sequence[str]) -> str:
    """A small list."""
    return f'<ul class="note">{"".join(f"<li>{escape(text)}</li>" for text in texts)}</ul>' if texts else ""


def tiles(rows: Iterable[tuple[str, str, str]]) -> str:
    """Large figures: what (figure, what it is, CSS classes)."""
    tile = '<div class="{}"><b>{}</b><span>{}</span></div>'
    inside = "".join(tile.format(escape(kind), escape(figure), escape(name)) for figure, name, kind in rows)
    return f'<div class="big">{inside}</div>'


def facts(rows: Mapping[str, str]) -> str:
    """Label → text, in columns."""
    return f"<dl>{''.join(f'<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>' for k, v in rows.items())}</dl>"


def plots(rows: Iterable[tuple[str, str]]) -> str:
    """(svg, caption) side by side; what has no picture is left out."""
    inside = "".join(f"<figure>{svg}<figcaption>{escape(text)}</figcaption></figure>" for svg, text in rows if svg)
    return f'<div class="plots">{inside}</div>' if inside else ""


def table(columns: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Rows are (CSS class, cells). A cell that begins with "<svg" is a picture, all others are text; "" if no rows."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(f'<tr class="{kind}">{"".join(_cell(cell) for cell in cells)}</tr>' for kind, cells in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>' if body else ""


def _cell(text: str) -> str:
    if text.startswith("<svg"):
        return f"<td>{text}</td>"
    number = text[:1].isdigit() or text == "–"
    kind = ' class="n"' if number else ' class="wrap"' if len(text) > 60 else ""
    return f"<td{kind}>{escape(text)}</td>"


def ranged(estimate: Estimate | None) -> str:
    """0.912 [0.880, 0.941], or – where there is no figure."""
    return "–" if estimate is None else f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
