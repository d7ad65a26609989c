"""What a person is shown who is asked, and why somebody rejects: data of a review, beside the request itself."""

from __future__ import annotations

from typing import Literal

from robot_library.model.base import Frozen
from robot_library.model.finding import Decision, Finding
from robot_library.model.person import Identity
from robot_library.model.study import Image, Study

Rejection = Literal["", "wrong_image", "poor_image", "model_wrong", "not_this_question", "other"]
"""Why a finding was rejected, as a code: free text could name a patient."""


OURS = frozenset({"study_uid", "study_date", "images", "basis", "model", "reasons"})
"""Template fields that say what was read, by whom and why it may be reported: nobody else's to fill."""


class DraftField(Frozen):
    """One field of the report's template. Clerks edit those that are `administrative`; nobody edits `ours`, which say
    what was read and by whom."""

    id: str
    label: str
    section: str = ""
    long: bool = False
    administrative: bool = False
    ours: bool = False


class Place(Frozen):
    """A screen of a role, for one key: where the study opens in the PACS."""

    screen: str
    where: dict[str, str] = {}


class Asked(Frozen):
    """All it takes to answer, as it stood when the bot asked. `patients`: what independent sources said, and agreed on.

    `drafts` has the report's fields for each decision that can be taken.
    """

    kind: Literal["asked"] = "asked"
    finding: Finding
    patients: tuple[Identity, ...] = ()
    images: tuple[Image, ...] = ()
    study: Study | None = None
    order: dict[str, str] = {}
    template: str = ""
    fields: tuple[DraftField, ...] = ()
    drafts: dict[Decision, dict[str, str]] = {}
    pacs: Place | None = None
