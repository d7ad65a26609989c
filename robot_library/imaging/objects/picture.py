"""Secondary capture: the film with the skill's map drawn on it, as people were shown it. Marked as derived, with marks
burnt in, so that no skill takes it for a film."""

from __future__ import annotations

from collections.abc import Callable

from pydicom.dataset import Dataset

from robot_library.errors import NotDelivered
from robot_library.imaging.objects.origin import MAKER, concept, dated, line, sources, uid
from robot_library.model.finding import Finding
from robot_library.model.release import ReportVersion
from robot_library.model.skill.outputs import Code
from robot_library.model.study import Image

_FOR_VIEWING = Code(scheme="DCM", value="121322", meaning="Source image for image processing operation")


def identifiers(version: ReportVersion, label: str) -> tuple[str, str]:
    """Series and object of a finding's picture in this step of a version."""
    return uid(version.report, "picture", label), uid(version.id, str(version.step), "picture", label)


def secondary_capture(version: ReportVersion, finding: Finding, png: bytes, read: Callable[[Image], bytes]) -> Dataset:
    """The object: `png` in colour, referring to the image it shows."""
    import cv2
    import numpy as np
    from highdicom import CoordinateSystemNames
    from highdicom.sc import SCImage

    decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise NotDelivered("PictureGone", "a kept picture is no picture.", again=False)
    (source,) = sources(version.content, read, [finding.image_uid])
    series, ident = identifiers(version, finding.label)
    made = SCImage.from_ref_dataset(
        ref_dataset=source, pixel_array=np.ascontiguousarray(decoded[:, :, ::-1]), photometric_interpretation="RGB",
        bits_allocated=8, coordinate_system=CoordinateSystemNames.PATIENT, series_instance_uid=series,
        series_number=9103, sop_instance_uid=ident, instance_number=version.number, manufacturer=MAKER,
        patient_orientation=("L", "P"),
        series_description=line(f"Picture {finding.label}, not for diagnosis"),
        transfer_syntax_uid="1.2.840.10008.1.2.1", specific_character_set="ISO_IR 192",
    )  # fmt: skip
    if part := str(source.get("BodyPartExamined") or ""):
        made.BodyPartExamined = part
    if "Laterality" in source or not part:  # absent for a part that the body has once
        made.Laterality = str(source.get("Laterality") or "")
    made.PatientOrientation = []  # highdicom wants one; several views on one picture have none
    made.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    made.BurnedInAnnotation, made.ConversionType = "YES", "WSD"
    made.DerivationDescription = f"{finding.skill} {finding.skill_version}: its result drawn over the image"
    made.SourceImageSequence = [_refers(source)]
    dated(made, version.changed, source)
    return made


def _refers(source: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    item.PurposeOfReferenceCodeSequence = [concept(_FOR_VIEWING, "source")]
    return item
