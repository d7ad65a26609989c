"""DICOM SR with the report's own words, section by section (TID 2000), for viewers that show text.

The measurement report (sr.py) says what was found so that programs understand it; many a viewer, OHIF among them, shows
nothing of one whose findings lie on no place of an image. This one people can read in any that shows SR at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydicom.dataset import Dataset

from robot_library.imaging.objects.origin import concept, dated, line, made_by, sources, uid
from robot_library.imaging.objects.signed import language, observers, predecessor, signed, verified
from robot_library.model.release import ReportVersion
from robot_library.model.skill.outputs import Code
from robot_library.model.study import Image

ENHANCED = "1.2.840.10008.5.1.4.1.1.88.22"
_TITLE = Code(scheme="LN", value="18748-4", meaning="Diagnostic imaging study")
_FINDING = Code(scheme="DCM", value="121071", meaning="Finding")


def identifiers(version: ReportVersion) -> tuple[str, str]:
    """Series and object of the report's words in this step of a version."""
    return uid(version.report, "narrative"), uid(version.id, str(version.step), "narrative")


def narrative(
    version: ReportVersion, read: Callable[[Image], bytes], stage: str, *, before: Sequence[ReportVersion] = (),
    organisation: str = "",
) -> Dataset:  # fmt: skip
    """The object. `stage` says in words what this report is worth, as preliminary; it stands above all else. `before`:
    steps whose objects the receiver has, the oldest first; the last is the predecessor."""
    from highdicom import sr

    content = version.content
    evidence, (series, ident) = sources(content, read), identifiers(version)
    root = sr.ContainerContentItem(name=concept(_TITLE, "report"), template_id="2000")
    root.ContentSequence = sr.ContentSequence([
        *language(content.language), *observers(version),
        *(_section(title, code, text) for title, code, text in [
            ("Status", None, stage), *((one.title, one.code, one.text) for one in content.sections if one.text.strip()),
        ]),
    ])  # fmt: skip
    made = sr.EnhancedSR(
        evidence=evidence, content=root, series_instance_uid=series, series_number=9104,
        sop_instance_uid=ident, instance_number=version.number,
        previous_versions=[predecessor(one, *identifiers(one), ENHANCED) for one in before[-1:]] or None,
        series_description=line(f"Text {content.title}"), **signed(version, organisation), **made_by(),
    )  # fmt: skip
    dated(made, version.changed, evidence[0])
    verified(made, version)
    return made


def _section(title: str, code: Code | None, text: str) -> Any:
    from highdicom import sr

    named = (
        code.model_copy(update={"meaning": title}) if code is not None else None
    )  # as the report's own language has it
    heading = sr.ContainerContentItem(name=concept(named, title), relationship_type=sr.RelationshipTypeValues.CONTAINS)
    heading.ContentSequence = sr.ContentSequence([
        sr.TextContentItem(
            name=concept(_FINDING, title), value=text.strip(), relationship_type=sr.RelationshipTypeValues.CONTAINS
        )
    ])  # fmt: skip
    return heading
