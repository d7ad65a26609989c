"""From what a bot has drafted to what a report's first version says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime

from robot_library.errors import NeedsPerson
from robot_library.model.finding import Accepted
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.model.release import Content, OrderRef, Reported, Section, StudyRef, Subject
from robot_library.model.report import Report
from robot_library.model.review import OURS
from robot_library.model.skill.outputs import Code
from robot_library.model.study import Image, Study
from robot_library.reports.mrrt import Template
from robot_library.reports.outputs.codes import FINDINGS, IMPRESSION
from robot_library.reports.wording import say

_CODED = {"findings": FINDINGS, "hallazgos": FINDINGS, "befund": FINDINGS, "impression": IMPRESSION,
          "impresión": IMPRESSION, "conclusión": IMPRESSION, "beurteilung": IMPRESSION}  # fmt: skip
"""LOINC codes of sections by their heading; others go out with their heading alone."""


def content(
    report: Report, template: Template, accepted: Sequence[Accepted], study: Study, patients: Sequence[Identity],
    order: Mapping[str, str], codes: Mapping[str, Code] | None = None,
) -> Content:  # fmt: skip
    """patients: what independent sources have said, and agreed on; order: the order's fields as the EHR showed them
    (accession, placer, filler, procedure). codes: of findings by their label. NeedsPerson where no patient's number
    stands in them."""
    images = _images(study, accepted)
    return Content(
        subject=_subject(patients, study, images), order=_order(order, study), study=_study(study, images),
        template=report.template, title=report.title, language=report.language,
        sections=sections(template, report.fields),
        findings=tuple(_reported(one, codes or {}, _written(template, accepted)) for one in accepted), images=images,
    )  # fmt: skip


def sections(template: Template, fields: Mapping[str, str]) -> tuple[Section, ...]:
    """The template's sections that have text; several fields of one are lines with their labels. What says what was
    read, and by which model, stands by itself: nobody may change it, and the rest of its section a reviewer may."""
    found = []
    for one in template.sections:
        filled = [(item, fields.get(item.id, "").strip()) for item in one.fields]
        lines = [(item, text) for item, text in filled if text and item.id not in OURS]
        if lines:
            alone = len(one.fields) == 1
            text = "\n".join(text if alone or not item.label else f"{item.label}: {text}" for item, text in lines)
            code = _CODED.get(one.title.strip().lower())
            ident = next(item.id for item in one.fields if item.id not in OURS)
            found.append(Section(id=ident, title=one.title, text=text, code=code))
        found += [
            Section(id=item.id, title=(item.label if len(one.fields) > 1 else "") or one.title, text=text)
            for item, text in filled
            if text and item.id in OURS
        ]
    return tuple(found)


def decided(content: Content, place: int, decision: str, who: str) -> Content:
    """A person has decided otherwise about a finding since it was accepted. What says how the report came about says
    so: the model's answer still stands there."""
    one = content.findings[place]
    told = say(content.language, "decided", label=one.label, decision=say(content.language, decision), who=who)
    again = one.model_copy(update={"decision": decision, "by": "person", "who": who})
    return content.model_copy(update={
        "findings": (*content.findings[:place], again, *content.findings[place + 1 :]),
        "sections": tuple(
            each.model_copy(update={"text": f"{each.text}\n{told}"}) if each.id == "basis" else each
            for each in content.sections
        ),
    })  # fmt: skip


def _reported(one: Accepted, codes: Mapping[str, Code], written: Set[str]) -> Reported:
    """Without the note of whoever accepted it: that was a word for whoever reads the run, and no part of a report."""
    label = one.finding.label
    kept = tuple(each for each in one.finding.measurements if each.name not in written)
    return Reported(
        label=label, decision=one.decision, by=one.by, who=one.who, code=codes.get(label),
        finding=one.finding.model_copy(update={"measurements": kept}),
    )  # fmt: skip


def _written(template: Template, accepted: Sequence[Accepted]) -> Set[str]:
    """Names of the numbers in whose place a person has written something: the model's go out beside that no more."""
    edited = {name for one in accepted for name in one.edits}
    return {f"{item.finding}.{item.measurement}" for item in template.fields().values() if item.id in edited}


def _images(study: Study, accepted: Sequence[Accepted]) -> tuple[Image, ...]:
    """Those that were read; all of the study where no finding says which."""
    read = {uid for one in accepted for uid in one.finding.read}
    return tuple(image for image in study.images if image.sop_instance_uid in read) or study.images


def _subject(patients: Sequence[Identity], study: Study, images: Sequence[Image]) -> Subject:
    """The number that the images bear, if the EHR goes by it; else the EHR's first: of a merged patient that is the one
    that is left, and receivers know no other. Name and birth date as the EHR has them."""
    said = [*patients, study.identity]
    numbers = [one for identity in said for one in identity.ids]
    if not numbers:
        raise NeedsPerson("no patient's number is known for this report.")
    borne = [one.value for one in study.identity.ids]
    merged = {one.value for identity in patients for one in identity.merged_ids}
    left = [one for one in numbers if one.value not in merged] or numbers
    chosen = next((one for one in left if one.value in borne), left[0])
    retired = next((one for one in borne if one in merged), "") if chosen.value not in borne else ""
    issuer = next((one.issuer for one in numbers if one.value == chosen.value and one.issuer), None)
    name = next((one.names[0] for one in said if one.names), PersonName())
    born = next((one.birth_date for one in said if one.birth_date), None)
    sexes = {image.header.get("PatientSex", "") for image in images}
    sex = sexes.pop() if len(sexes) == 1 else ""
    return Subject(
        id=PatientId(value=chosen.value, issuer=issuer), borne=retired, name=name, birth_date=born,
        sex=sex if sex in ("M", "F", "O") else "",
    )  # fmt: skip


def _order(order: Mapping[str, str], study: Study) -> OrderRef:
    return OrderRef(
        accession=order.get("accession", "") or study.accession,
        placer=order.get("placer", "") or order.get("order", ""),
        filler=order.get("filler", ""), procedure=order.get("procedure", "") or study.description,
    )  # fmt: skip


def _study(study: Study, images: Sequence[Image]) -> StudyRef:
    started: date | None = None
    if len(study.study_date) == 8 and study.study_date.isdigit():
        started = datetime.strptime(study.study_date, "%Y%m%d").date()
    modality = next((image.header["Modality"] for image in images if "Modality" in image.header), "")
    return StudyRef(uid=study.study_uid, description=study.description, started=started, modality=modality)
