"""Many received objects -> one Study of one person, or a refusal; and whether all of it came."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from pydicom.dataset import FileDataset
from pydicom.uid import UID

from robot_library.errors import PatientMismatch, StudyIncomplete, StudyNotFound
from robot_library.imaging.dataset import open_dataset, reading, text
from robot_library.imaging.headers import image_from
from robot_library.imaging.identity import read_identity
from robot_library.imaging.layout import NATIVE, read_layout
from robot_library.imaging.received import Received
from robot_library.imaging.refusal import ImageRefused
from robot_library.imaging.rejected import WRONG_ORDER, said, taken_back
from robot_library.imaging.stored import check_length, pixel_data, split_frames
from robot_library.interfaces import BlobStore
from robot_library.model.person import Identity, PersonName
from robot_library.model.study import Image, Source, Study


class _Head(NamedTuple):
    identity: Identity
    study_uid: str
    accession: str
    day: str
    title: str


@dataclass
class _Gathered:
    images: dict[str, Image] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    heads: list[_Head] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)


def assemble(
    objects: Iterable[Received], blobs: BlobStore, source: Source, *, study_uid: str = "", expected: int | None = None
) -> Study:
    """Read every object and put the study together.

    study_uid keeps only that study's objects; without it, two studies are an error. What cannot be read goes to
    `refused`, objects that are no images (reports, PDF, presentation states) to `others`, with images that a rejection
    note of the study takes back; those that it says were taken for another order to `refused`. The rest goes on.
    Raises PatientMismatch (objects name different persons), StudyNotFound (none, or several studies).
    """
    gathered = _Gathered()
    for received in objects:
        _take(received, blobs.get(received.blob), source, gathered, study_uid)
    _set_rejected_aside(gathered)
    if not gathered.heads:
        if gathered.refused:
            return Study(
                study_uid=study_uid,
                source=source,
                identity=Identity(source="dicom", system="dicom"),
                expected_images=expected,
                refused=tuple(gathered.refused.items()),
            )
        raise StudyNotFound("no DICOM object of the study was received.", cure="Check the key that was searched for.")
    if len({head.study_uid for head in gathered.heads}) > 1:
        raise StudyNotFound("objects of more than one study were received.", cure="Ask for one study by its UID.")
    return _study(gathered, source, expected)


def _study(gathered: _Gathered, source: Source, expected: int | None) -> Study:
    heads = gathered.heads
    accessions = {head.accession for head in heads} - {""}
    days, titles = {head.day for head in heads} - {""}, {head.title for head in heads} - {""}
    images = sorted(gathered.images.values(), key=lambda image: (image.series_uid, image.instance_number))
    return Study(
        study_uid=heads[0].study_uid,
        # Objects that disagree on it leave it empty: then it ties nothing to an order.
        accession=accessions.pop() if len(accessions) == 1 else "",
        source=source,
        identity=one_person([head.identity for head in heads]),
        images=tuple(images),
        expected_images=expected,
        refused=tuple(gathered.refused.items()),
        others=tuple(gathered.others.items()),
        description=titles.pop() if len(titles) == 1 else "",
        study_date=days.pop() if len(days) == 1 else "",
    )


def _take(received: Received, data: bytes, source: Source, gathered: _Gathered, wanted: str) -> None:
    name = received.name
    try:
        dataset = open_dataset(data)
        with reading():
            name = text(dataset, "SOPInstanceUID") or name
            study = text(dataset, "StudyInstanceUID")
            if wanted and study and study != wanted:
                return
            if str(dataset.file_meta.get("MediaStorageSOPClassUID", "")) == "1.2.840.10008.1.3.10":
                return  # a DICOMDIR lists objects and is none
            _store(name, dataset, data, received.blob, source, gathered)
    except ImageRefused as refused:
        gathered.images.pop(name, None)
        said = refused.message.removeprefix(f"image refused ({refused.reason}): ")  # the reason is said once
        gathered.refused[name] = f"{refused.reason}: {said}"


def _set_rejected_aside(gathered: _Gathered) -> None:
    """Nobody reads them; they came, and count as such."""
    for name, code in gathered.rejected.items():
        if gathered.images.pop(name, None) is None:
            continue
        if code == WRONG_ORDER:
            gathered.refused[name] = "rejected: a rejection note says that it was taken for another order"
        else:
            gathered.others[name] = said(code)


def _store(name: str, dataset: FileDataset, data: bytes, blob: str, source: Source, gathered: _Gathered) -> None:
    digest = hashlib.sha256(data).hexdigest()
    if gathered.hashes.setdefault(name, digest) != digest:
        raise ImageRefused("size_mismatch", "two different objects have the same SOPInstanceUID")
    if name in gathered.refused:
        return
    study = text(dataset, "StudyInstanceUID")
    if not study:
        raise ImageRefused("missing_attribute", "StudyInstanceUID is missing")
    accession, day, title = (text(dataset, key) for key in ("AccessionNumber", "StudyDate", "StudyDescription"))
    # Before the pixels are looked at: a film cut short still says whose it is.
    gathered.heads.append(_Head(read_identity(dataset), study, accession, day, title))
    if "Rows" in dataset or "PixelData" in dataset:
        gathered.images[name] = image_from(dataset, data, blob, source)
        _check_whole(dataset)
    else:
        kind = UID(text(dataset, "SOPClassUID")).name
        if "Image Storage" in kind:  # cut short before its pixels: no report that may be left out of the count
            raise ImageRefused("truncated", "an image without Rows, Columns and PixelData")
        gathered.others[name] = kind
        gathered.rejected |= taken_back(dataset)


def _check_whole(dataset: FileDataset) -> None:
    """The pixel data are all there, as far as that shows without decoding. Colour has its place in a study."""
    try:
        layout = read_layout(dataset)
    except ImageRefused as refused:
        if refused.reason in ("colour", "unsupported_pixels"):
            return
        raise
    data = pixel_data(dataset)
    if layout.syntax in NATIVE:
        check_length(data, layout)
    else:
        split_frames(dataset, data, layout)


def one_person(identities: list[Identity]) -> Identity:
    """The one identity that all objects of a study share: the fullest of them, with the birth date of another if it has
    none.

    Raises PatientMismatch when any two objects contradict each other, or one has no identifier in common with it.
    """
    known = [*dict.fromkeys(identities)]
    whole = max(known, key=lambda one: (bool(one.ids), bool(one.names), one.birth_date is not None))
    if any(_differ(one, other) for one, other in combinations(known, 2)) or not all(
        _share(whole, one) for one in known
    ):
        raise PatientMismatch(
            "objects of one study name different persons.", cure="A person must correct the study in the PACS."
        )
    born = next((one.birth_date for one in known if one.birth_date), None)
    return whole if whole.birth_date else whole.model_copy(update={"birth_date": born})


def _differ(one: Identity, other: Identity) -> bool:
    if one.ids and other.ids:
        first, second = one.ids[0], other.ids[0]
        if first.value != second.value or (first.issuer and second.issuer and first.issuer != second.issuer):
            return True
    if one.names and other.names and _folded(one.names[0]) != _folded(other.names[0]):
        return True
    return bool(one.birth_date and other.birth_date and one.birth_date != other.birth_date)


def _share(whole: Identity, other: Identity) -> bool:
    """Something in common, or nothing known of either."""
    in_common = (whole.ids and other.ids) or (whole.names and other.names)
    return bool(in_common) or not (whole.ids or whole.names or other.ids or other.names)


def _folded(name: PersonName) -> tuple[str, str]:
    return unicodedata.normalize("NFC", name.family).casefold(), unicodedata.normalize("NFC", name.given).casefold()


def received_count(study: Study) -> int:
    """Objects that came, readable or not."""
    return len(study.images) + len(study.others) + len(study.refused)


def require_complete(study: Study, expected: int | None = None) -> None:
    """Raise StudyIncomplete unless as many objects came as were announced (`expected`, else study.expected_images).

    When nobody announced a number, completeness is unknown, and that raises too.
    """
    announced = study.expected_images if expected is None else expected
    if announced is None:
        raise StudyIncomplete(
            "nobody says how many images the study has.", cure="A person must say that the study is complete."
        )
    came = received_count(study)
    if came != announced:
        raise StudyIncomplete(
            f"{came} objects came, {announced} were announced.", cure="Wait for the study to arrive, then run again."
        )
