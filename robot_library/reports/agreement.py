"""The page that shows how far a shadow agrees with what people have signed. Figures and opaque ids only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark } body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto;
padding: 0 1rem; color: light-dark(#1b1f24, #e8eaed); background: light-dark(#fff, #16181b) }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem }
th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid light-dark(#d5dae0, #3a3f45) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } code { font-size: .9em }
"""


def agreement_page(figures: Mapping[str, Any]) -> str:
    """One self-contained HTML page. `figures`: an engine's Comparison as data."""
    bot, findings, seconds = escape(str(figures["bot"])), figures["findings"], figures["seconds"]
    took = (
        "" if seconds is None else "Time per item: median {:.1f} s, mean {:.1f} s, longest {:.1f} s.".format(*seconds)
    )
    rows = [
        (f["name"], _n(f["both"] + f["neither"] + f["only_ours"] + f["only_theirs"]), share(f), _n(f["both"]),
         _n(f["neither"]), _n(f["only_ours"]), _n(f["only_theirs"]))
        for f in findings
    ]  # fmt: skip
    missed = "".join(
        f"<p>{escape(f['name'])} missed in: {' '.join(f'<code>{escape(i[:12])}</code>' for i in f['missed'])}</p>"
        for f in findings
        if f["missed"]
    )
    columns = ("finding", "compared", "agrees", "both", "neither", "only the bot", "only the person")
    stops = [(code, _n(count)) for code, count in sorted(figures["stops"].items(), key=lambda one: -one[1])]
    unread = [(code, _n(count)) for code, count in sorted(figures["unread"].items())]
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{bot}: shadow</title><style>{_STYLE}</style><h1>{bot}: shadow</h1>"
        f"<p>{figures['seen']} items seen; it would have typed {figures['would_type']}. "
        f"{figures['signed']} of these are signed and compared, {figures['unsigned']} not signed yet. {took}</p>"
        f"{_table('Agreement by finding', columns, rows)}{missed}"
        f"{_table('Would have stopped', ('code', 'items'), stops)}"
        f"{_table('Signed record could not be read', ('code', 'items'), unread)}</html>"
    )


def share(finding: Mapping[str, Any]) -> str:
    """How often they agree, in per cent."""
    agree = finding["both"] + finding["neither"]
    every = agree + finding["only_ours"] + finding["only_theirs"]
    return f"{100 * agree / every:.1f} %" if every else "-"


def _n(number: int) -> str:
    return f"{number:,}"


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    cells = [("", ' class="n"')[index > 0] for index in range(len(columns))]
    head = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(columns, cells, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{escape(one)}</td>" for one, kind in zip(row, cells, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
