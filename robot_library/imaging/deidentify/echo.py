"""What the rules leave is searched for what the object itself says of persons: names, numbers, places.

A technician who types the name into a protocol's name defeats every table. What echoes is emptied, and the proof
says where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

from robot_library.imaging.deidentify.profile import Profile

_NUMBERS = (
    "PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "MedicalRecordLocator", "PatientTelephoneNumbers",
    "PatientBirthDate", "StudyID", "RequestedProcedureID", "ScheduledProcedureStepID", "PerformedProcedureStepID",
    "PlacerOrderNumberImagingServiceRequest", "FillerOrderNumberImagingServiceRequest", "ServiceEpisodeID",
    "ClinicalTrialSubjectID", "MilitaryRank", "InsurancePlanIdentification",
)  # fmt: skip
_PLACES = ("InstitutionName", "InstitutionAddress", "PatientAddress", "CurrentPatientLocation")
_WORDS = frozenset({"LO", "SH", "LT", "ST", "UT", "UC", "UR", "PN", "AE"})
_SHORT = frozenset({"CS", "IS", "DS", "DA"})
_COUNTED = frozenset({"IS", "DS"})
_PATIENTS = frozenset(map(Tag, ("PatientName", "OtherPatientNames", "PatientBirthName")))
_LEAST_NAME, _LEAST_NUMBER, _LEAST_AS_NUMBER = 3, 4, 6
_UNSPACED = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]{2,}")
"""Scripts whose words do not stand apart: a name in them is looked for within a text."""
_TITLES = frozenset({"mr", "ms", "dr", "st", "jr", "sr", "md", "ii", "iv", "ct", "us", "xr", "nm", "pt"})
"""Before or after a name, or a modality typed into it."""
_COMMON = frozenset({"anonymous", "anonymized", "unknown", "patient", "test", "phantom", "none", "doctor", "removed"})


def identifiers(dataset: Dataset, profile: Profile) -> frozenset[str]:
    """Lower-case words and numbers by which the object names persons and places, at any depth."""
    found: set[str] = set()
    numbers = {Tag(keyword) for keyword in _NUMBERS}
    places = set() if profile.has("retain-institution") else {Tag(keyword) for keyword in _PLACES}
    for element in dataset.iterall():
        if element.VR == "PN":
            for text in _texts(element.value):
                found.update(word for word in _split(text) if len(word) >= _LEAST_NAME and not word.isdigit())
                found.update(_UNSPACED.findall(re.sub(r"[\^ ]", "", text)))
                if element.tag in _PATIENTS:
                    found.update(_short(text))
        elif element.tag in numbers:
            found.update(text for text in map(_plain, _texts(element.value)) if len(text) >= _LEAST_NUMBER)
        elif element.tag in places:
            found.update(text for text in map(_plain, _texts(element.value)) if len(text) > _LEAST_NUMBER)
    return frozenset(found - _COMMON)


def echoes(dataset: Dataset, known: frozenset[str]) -> Iterator[tuple[Dataset, int]]:
    """(item, tag) of each text that holds one of the identifiers as a word. Descends into sequences."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from echoes(item, known)
        elif element.VR in _WORDS:
            if any(_holds(text, known) for text in _texts(element.value)):
                yield dataset, element.tag
        elif element.VR in _SHORT and any(_is(text, known, element.VR) for text in _texts(element.value)):
            yield dataset, element.tag


def _short(name: str) -> Iterator[str]:
    """Family and given names of two letters, as many Chinese, Korean and Vietnamese ones are."""
    for group in name.split("="):
        for part in group.split("^")[:2]:
            yield from (word for word in _split(part) if len(word) == 2 and word.isalpha() and word not in _TITLES)


def _is(text: str, known: frozenset[str], vr: str) -> bool:
    """Of a code or a number: whether it is, as a whole, an identifier with a digit in it. A number of few digits, a
    window's width for one, is so by chance too often."""
    plain = _plain(text)
    short = vr in _COUNTED and len(plain) < _LEAST_AS_NUMBER
    return not short and plain in known and any(map(str.isdigit, text))


def _holds(text: str, known: frozenset[str]) -> bool:
    plain = _plain(text)
    words = set(_split(text))
    return any(one in words or (_within(one) and one in plain) for one in known)


def _within(one: str) -> bool:
    """Whether an identifier is looked for within words, too."""
    return (len(one) > _LEAST_NUMBER and not one.isalpha()) or _UNSPACED.fullmatch(one) is not None


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, MultiValue | list) else [str(value)]


def _plain(text: str) -> str:
    return text.strip(" \0").lower()


def _split(text: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", text.lower()) if word]
