"""Plain text for typing: short lines, no tabs, no characters a screen might change."""

from __future__ import annotations

from collections.abc import Mapping

from robot_library.reports.mrrt import Template


def plain_text(template: Template, fields: Mapping[str, str], banner: str) -> str:
    """The report as text; the banner stands first. Empty fields are left out. Line ends are \\n."""
    blocks = [banner, template.title]
    for section in template.sections:
        lines = []
        for item in section.fields:
            value = fields.get(item.id, "").strip()
            if value:
                lines.append(_line(item.label, value, alone=len(section.fields) == 1))
        if lines:
            blocks.append("\n".join([f"{section.title.upper()}:", *lines] if section.title else lines))
    return "\n\n".join(blocks).replace("\t", " ").strip()


def _line(label: str, value: str, *, alone: bool) -> str:
    if alone or not label:
        return value
    return f"{label}: {value}" if "\n" not in value else f"{label}:\n{value}"
