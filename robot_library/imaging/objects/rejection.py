"""DICOM: a Key Object Selection that rejects objects, as IHE's Imaging Object Change Management says it. An archive
that knows it shows them no more; one that does not keeps it beside them, and a person has to hide them there."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset

from robot_library.errors import NotDelivered
from robot_library.imaging.objects.origin import MAKER, dated, uid
from robot_library.model.release import ReportVersion

_TITLE = ("113037", "DCM", "Rejected for Patient Safety Reasons")
_NUMBER = 9199


def rejection(version: ReportVersion, objects: Sequence[bytes]) -> Dataset:
    """The note. objects: the files that are rejected, of one study. NotDelivered if there are none: a person looks."""
    from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
    from highdicom.sr import CodedConcept

    rejected = [dcmread(BytesIO(data)) for data in objects]
    if not rejected:
        raise NotDelivered(
            "NothingToReject", "it is not known which of its objects the archive has.", again=False,
            cure="Look in the PACS, and have it reject what is there of this report.",
        )  # fmt: skip
    made: Any = KeyObjectSelectionDocument(
        evidence=rejected,
        content=KeyObjectSelection(document_title=CodedConcept(*_TITLE), referenced_objects=rejected),
        series_instance_uid=uid(version.report, "rejection"), series_number=_NUMBER,
        sop_instance_uid=uid(version.id, str(version.step), "rejection"), instance_number=1, manufacturer=MAKER,
    )  # fmt: skip
    made.SeriesDescription = "Rejection note"
    dated(made, version.changed, rejected[0])
    found: Dataset = made
    return found
