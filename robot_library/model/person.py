"""Who a patient is, as one source says it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from robot_library.model.base import Frozen

IdentifierKind = Literal["patient_id", "name", "birth_date"]


class PatientId(Frozen):
    """A patient number with the authority that issued it; issuer None means the source does not say."""

    value: str
    issuer: str | None = None


class PersonName(Frozen):
    """One spelling of a name by component (PS3.5 PN); compare by component, never by substring."""

    family: str = ""
    given: str = ""
    middle: str = ""
    prefix: str = ""
    suffix: str = ""


class Identity(Frozen):
    """What one source says about a person.

    `source` names where it was read ("screen:ehr.order", "dicom"); two identities with the same `system`
    are not independent. `names` holds the groups of one name (alphabetic, ideographic, phonetic); `aliases`
    and `merged_ids` come only from the EHR's own alias or merge record. `looked_up_by` lists the identifier
    kinds that were used to find this record: they prove nothing.
    """

    source: str
    system: str
    ids: tuple[PatientId, ...] = ()
    names: tuple[PersonName, ...] = ()
    birth_date: date | None = None
    aliases: tuple[PersonName, ...] = ()
    merged_ids: tuple[PatientId, ...] = ()
    looked_up_by: frozenset[str] = frozenset()
