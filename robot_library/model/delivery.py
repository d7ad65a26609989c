"""`deliveries:` of site.yaml or a bot: where a report goes once it is released. One kind to an entry."""

from __future__ import annotations

from typing import Literal, cast

from pydantic import Field, field_validator, model_validator

from robot_library.model.address import split_address
from robot_library.model.alerting import on_this_machine
from robot_library.model.base import Frozen
from robot_library.model.credential import CredentialName, without_password

TargetKind = Literal["fhir", "hl7", "dicom_web", "dicom", "folder"]
DicomObject = Literal["sr", "narrative", "seg", "picture"]
"""sr: structured report (TID 1500) · narrative: the report's own words (SR, TID 2000) · seg: segmentation · picture:
secondary capture of the film with its map."""
Format = Literal["pdf", "text", "fhir", "hl7", "sr", "narrative", "seg", "picture"]
When = Literal["reviewed", "released"]


def _safe(url: str) -> str:
    parts = split_address(without_password(url))
    if parts.scheme != "https" and not (parts.scheme == "http" and on_this_machine(parts.hostname or "")):
        raise ValueError("the address begins with https://, or with http:// on this machine")
    return url.rstrip("/")


class FhirTarget(Frozen):
    """A FHIR R4 server. One DiagnosticReport for each report; a later version updates it."""

    url: str
    """Base address, as in https://ehr.example/fhir."""
    credential: CredentialName | None = None
    """Name of the credential in the vault: user and password, or with the user `bearer` a token."""
    by: Literal["conditional_update", "create"] = "conditional_update"
    """conditional_update: PUT ?identifier=…, which never makes two. create: POST with If-None-Exist, then PUT by id."""
    systems: dict[str, str] = {}
    """URI of each issuer of patient numbers (the name as DICOM has it), and of `accession`, `placer`, `filler`."""
    pdf: bool = False
    """The report as PDF within it."""
    authority: str | None = None
    """File with the certificate of the hospital's own authority (PEM), where the machine does not know it."""

    _checked = field_validator("url")(_safe)


class Hl7Target(Frozen):
    """A receiver of HL7 v2 ORU^R01 over MLLP."""

    host: str
    port: int = Field(ge=1, le=65535)
    security: Literal["tls", "clear"] = "tls"
    """clear: not encrypted, only in a network you trust."""
    authority: str | None = None
    """File with the certificate of the hospital's own authority (PEM)."""
    application: str = ""
    """Receiving application (MSH-5)."""
    facility: str = ""
    """Receiving facility (MSH-6)."""
    we: str = "WETREAD"
    """Sending application (MSH-3)."""
    our_facility: str = ""
    """Sending facility (MSH-4)."""
    processing: Literal["P", "T"] = "P"
    """MSH-11: P production, T training."""
    pdf: bool = False
    """The report as PDF within it (OBX of type ED)."""


class DicomWebTarget(Frozen):
    """A PACS that takes objects by STOW-RS."""

    url: str
    """Address of DICOMweb, as in https://pacs.example/dicom-web."""
    credential: CredentialName | None = None
    objects: tuple[DicomObject, ...] = ("sr", "seg", "picture")
    """What is sent; what a report does not have is left out."""
    authority: str | None = None

    _checked = field_validator("url")(_safe)


class DicomTarget(Frozen):
    """A PACS that takes objects by C-STORE."""

    host: str
    port: int = Field(ge=1, le=65535)
    aet: str = Field(pattern=r"^[A-Za-z0-9_ -]{1,16}$")
    """Its application entity title."""
    calling: str = Field(default="WETREAD", pattern=r"^[A-Za-z0-9_ -]{1,16}$")
    """Ours."""
    security: Literal["tls", "clear"] = "tls"
    """clear: not encrypted, only in a network you trust."""
    authority: str | None = None
    objects: tuple[DicomObject, ...] = ("sr", "seg", "picture")


class FolderTarget(Frozen):
    """A folder that another system takes reports from: one folder for each version, there whole or not at all."""

    path: str
    """May name an environment variable: ${NAME}."""
    formats: tuple[Format, ...] = ("pdf", "fhir")


class Delivery(Frozen):
    """One receiver: one kind, and for which statuses and bots."""

    about: str = ""
    fhir: FhirTarget | None = None
    """A FHIR server."""
    hl7: Hl7Target | None = None
    """An HL7 v2 interface."""
    dicom_web: DicomWebTarget | None = None
    """A PACS, by STOW-RS."""
    dicom: DicomTarget | None = None
    """A PACS, by C-STORE."""
    folder: FolderTarget | None = None
    """A folder."""
    statuses: tuple[When, ...] = ("released",)
    """reviewed: as preliminary, before it is released. Corrections go out when they are released, to everybody who got
    what they replace."""
    bots: tuple[str, ...] = ()
    """Reports of these bots only; without it, of all. Not in a bot's own file."""

    @model_validator(mode="after")
    def _one_kind(self) -> Delivery:
        if len(self._kinds()) != 1:
            raise ValueError("a delivery is of one kind: fhir, hl7, dicom_web, dicom or folder")
        if not self.statuses:
            raise ValueError("'statuses' names reviewed, released or both")
        return self

    def _kinds(self) -> list[str]:
        return [name for name in ("fhir", "hl7", "dicom_web", "dicom", "folder") if getattr(self, name) is not None]

    @property
    def kind(self) -> TargetKind:
        """Its one kind."""
        return cast(TargetKind, self._kinds()[0])

    @property
    def in_words(self) -> str:
        """Where to, for lists."""
        match self.kind:
            case "fhir" | "dicom_web":
                return str(getattr(self, self.kind).url)
            case "folder":
                return self.folder.path if self.folder else ""
            case kind:
                return f"{getattr(self, kind).host}:{getattr(self, kind).port}"
