"""Who stands for a structured report: the bot that wrote it, the person who reviewed it, and whether it is verified.

Unverified as long as it is preliminary; a released one is verified by whoever released it.
"""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset

from robot_library.imaging.objects.origin import MAKER, line, uid
from robot_library.model.release import ReportVersion

_LANGUAGES = {"en": "English", "es": "Spanish", "de": "German", "fr": "French", "it": "Italian", "pt": "Portuguese"}


def signed(version: ReportVersion, organisation: str = "") -> dict[str, Any]:
    """Attributes of the SR document module, for highdicom."""
    final = version.released is not None
    return {
        "is_complete": final, "is_final": final, "is_verified": final, "specific_character_set": "ISO_IR 192",
        "verifying_observer_name": person(version.released.who) if version.released else None,
        "verifying_organization": (line(organisation) or MAKER) if final else None,
    }  # fmt: skip


def verified(made: Dataset, version: ReportVersion) -> None:
    """When it was, which is not now."""
    if version.released is not None:
        moment = version.released.at.strftime("%Y%m%d%H%M%S.%f+0000")
        made.VerifyingObserverSequence[0].VerificationDateTime = moment


def predecessor(version: ReportVersion, series: str, instance: str, kind: str) -> Dataset:
    """What a reference to an object sent earlier takes; its identifiers are known without having it. `kind`: its SOP
    class."""
    earlier = Dataset()
    earlier.StudyInstanceUID = version.content.study.uid
    earlier.SeriesInstanceUID, earlier.SOPInstanceUID, earlier.SOPClassUID = series, instance, kind
    return earlier


def observers(version: ReportVersion) -> Any:
    """The observation context (TID 1001)."""
    from highdicom.sr import (
        DeviceObserverIdentifyingAttributes,
        ObservationContext,
        ObserverContext,
        PersonObserverIdentifyingAttributes,
    )
    from pydicom.sr.codedict import codes

    who = version.released or version.reviewed
    device = ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(uid=uid(MAKER), name=MAKER),
    )
    if who is None:
        return ObservationContext(observer_device_context=device)
    human = ObserverContext(
        observer_type=codes.DCM.Person,
        observer_identifying_attributes=PersonObserverIdentifyingAttributes(name=person(who.who)),
    )
    return ObservationContext(observer_person_context=human, observer_device_context=device)


def language(tongue: str) -> Any:
    """What language it is in (TID 1204)."""
    from highdicom.sr import CodedConcept, LanguageOfContentItemAndDescendants

    short = tongue.split("-")[0].lower()
    return LanguageOfContentItemAndDescendants(CodedConcept(tongue, "RFC5646", _LANGUAGES.get(short, tongue)))


def person(who: str) -> str:
    """A user's name as a family name; a comma, as people write it, parts family and given name."""
    plain = line(who.translate(str.maketrans("^=", "  ")))
    family, _, given = plain.partition(",")
    return "^".join(part.strip() for part in (family, given) if part.strip())
