"""A report as one self-contained HTML page, to be printed: who, what, the text, the pictures, who stands for it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from robot_library.model.release import ReportVersion, Section, Signed
from robot_library.reports.outputs.stage import stage
from robot_library.reports.wording import say

_STYLE = """
@page { margin: 18mm 16mm } body { font: 11pt/1.45 "Helvetica Neue", Arial, sans-serif; color: #111; margin: 0 }
h1 { font-size: 17pt; margin: 0 0 2mm } h2 { font-size: 11.5pt; margin: 5mm 0 1mm; color: #123a5a }
.stage { border: 1.5pt solid #123a5a; padding: 1.5mm 3mm; font-weight: bold; margin: 0 0 4mm }
.stage.not { border-color: #b3261e; color: #b3261e } dl { display: grid; grid-template-columns: 34mm 1fr; margin: 0;
gap: .6mm 3mm; border-bottom: .5pt solid #999; padding-bottom: 3mm } dt { color: #555 } dd { margin: 0 }
p { white-space: pre-wrap; margin: 0 } figure { margin: 5mm 0 0; break-inside: avoid } img { max-width: 100%;
max-height: 150mm } figcaption, footer { font-size: 8.5pt; color: #555 } footer { margin-top: 8mm; border-top: .5pt
solid #999; padding-top: 2mm } table { border-collapse: collapse; margin-top: 1mm } td { padding: .3mm 4mm .3mm 0 }
"""


def page(version: ReportVersion, pictures: Sequence[tuple[str, bytes]] = ()) -> str:
    """The page. pictures: (media type, bytes) of films with their maps."""
    said, now = version.content, stage(version)
    sections = "" if now.void else "".join(_section(one) for one in said.sections)
    figures = "" if now.void else "".join(_figure(said.language, kind, data) for kind, data in pictures)
    measured = "" if now.void else _measured(version)
    return (
        f'<!DOCTYPE html><html lang="{escape(said.language)}"><head><meta charset="utf-8"><title>{escape(said.title)}'
        f"</title><style>{_STYLE}</style></head><body><h1>{escape(said.title)}</h1>"
        f'<div class="stage{"" if now.final else " not"}">{escape(now.words)}</div>{_head(version)}{sections}'
        f"{measured}{figures}<footer>{_foot(version)}</footer></body></html>"
    )


def _head(version: ReportVersion) -> str:
    said = version.content
    who, order = said.subject, said.order
    name = ", ".join(part for part in (who.name.family, " ".join((who.name.given, who.name.middle)).strip()) if part)
    rows = [
        ("patient", name), ("number", f"{who.id.value} ({who.id.issuer})" if who.id.issuer else who.id.value),
        ("born", who.birth_date.isoformat() if who.birth_date else ""), ("examination", order.procedure),
        ("order", order.accession or order.placer or order.filler),
        ("study_of", said.study.started.isoformat()[:16].replace("T", " ") if said.study.started else ""),
        ("why_changed", version.why if version.relation == "correction" else ""),
    ]  # fmt: skip
    return "<dl>" + "".join(_row(said.language, *row) for row in rows if row[1]) + "</dl>"


def _row(language: str, name: str, value: str) -> str:
    return f"<dt>{escape(say(language, name))}</dt><dd>{escape(value)}</dd>"


def _section(one: Section) -> str:
    heading = f"<h2>{escape(one.title)}</h2>" if one.title else ""
    return f"{heading}<p>{escape(one.text)}</p>"


def _measured(version: ReportVersion) -> str:
    rows = [
        f"<tr><td>{escape(_words(each.name))}</td><td>{escape(each.shown)}</td></tr>"
        for one in version.content.findings
        for each in one.measured
    ]
    heading = escape(say(version.content.language, "measurements"))
    return f"<h2>{heading}</h2><table>{''.join(rows)}</table>" if rows else ""


def _words(name: str) -> str:
    """tumour.centre_x as tumour: centre x."""
    return name.replace(".", ": ").replace("_", " ")


def _figure(language: str, kind: str, data: bytes) -> str:
    source = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
    said = escape(say(language, "not_for_diagnosis"))
    return f'<figure><img alt="" src="{source}"><figcaption>{said}</figcaption></figure>'


def _foot(version: ReportVersion) -> str:
    language = version.content.language
    lines = [_signed(language, "reviewed", version.reviewed), _signed(language, "released", version.released)]
    models = {f"{f.skill} {f.skill_version}" for one in version.content.findings if (f := one.finding) is not None}
    lines.append(say(language, "drafted", models=", ".join(sorted(models))) if models else "")
    lines.append(say(language, "version", report=version.report[:12], number=version.number))
    return "<br>".join(escape(line) for line in lines if line)


def _signed(language: str, what: str, one: Signed | None) -> str:
    return say(language, what, who=one.who, role=one.role, at=f"{one.at:%Y-%m-%d %H:%M}") if one else ""
