"""DICOMweb: find a study by QIDO-RS, fetch it by WADO-RS, byte for byte as the PACS keeps it.

Some servers (Orthanc 1.10) do not percent-decode query values. So a value is sent as it is where a URL allows
its characters, `?` (DICOM's wildcard for one character) in place of the others, and answers are compared here.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from robot_library.errors import ApplicationException, SignInFailed, StudyNotFound, SystemDown, Timeout
from robot_library.imaging.received import FoundStudy, Received, checked_uid
from robot_library.imaging.sources.multipart import AnswerError, split_multipart
from robot_library.interfaces import BlobStore

# httpx logs every URL at INFO, and ours hold accession numbers.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

T = TypeVar("T")
_PAGE = 200
_LARGEST_LIST = 16 << 20
UNRESERVED = re.compile(r"[^A-Za-z0-9._~-]")


@dataclass(frozen=True)
class DicomWeb:
    """One DICOMweb server. `url` ends before /studies; `auth` is (user, password) for Basic, or None."""

    url: str
    auth: tuple[str, str] | None = None
    timeout_s: float = 60.0
    ca_file: str = ""
    """The hospital's own certificate authority (PEM); "" trusts the system's."""
    object_bytes: int = 1 << 30
    total_bytes: int = 8 << 30

    def find_by_accession(self, accession: str) -> list[FoundStudy]:
        """Studies whose AccessionNumber is exactly this; [] when there is none. Raises ApplicationException."""
        found = self._search("AccessionNumber", accession)
        return [study for study in found if study.accession == accession.strip()]

    def find_by_uid(self, study_uid: str) -> FoundStudy:
        """The study of this UID. Raises StudyNotFound, ApplicationException."""
        for study in self._search("StudyInstanceUID", checked_uid(study_uid)):
            if study.study_uid == study_uid:
                return study
        raise _not_found()

    def find_where(self, where: Mapping[str, str], *, at_most: int = 10_000) -> list[FoundStudy]:
        """Studies by `modality` and `study_date` (YYYYMMDD), page after page. Raises ApplicationException."""
        words = {"modality": "ModalitiesInStudy", "study_date": "StudyDate"}
        query = "&".join(f"{words[name]}={UNRESERVED.sub('?', value)}" for name, value in where.items())
        found: dict[str, FoundStudy] = {}
        while len(found) < at_most:
            page = self._studies(f"{query}&limit={_PAGE}&offset={len(found)}&includefield=00100020", part=True)
            new = {study.study_uid: study for study in page if study.study_uid not in found}
            found |= new
            if len(page) < _PAGE or not new:  # a server that knows no offset says the same again
                break
        modality, day = where.get("modality", ""), where.get("study_date", "")
        return [s for s in found.values() if modality in ("", *s.modalities) and day in ("", s.study_date)]

    def retrieve(self, study_uid: str, blobs: BlobStore) -> list[Received]:
        """Every object of the study, in its stored transfer syntax.

        Raises StudyNotFound, SignInFailed, Timeout, ApplicationException (connection lost midway included: then
        nothing is returned, however much came).
        """
        path = f"/studies/{checked_uid(study_uid)}"
        accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'

        def receive(response: httpx.Response) -> list[Received]:
            parts = split_multipart(
                response.headers.get("content-type", ""),
                response.iter_bytes(),
                part_bytes=self.object_bytes,
                total_bytes=self.total_bytes,
            )
            return [Received(f"object {number}", blobs.put(part)) for number, part in enumerate(parts, start=1)]

        return self._get(path, accept, receive)

    def _client(self) -> httpx.Client:
        known = ssl.create_default_context(cafile=self.ca_file or None)
        # trust_env off: films must not travel through a proxy that is meant for the world outside.
        return httpx.Client(auth=self.auth, timeout=self.timeout_s, verify=known, trust_env=False)

    def _search(self, keyword: str, value: str) -> list[FoundStudy]:
        value = value.strip()
        if not value or not UNRESERVED.sub("", value):
            raise StudyNotFound("the key to search for is empty.", cure="Check that the screen showed it.")
        return self._studies(f"{keyword}={UNRESERVED.sub('?', value)}")

    def _studies(self, query: str, *, part: bool = False) -> list[FoundStudy]:
        fields = "&includefield=00201208&includefield=00081030&includefield=00080061"

        def receive(response: httpx.Response) -> list[FoundStudy]:
            said = _whole(response)
            if response.status_code == 204:
                return []
            return studies_in(said)

        return self._get(f"/studies?{query}{fields}", "application/dicom+json", receive, part=part)

    def _get(self, path: str, accept: str, receive: Callable[[httpx.Response], T], *, part: bool = False) -> T:
        url = self.url.rstrip("/") + path
        with (
            _translated(),
            self._client() as client,
            client.stream("GET", url, headers={"Accept": accept}) as response,
        ):
            _check_status(response.status_code, part=part)
            return receive(response)


def studies_in(said: bytes) -> list[FoundStudy]:
    """The studies of a QIDO-RS answer (DICOM JSON, PS3.18 F). AnswerError for anything else."""
    try:
        return [_found(entry) for entry in json.loads(said)]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise AnswerError("no DICOM JSON") from None


def _whole(response: httpx.Response) -> bytes:
    """A list's bytes, unpacked; AnswerError for more than any list of this length has."""
    data = bytearray()
    for chunk in response.iter_bytes():
        data += chunk
        if len(data) > _LARGEST_LIST:
            raise AnswerError("it is larger than the limits allow")
    return bytes(data)


def _not_found() -> StudyNotFound:
    return StudyNotFound("the PACS has no such study.", cure="Check the key; the study may not have arrived yet.")


def _check_status(status: int, *, part: bool) -> None:
    """`part`: whether a part will do. One study of an accession is only one if the list of them is whole."""
    if status in (401, 403):
        raise SignInFailed("the PACS refused the credential.", cure="Check the PACS user of this bot.")
    if status == 404:
        raise _not_found()
    if status in (502, 503, 504):
        raise SystemDown(f"the PACS does not answer (HTTP {status}).", why=f"HTTP {status}")
    if status == 206 and not part:
        raise ApplicationException("the PACS sent only a part (HTTP 206).", cure="Try again; look into the PACS's log.")
    if not 200 <= status < 300:
        raise ApplicationException(f"the PACS answered HTTP {status}.", cure="Look into the PACS's log.")


@contextmanager
def _translated() -> Iterator[None]:
    """httpx's errors quote URLs, which hold accession numbers: only their kind is passed on."""
    try:
        yield
    except httpx.TimeoutException:
        raise Timeout("the PACS did not answer in time.", cure="Try again; raise timeout_s if it is slow.") from None
    except httpx.ConnectError:
        raise SystemDown("the PACS does not answer.", cure="Is it up, and its address right?") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        kind = type(error).__name__
        raise ApplicationException(f"the PACS cannot be read ({kind}).", cure="Check its address.") from None
    except AnswerError as error:
        raise ApplicationException(f"the PACS's answer is malformed: {error}.", cure="Try again.") from None


def _found(entry: dict[str, Any]) -> FoundStudy:
    def values(tag: str) -> list[Any]:
        return list(entry.get(tag, {}).get("Value") or [])

    def first(tag: str) -> str:
        return str(next(iter(values(tag)), "")).strip()

    count = first("00201208")
    return FoundStudy(
        study_uid=first("0020000D"),
        accession=first("00080050"),
        instances=int(count) if count.isdigit() else None,
        study_date=first("00080020"),
        modalities=tuple(str(value) for value in values("00080061")),
        description=first("00081030"),
        patient_id=first("00100020"),
    )
