"""DICOM SEG: a skill's masks on the grid of the series they were made from, slice for slice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from robot_library.errors import NotDelivered
from robot_library.imaging.objects.origin import concept, dated, line, made_by, sources, uid
from robot_library.model.finding import Finding
from robot_library.model.release import ReportVersion
from robot_library.model.skill.outputs import Code
from robot_library.model.study import Image

_ABNORMAL = Code(scheme="SCT", value="49755003", meaning="Morphologically abnormal structure")
_COLOURS = ((230, 60, 60), (60, 160, 230), (240, 190, 40), (90, 200, 110))


def identifiers(version: ReportVersion, label: str) -> tuple[str, str]:
    """Series and object of a finding's segmentation in this step of a version."""
    return uid(version.report, "seg", label), uid(version.id, str(version.step), "seg", label)


def segmentation(
    version: ReportVersion, finding: Finding, masks: Mapping[str, NDArray[np.bool_]], uids: Sequence[str],
    read: Callable[[Image], bytes], codes: Mapping[str, Code] | None = None,
) -> Dataset:  # fmt: skip
    """The object, BINARY. masks: segment label → bool (i, j, k), i along columns, j along rows, k along `uids`, the
    SOPInstanceUIDs of the slices. NotDelivered where masks and slices do not fit: a defect."""
    from highdicom.seg import Segmentation, SegmentationTypeValues

    slices = sources(version.content, read, uids)
    planes = np.stack([np.transpose(mask, (2, 1, 0)) for mask in masks.values()], axis=-1).astype(np.uint8)
    grid = (len(slices), int(slices[0].Rows), int(slices[0].Columns))
    if planes.shape[:3] != grid:
        raise NotDelivered("MaskDiffers", "the mask does not lie on the grid of its series.", again=False)
    series, ident = identifiers(version, finding.label)
    described = [
        _segment(place + 1, label, finding, version, (codes or {}).get(label)) for place, label in enumerate(masks)
    ]
    made = Segmentation(
        source_images=slices, pixel_array=planes, segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=described, series_instance_uid=series, series_number=9102, sop_instance_uid=ident,
        instance_number=version.number, content_label="SEGMENTATION",
        content_description=line(f"{finding.skill} {finding.skill_version}"),
        series_description=line(f"Segmentation {finding.label}"), specific_character_set="ISO_IR 192", **made_by(),
    )  # fmt: skip
    dated(made, version.changed, slices[0])
    return made


def outline(mask: NDArray[np.bool_], uids: Sequence[str]) -> tuple[str, NDArray[np.float32]]:
    """Where a mask is largest: the slice's SOPInstanceUID, and the closed line (n, 2) around its largest part there,
    columns and rows of the image, the centre of the first pixel at 0.5 (PS3.3 C.18.6). The mask is not empty."""
    import cv2

    k = int(np.count_nonzero(mask, axis=(0, 1)).argmax())
    plane = np.ascontiguousarray(mask[:, :, k].T.astype(np.uint8))
    lines, _ = cv2.findContours(plane, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    points = max(lines, key=cv2.contourArea).reshape(-1, 2).astype(np.float32) + np.float32(0.5)
    return uids[k], np.concatenate([points, points[:1]])


def _segment(number: int, label: str, finding: Finding, version: ReportVersion, code: Code | None) -> Any:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription
    from pydicom.sr.codedict import codes

    return SegmentDescription(
        segment_number=number, segment_label=label, segmented_property_category=concept(_ABNORMAL, "abnormal"),
        segmented_property_type=concept(code, label), algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(
            name=finding.skill, version=finding.skill_version, family=codes.DCM.ArtificialIntelligence
        ),
        tracking_uid=uid(version.report, label), tracking_id=label,
        display_color=CIELabColor.from_rgb(*_COLOURS[(number - 1) % len(_COLOURS)]),
    )  # fmt: skip
