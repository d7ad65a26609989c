"""What receivers are handed: each format of one step of a report, made when it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from robot_library.errors import NotDelivered, SetupError
from robot_library.interfaces import BlobStore
from robot_library.model.delivery import DicomObject
from robot_library.model.finding import Finding
from robot_library.model.release import ReportVersion
from robot_library.model.study import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    Masks = tuple[dict[str, NDArray[np.bool_]], tuple[str, ...]]

Paper = Callable[[str], Awaitable[bytes]]
"""HTML page → PDF."""


@dataclass(frozen=True)
class DicomFile:
    """One object as a file, with the identifiers that receivers are asked by."""

    name: str
    study: str
    series: str
    instance: str
    sop_class: str
    data: bytes


@dataclass(frozen=True)
class Parcel:
    """One step of a report for one receiver. `letter` names it, the same whenever it is sent again; `earlier` are the
    steps that this receiver has already, the oldest first, with what it answered."""

    version: ReportVersion
    letter: str
    blobs: BlobStore
    paper: Paper
    earlier: Sequence[tuple[ReportVersion, Mapping[str, Any]]] = ()
    organisation: str = ""
    again: bool = False
    """Sent before, perhaps: the receiver is asked first whether it has it."""

    @property
    def had(self) -> list[ReportVersion]:
        """What this receiver has of the report already, the oldest first."""
        return [one for one, _ in self.earlier]

    async def pdf(self) -> bytes:
        """The report on paper."""
        from robot_library.imaging.pictures import shrink
        from robot_library.reports.outputs.page import page

        pictures = [shrink(self._blob(png)) for _, png in self._pictures()]
        return await self.paper(page(self.version, pictures))

    def dicom(self, wanted: Sequence[DicomObject]) -> list[DicomFile]:
        """The objects of these kinds that this report has. One that was entered in error has a note that rejects what
        the receiver has got; a withdrawn preliminary one has none: objects cannot be unsent."""
        from robot_library.imaging.objects import narrative, sr
        from robot_library.imaging.objects.picture import secondary_capture
        from robot_library.imaging.objects.seg import outline
        from robot_library.reports.outputs.stage import stage

        if self.version.status == "entered_in_error":
            return [self._rejection(wanted)]
        if self.version.status == "taken_back":
            raise NotDelivered(
                "CannotWithdraw", "what was sent as DICOM is not withdrawn by itself.", again=False,
                cure="Have the PACS reject the preliminary objects.",
            )  # fmt: skip
        found: list[tuple[str, Dataset]] = []
        masks = self._masks() if {"sr", "seg"} & set(wanted) else {}
        segmented = self._segmentations(masks) if "seg" in wanted else []
        found += [(f"seg-{label}", one) for label, one in segmented]
        if "picture" in wanted:
            found += [
                (f"picture-{finding.label}", secondary_capture(self.version, finding, self._blob(png), self._image))
                for finding, png in self._pictures()
            ]
        if "sr" in wanted:
            lines = {label: outline(there[label], uids) for label, (there, uids) in masks.items() if label in there}
            made = sr.structured_report(
                self.version, self._image, segmentation=segmented[0][1] if segmented else None, outlines=lines,
                before=self._had(sr.identifiers), organisation=self.organisation,
            )  # fmt: skip
            found.append(("sr", made))
        if "narrative" in wanted:
            made = narrative.narrative(
                self.version, self._image, stage(self.version).words, before=self._had(narrative.identifiers),
                organisation=self.organisation,
            )  # fmt: skip
            found.append(("narrative", made))
        return [_file(name, one) for name, one in found]

    def _had(self, identifiers: Callable[[ReportVersion], tuple[str, str]]) -> list[ReportVersion]:
        """Earlier steps whose object of one kind this receiver took, as far as its answer names objects."""
        own = [(one, told, identifiers(one)[1]) for one, told in self.earlier]
        return [one for one, told, ident in own if ident in told.get("objects", [ident])]

    def _rejection(self, wanted: Sequence[DicomObject]) -> DicomFile:
        """Objects are made again as they were sent: their identifiers are the same."""
        from robot_library.imaging.objects.rejection import rejection

        sent: dict[str, bytes] = {}
        for place, (version, _) in enumerate(self.earlier):
            before = replace(self, version=version, earlier=self.earlier[:place])
            sent |= {one.instance: one.data for one in before.dicom(wanted)} if version.status != "taken_back" else {}
        return _file("rejection", rejection(self.version, [*sent.values()]))

    def _pictures(self) -> list[tuple[Finding, str]]:
        findings = [one.finding for one in self.version.content.findings if one.finding and one.decision == "positive"]
        return [(one, one.evidence["overlay"]) for one in findings if "overlay" in one.evidence]

    def _masks(self) -> dict[str, Masks]:
        """Of each finding that has some, by its label: those that are not empty, and the slices they lie on."""
        from robot_library.skills.tasks.outline import read_mask_file

        found: dict[str, Masks] = {}
        for one in self.version.content.findings:
            if one.finding is not None and one.decision == "positive" and "mask" in one.finding.evidence:
                masks, _, uids = read_mask_file(self._blob(one.finding.evidence["mask"]))
                if there := {label: mask for label, mask in masks.items() if mask.any()}:
                    found[one.label] = there, uids
        return found

    def _segmentations(self, found: Mapping[str, Masks]) -> list[tuple[str, Dataset]]:
        from robot_library.imaging.objects.seg import segmentation

        made = []
        for one in self.version.content.findings:
            if one.finding is not None and one.label in found:
                masks, uids = found[one.label]
                codes = {one.label: one.code} if one.code else {}
                made.append((one.label, segmentation(self.version, one.finding, masks, uids, self._image, codes)))
        return made

    def _image(self, image: Image) -> bytes:
        return self._blob(image.blob)

    def _blob(self, ref: str) -> bytes:
        try:
            return self.blobs.get(ref)
        except SetupError:
            raise NotDelivered(
                "ImagesGone", "what the report refers to is no longer kept.", again=False,
                cure="Keep evidence for longer (site.yaml, keep), or leave DICOM objects and pictures out.",
            ) from None  # fmt: skip


def _file(name: str, dataset: Dataset) -> DicomFile:
    from robot_library.imaging.objects.origin import as_bytes

    return DicomFile(
        name, str(dataset.StudyInstanceUID), str(dataset.SeriesInstanceUID), str(dataset.SOPInstanceUID),
        str(dataset.SOPClassUID), as_bytes(dataset),
    )  # fmt: skip


def digest(data: bytes) -> str:
    """What was sent, for the record of it."""
    return hashlib.sha256(data).hexdigest()[:32]
