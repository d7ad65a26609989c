"""DICOM SR, TID 1500: what was found and measured, by which algorithm, and who stands for it.

Unverified as long as it is preliminary; a released one is verified by whoever released it. A later version names the
object that it replaces as its predecessor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from robot_library.imaging.objects.origin import concept, dated, line, made_by, sources, uid
from robot_library.imaging.objects.signed import language, observers, predecessor, signed, verified
from robot_library.model.finding import Measurement
from robot_library.model.release import Reported, ReportVersion
from robot_library.model.skill.outputs import Code
from robot_library.model.study import Image

COMPREHENSIVE = "1.2.840.10008.5.1.4.1.1.88.33"
_PRESENCE = Code(scheme="SCT", value="705057003", meaning="Presence")
_DECIDED = {
    "positive": Code(scheme="SCT", value="52101004", meaning="Present"),
    "negative": Code(scheme="SCT", value="2667000", meaning="Absent"),
}


def identifiers(version: ReportVersion) -> tuple[str, str]:
    """Series and object of the structured report of this step of a version."""
    return uid(version.report, "sr"), uid(version.id, str(version.step), "sr")


def structured_report(
    version: ReportVersion, read: Callable[[Image], bytes], *, segmentation: Dataset | None = None,
    outlines: Mapping[str, tuple[str, NDArray[np.float32]]] | None = None,
    before: Sequence[ReportVersion] = (), organisation: str = "",
) -> Dataset:  # fmt: skip
    """The object. `before`: steps whose objects the receiver has, the oldest first; the last is the predecessor.
    `segmentation`: of the same step; a finding with a mask refers to it. `outlines`: of findings by label, the image
    (SOPInstanceUID) and the line on it, for viewers that draw no segmentation."""
    from highdicom.sr import ComprehensiveSR, MeasurementReport

    content = version.content
    evidence = sources(content, read)
    series, ident = identifiers(version)
    report = MeasurementReport(
        observation_context=observers(version),
        procedure_reported=concept(content.order.code or content.code, content.order.procedure or content.title),
        imaging_measurements=[
            *(_group(version, one, evidence, segmentation) for one in content.findings),
            *(
                _outlined(version, one, evidence, *outlines[one.label])
                for one in content.findings
                if outlines and one.label in outlines
            ),
        ]
        or None,
        language_of_content_item_and_descendants=language(content.language),
        referenced_images=None if content.findings else evidence,
    )
    made = ComprehensiveSR(
        evidence=[*evidence, *([segmentation] if segmentation is not None else [])], content=report[0],
        series_instance_uid=series, series_number=9101, sop_instance_uid=ident, instance_number=version.number,
        previous_versions=[predecessor(one, *identifiers(one), COMPREHENSIVE) for one in before[-1:]] or None,
        series_description=line(f"Report {content.title}"), **signed(version, organisation), **made_by(),
    )  # fmt: skip
    dated(made, version.changed, evidence[0])
    verified(made, version)
    return made


def _group(version: ReportVersion, one: Reported, evidence: Sequence[Dataset], segmentation: Dataset | None) -> Any:
    from highdicom import sr

    found = one.finding
    common: dict[str, Any] = {
        "tracking_identifier": _tracked(version, one),
        "finding_type": concept(one.code, one.label),
        "measurements": [_measured(each, one.label) for each in one.measured] or None,
        "qualitative_evaluations": [
            sr.QualitativeEvaluation(concept(_PRESENCE, "Presence"), concept(_DECIDED[one.decision], one.decision))
        ],
    }  # fmt: skip
    if found is not None:
        common["algorithm_id"] = sr.AlgorithmIdentification(name=found.skill, version=found.skill_version)
    number = _segment(segmentation, one.label)
    if segmentation is not None and number:
        return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            referenced_segment=_referred(segmentation, number), **common
        )
    key = [image for image in evidence if found is None or str(image.SOPInstanceUID) == found.image_uid]
    shown = [sr.SourceImageForMeasurementGroup.from_source_image(image) for image in key[:1]]
    return sr.MeasurementsAndQualitativeEvaluations(source_images=shown or None, **common)


def _outlined(
    version: ReportVersion, one: Reported, evidence: Sequence[Dataset], image: str, points: NDArray[np.float32]
) -> Any:
    """Where it is, on the one image that shows most of it. No number stands in this group: none was measured there.

    It is tracked as the finding's own group is, being the same lesion, so that OHIF puts the two together; otherwise
    the finding's would have no coordinates, and OHIF (3.13) would then draw nothing of the whole report.
    """
    from highdicom import sr

    (source,) = [each for each in evidence if str(each.SOPInstanceUID) == image]
    region = sr.ImageRegion(
        graphic_type=sr.GraphicTypeValues.POLYLINE, graphic_data=points.astype(np.float64),
        source_image=sr.SourceImageForRegion.from_source_image(source),
    )  # fmt: skip
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracked(version, one),
        referenced_region=region, finding_type=concept(one.code, one.label),
        qualitative_evaluations=[
            sr.QualitativeEvaluation(concept(_PRESENCE, "Presence"), concept(_DECIDED[one.decision], one.decision))
        ],
    )  # fmt: skip


def _tracked(version: ReportVersion, one: Reported) -> Any:
    """By what a finding is known again: in each of its groups, in its segment, and in later versions."""
    from highdicom.sr import TrackingIdentifier

    return TrackingIdentifier(uid=uid(version.report, one.label), identifier=line(one.label))


def _referred(segmentation: Dataset, number: int) -> Any:
    from highdicom.sr import ReferencedSegment, SourceSeriesForSegmentation

    (series,) = segmentation.ReferencedSeriesSequence
    return ReferencedSegment(
        sop_class_uid=segmentation.SOPClassUID, sop_instance_uid=segmentation.SOPInstanceUID, segment_number=number,
        source_series=SourceSeriesForSegmentation(series.SeriesInstanceUID),
    )  # fmt: skip


def _segment(segmentation: Dataset | None, label: str) -> int:
    """Number of the segment of this name; 0 if there is none."""
    for one in segmentation.SegmentSequence if segmentation is not None else ():
        if str(one.SegmentLabel) == label:
            return int(one.SegmentNumber)
    return 0


def _measured(one: Measurement, label: str) -> Any:
    from highdicom.sr import CodedConcept
    from highdicom.sr import Measurement as Measured

    words = one.name.removeprefix(f"{label}.").replace(".", " ").replace("_", " ")
    scheme, _, value = one.code.partition(":")
    name = concept(Code(scheme=scheme, value=value, meaning=words) if value else None, words)
    unit = CodedConcept(one.unit or "1", "UCUM", one.unit or "no units")
    return Measured(name=name, value=one.value, unit=unit)
