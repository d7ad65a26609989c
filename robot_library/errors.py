"""Every error wetread raises, as one tree.

    WetreadError
      AuthoringError            the files are wrong; all diagnostics at once         exit 2
      SetupError                this machine: browser, model hash, credential        exit 3
        UnknownName             a name or an item's first letters that nothing here has    exit 2
        AuditBroken             the audit trail cannot be written: nothing that must be audited goes on
      LineStopped               nothing goes on until a person says so, or a system opens
      ReleaseRefused            a report cannot be reviewed, released, corrected, taken back as it stands, or by whom
      NotDelivered              a receiver did not take a report: tried again, or a person must look
      BusinessException         this item is wrong; never retried
        PatientMismatch         two sources name different persons                   refused
        TooFewIdentifiers       identity cannot be proven from what is shown         needs_person
        StudyNotFound           no study, or not the one that was asked for          refused
        StudyIncomplete         fewer images than the PACS or EHR says there are     needs_person
        StudyUnreadable         an object that cannot be decoded exactly             refused
        StudyShared             the study is already reported under another order    needs_person
        OrderChanged            cancelled, merged, or another procedure              refused
        OrderHeld               locked, or a person has begun to write               needs_person
        OutOfDate               waited too long while a system was down              needs_person
        VersionNotVerified      the application's version is none that its screen map was verified on    needs_person
        ScreensMoved            a canary did not find screens as mapped              needs_person
        ReportExists            a report is there already                            already_reported
        NotATestPatient         practice in production met a patient who is none of the test patients    refused
        NotThePatient           whoever started it says that this is not the patient         refused
        ItemTaken               a person took the item out of the bot's hands        needs_person
      ApplicationException      the world is wrong; retried, then a person
        ScreenNotReached, TargetNotFound, TargetAmbiguous, TypingNotProven, DriverLost, Timeout
        SawTooLongAgo         nothing was pressed: the guard looked seconds ago, and looks again
        SystemDown            a system does not answer: its items wait until it does
        SignInFailed          the sign-in led nowhere
          SignInRefused, PasswordExpired, SecondFactorAsked    a person mends the credential; its line stops
          LicencesFull, SignedInElsewhere                      asked again later; no failure of the item
      NeedsPerson               outcome unknown, or confidence too low               needs_person
    RunCancelled(BaseException) plug-ins cannot swallow it
    LineHeld(BaseException)     not now: the line is stopped, or its turn has not come; no failure of the item
      HandsOff                  a person is at the mouse or keyboard of the bot's screen; its line stops

A message names the place, the thing, the cause and the cure; never a typed value or patient data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from robot_library.model.diagnostic import Diagnostic

Outcome = Literal["typed", "needs_person", "refused", "already_reported", "shadow"]
"""What became of an item. `shadow`: a shadow has seen it and done nothing; the code says why it would have stopped."""


class WetreadError(Exception):
    """Root of the tree. `cure` says what to do about it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, cure: str = "", place: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure
        self.place = place

    @property
    def code(self) -> str:
        """The class's name: stable, greppable, free of patient data."""
        return type(self).__name__

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        cure = f" {self.cure}" if self.cure else ""
        return f"{where}{self.message}{cure}"


class AuthoringError(WetreadError):
    """The author's files are wrong; carries every diagnostic found."""

    exit_code = 2

    def __init__(self, diagnostics: list[Diagnostic] | tuple[Diagnostic, ...] | str, *, place: str = "") -> None:
        self.diagnostics: tuple[Diagnostic, ...] = () if isinstance(diagnostics, str) else tuple(diagnostics)
        text = diagnostics if isinstance(diagnostics, str) else "\n".join(str(d) for d in self.diagnostics)
        super().__init__(text, place=place)


class SetupError(WetreadError):
    """This machine lacks something; the cure says what to install or set."""

    exit_code = 3


class UnknownName(SetupError):
    """Nothing here has the name, or the first letters, that were given; or more than one thing begins so."""

    exit_code = 2


class AuditBroken(SetupError):
    """The audit trail cannot be written, or is damaged: what must be audited does not happen."""


class LineStopped(WetreadError):
    """Nothing goes on: the line is stopped, or a system is closed. The items stay in the queue."""


class ReleaseRefused(WetreadError):
    """This version of a report cannot be reviewed, released, corrected or taken back: as it stands, or by this role."""


class ApprovalRefused(WetreadError):
    """A bot cannot be let go further so: by this person, in this step, or as it is now."""


class IncidentRefused(WetreadError):
    """An incident cannot be recorded or closed as it was said, or a file is no bundle of one."""


class NotDelivered(WetreadError):
    """A receiver did not take a report. `reason` is its code; `again` False: trying again would change nothing."""

    def __init__(self, reason: str, message: str, *, again: bool = True, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.reason, self.again = reason, again


class ItemError(WetreadError):
    """Something that ends or suspends one work item; `outcome` is what the item becomes."""

    outcome: ClassVar[Outcome] = "needs_person"


class BusinessException(ItemError):
    """This item is wrong: set aside with its reason, never retried."""

    outcome: ClassVar[Outcome] = "refused"


class PatientMismatch(BusinessException):
    """Two independent sources name different persons."""


class NotATestPatient(BusinessException):
    """Whoever practises in production works on named test patients alone, and this is none."""


class TooFewIdentifiers(BusinessException):
    """Fewer than two identifiers of the person could be compared."""

    outcome = "needs_person"


class StudyNotFound(BusinessException):
    """No study, or not the one that was asked for."""


class StudyIncomplete(BusinessException):
    """Fewer images are there than were announced."""

    outcome = "needs_person"


class StudyUnreadable(BusinessException):
    """An object that cannot be decoded exactly as DICOM says."""


class StudyShared(BusinessException):
    """The study has already been taken for another order."""

    outcome = "needs_person"


class OrderChanged(BusinessException):
    """The order was cancelled, merged or became another procedure."""


class OrderHeld(BusinessException):
    """The order is locked, or a person has begun to write."""

    outcome = "needs_person"


class ReportExists(BusinessException):
    """A report is there already: signed, or somebody's text."""

    outcome = "already_reported"


class NotThePatient(BusinessException):
    """Whoever started the item by hand says that the bot has another patient before it."""

    outcome = "refused"


class ItemTaken(BusinessException):
    """A person has taken the item out of the bot's hands."""

    outcome = "needs_person"


class OutOfDate(BusinessException):
    """The item waited for a system that was down, for longer than it is wanted without a person's word."""

    outcome = "needs_person"


class VersionNotVerified(BusinessException):
    """The application shows a version that its screen map was not verified on, or none: nothing is typed."""

    outcome = "needs_person"


class ScreensMoved(BusinessException):
    """A canary looked at the screens, and targets are not where the map says."""

    outcome = "needs_person"


class ApplicationException(ItemError):
    """The world is wrong: retried, then given to a person."""


class ScreenNotReached(ApplicationException):
    """A screen did not appear, or another one did."""


class TargetNotFound(ApplicationException):
    """None of a target's locators matched."""


class TargetAmbiguous(ApplicationException):
    """A locator matched more than one thing."""


class TypingNotProven(ApplicationException):
    """What was read back is not what was typed."""


class SawTooLongAgo(ApplicationException):
    """Nothing was pressed: so many seconds have gone by since the guard looked that it must look again."""

    AFTER: ClassVar[float] = 3.0


class SystemDown(ApplicationException):
    """A system does not answer: refused, not found, 502, 503, 504. No item's fault; the engine asks it and holds.

    `why` is a code such as ERR_CONNECTION_REFUSED or HTTP 503.
    """

    def __init__(self, message: str, *, why: str = "", cure: str = "Is the system up?", place: str = "") -> None:
        super().__init__(message, cure=cure, place=place)
        self.why = why


class SignInFailed(ApplicationException):
    """The system refused the credential, or its sign-in page is not the expected one."""


class SignInRefused(SignInFailed):
    """The system refused the credential. It is tried once; more would lock the account."""


class PasswordExpired(SignInFailed):
    """The password has expired: a person gives a new one."""


class SecondFactorAsked(SignInFailed):
    """The system asks for a one-time code, and the vault has no seed for it."""


class LicencesFull(SignInFailed):
    """Nobody more may sign in at the moment: every licence is taken."""


class SignedInElsewhere(SignInFailed):
    """The account is in use at another place."""


class DriverLost(ApplicationException):
    """The browser or its connection is gone."""


class Timeout(ApplicationException):
    """A step or block did not finish in its time."""


class NeedsPerson(ItemError):
    """The outcome is unknown, or confidence is too low: a person decides.

    `decided`: the workflow itself gives the item to a person here, or what was read before an interruption is no longer
    so. It is no failure that other steps could make good, and no `on_error` passes over it.
    """

    def __init__(self, message: str, *, cure: str = "", place: str = "", decided: bool = False) -> None:
        super().__init__(message, cure=cure, place=place)
        self.decided = decided


class RunCancelled(BaseException):
    """The run was stopped from outside. Not an Exception, so that plug-ins cannot swallow it."""


class LineHeld(BaseException):
    """Not now: the line is stopped, a system is closed, or nobody more may sign in. What was begun is laid down where
    it stands and taken up again later; the item has not failed. Not an Exception, so that no step can swallow it.

    `scope` says what is held (`all`, `bot:…`, `system:…`, `credential:…`), `until` from when on it may be asked
    again, in seconds since 1970. `reason` names systems and times only.
    """

    def __init__(self, code: str, reason: str, *, scope: str = "", until: float = 0.0) -> None:
        super().__init__(reason)
        self.code, self.reason, self.scope, self.until = code, reason, scope, until


class HandsOff(LineHeld):
    """A person is at the mouse or the keyboard of the screen that a bot works on. The bot is stopped; its item is laid
    down, and begins its unfinished part anew when they let it: what is on the screen by then is read anew."""

    def __init__(self, reason: str) -> None:
        super().__init__("HandsOff", reason)
