"""From accepted findings to a draft report. Nothing else can be drafted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from robot_library.errors import AuthoringError, NeedsPerson
from robot_library.model.finding import Accepted, Finding
from robot_library.model.report import Report
from robot_library.model.review import OURS, DraftField
from robot_library.reports.mrrt import Template, TemplateField, load_template
from robot_library.reports.qa.words import crossed
from robot_library.reports.text import plain_text
from robot_library.reports.wording import say


class TemplateReports:
    """Implements interfaces.ReportMaker over template files; `find` gives a template's path by name."""

    def __init__(self, find: Callable[[str], Path]) -> None:
        self._find = find

    def draft(self, template: str, findings: Sequence[Accepted], values: Mapping[str, str]) -> Report:
        """Fill the template. Every finding must have a field; every field bound to a finding must get one."""
        loaded = load_template(self._find(template))
        if not findings:
            raise NeedsPerson("there is no accepted finding to report.")
        by_label = {accepted.finding.label: accepted for accepted in findings}
        if len(by_label) < len(findings):
            raise NeedsPerson("several accepted findings say something about the same; which one is meant is unknown.")
        facts = {**_facts(findings, loaded.language), **values}
        edits = _edits(loaded, findings)  # first: what a person has written need not have been measured
        fields = {
            item.id: edits[item.id] if item.id in edits else _value(loaded, item, by_label, facts)
            for item in loaded.fields().values()
        }
        _all_reported(loaded, by_label)
        return Report(
            template=template,
            title=loaded.title,
            fields=fields,
            text=plain_text(loaded, fields, say(loaded.language, "banner")),
            images=tuple(
                dict.fromkeys(accepted.finding.image_uid for accepted in findings if accepted.finding.image_uid)
            ),
            language=loaded.language,
        )

    def fields(self, template: str) -> tuple[DraftField, ...]:
        """See the interface: a field is administrative where the template says data-administrative="true"."""
        loaded = load_template(self._find(template))
        return tuple(
            DraftField(
                id=item.id, label=item.label or item.id, section=section.title, long=item.kind in _LONG,
                administrative=item.administrative and not item.finding, ours=item.id in OURS,
            )
            for section in loaded.sections
            for item in section.fields
        )  # fmt: skip


_LONG = frozenset({"TEXTAREA", "SELECTION_SINGLE", "SELECT"})


def _edits(template: Template, findings: Sequence[Accepted]) -> dict[str, str]:
    """What persons wrote in the draft's place. NeedsPerson for a field that is not there, or says how it came about."""
    edits = {name: text for accepted in findings for name, text in accepted.edits.items()}
    if strange := sorted(set(edits) - set(template.fields()) | (set(edits) & OURS)):
        raise NeedsPerson(
            f"a person has edited {', '.join(strange)}, which template {template.name} does not let them."
        )
    return edits


def _value(template: Template, item: TemplateField, findings: Mapping[str, Accepted], facts: Mapping[str, str]) -> str:
    bound = item.finding or (item.id if item.id in findings else "")
    if not bound:
        return facts.get(item.id, item.default)
    accepted = findings.get(bound)
    if accepted is None:
        raise NeedsPerson(f"template {template.name} asks for a finding {bound!r} that was not made.")
    if item.measurement:
        return _measured(template, item, accepted)
    text = item.options.get(accepted.decision)
    if text is None:
        raise AuthoringError(
            f"field {item.id!r} has no option for {accepted.decision!r}.", place=f"{template.name}.html"
        )
    return text


def _measured(template: Template, item: TemplateField, accepted: Accepted) -> str:
    """The measurement's words, or its number with its unit; a dash where a person found that there is nothing."""
    if accepted.decision == "negative":
        return "–"
    name = f"{accepted.finding.label}.{item.measurement}"
    for one in accepted.finding.measurements:
        if one.name == name and not (item.measurement == "volume" and one.value == 0):  # of an empty outline
            return one.shown
    raise NeedsPerson(f"template {template.name} asks for {name}, which the skill did not measure.")


def _all_reported(template: Template, findings: Mapping[str, Accepted]) -> None:
    """A finding without a field would be dropped in silence."""
    places = {item.finding or item.id for item in template.fields().values() if not item.measurement}
    if missing := sorted(set(findings) - places):
        raise AuthoringError(f"no field takes the finding {', '.join(missing)}.", place=f"{template.name}.html")


def _read(finding: Finding, language: str) -> str:
    """What was read: the image, or of many the key image and how many there were."""
    if len(finding.read) < 2:
        return finding.image_uid
    return say(language, "and_more", image=finding.image_uid, count=len(finding.read) - 1)


def _reasons(finding: Finding) -> list[str]:
    return crossed({one.name: one.value for one in finding.measurements}, finding.thresholds)


def _facts(findings: Sequence[Accepted], language: str) -> dict[str, str]:
    """What every template may show about how the draft came about, by field id."""
    models = {
        say(language, "model", skill=one.skill, version=one.skill_version, sha=one.model_sha256[:12])
        for one in (accepted.finding for accepted in findings)
    }
    return {
        "images": "\n".join(dict.fromkeys(_read(accepted.finding, language) for accepted in findings)),
        "basis": "\n".join(line for accepted in findings for line in _basis(accepted, language)),
        "model": "\n".join(sorted(models)),
        "reasons": "\n".join(line for accepted in findings for line in _reasons(accepted.finding)),
    }


def _basis(accepted: Accepted, language: str) -> list[str]:
    """Why a finding may be reported, and what a person has written in its place."""
    how = say(language, "by_point" if accepted.by == "operating_point" else "by_person", who=accepted.who)
    finding, decision = accepted.finding, say(language, accepted.decision)
    lines = [say(language, "basis", label=finding.label, decision=decision, score=f"{finding.score:.3f}", how=how)]
    if accepted.edits:
        lines.append(say(language, "edited", who=accepted.who, fields=", ".join(sorted(accepted.edits))))
    return lines
