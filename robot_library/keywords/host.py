"""Keywords for one bot: which it may use, on which files, and a thread of their own for each item."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from robot_library.errors import ApplicationException, AuthoringError, NeedsPerson, SetupError, WetreadError
from robot_library.interfaces import KeywordCall
from robot_library.keywords import robot_side
from robot_library.keywords.effects import CLOSERS, drives_screens, folded
from robot_library.keywords.files import Folders, is_path, misplaced, readable, unpackable, with_paths
from robot_library.keywords.signature import LibraryInfo, Signature
from robot_library.keywords.thread import OwnThread
from robot_library.keywords.values import NotData
from robot_library.model.keywords import KeywordRules


@dataclass(frozen=True)
class RobotKeywords:
    """Implements interfaces.KeywordHost."""

    rules: KeywordRules
    folders: Folders
    credential: Callable[[str], Any] | None = None

    def session(self) -> KeywordSession:
        """Libraries for one part of one item."""
        return KeywordSession(self)

    def may(self, library: str) -> bool:
        """Whether bots of this site may use a library."""
        if drives_screens(library):
            return library in self.rules.unguarded
        return library in self.rules.allow or library in self.rules.unguarded


@dataclass
class KeywordSession:
    """Implements interfaces.Keywords: library instances that no other item ever sees."""

    host: RobotKeywords
    _thread: OwnThread = field(default_factory=OwnThread)
    _made: dict[tuple[str, str], Any] = field(default_factory=dict)
    _lost: set[str] = field(default_factory=set)

    async def ready(self, call: KeywordCall) -> None:
        """Everything about a call that can be wrong before it is made."""
        self._allowed(call)
        await self._thread.run(lambda: self._prepared(call), call.within)

    def _allowed(self, call: KeywordCall) -> None:
        if not self.host.may(call.library):
            raise AuthoringError(f"library {call.library} is not among those that this site lets bots use.")
        if call.library in self._lost:
            raise NeedsPerson(
                f"what {call.library} held was lost with the interruption, and what filled it is not done again.",
                cure="A person looks how far it came.",
            )

    async def run(self, call: KeywordCall) -> Any:
        """Make the call in the item's own thread; its value as plain data."""
        self._allowed(call)
        return await self._thread.run(lambda: _made(call, self._prepared(call)), call.within)

    def forget(self, library: str) -> None:
        """What this library held is not there any more: a call that filled it was made before an interruption."""
        self._lost.add(library)

    async def close(self) -> None:
        """Let go of every library. A failure to close one changes nothing for the item."""
        made, self._made = self._made, {}
        if made:
            await self._thread.run(lambda: _close_all(made), 20.0, quiet=True)
        self._thread.end()
        self._thread, self._lost = OwnThread(), set()

    # ---- in the thread ----

    def _prepared(self, call: KeywordCall) -> Callable[[], Any]:
        try:
            info = robot_side.library_info(call.library)
            signature = signature_of(info, call.name)
            values = self._whole(call.library, signature, call.arguments)
            if call.library == "RPA.Archive" and signature.name.startswith("Extract"):
                _unpackable(values)
            if call.library == "RPA.Excel.Files" and signature.name == "Open Workbook":
                _readable(values)
            return robot_side.prepared(self._library(call, info), signature.name, signature, values)
        except robot_side.NoSuchLibrary as failure:
            raise SetupError(f"library {call.library} {failure}.", cure=robot_side.CURE) from None
        except ValueError:
            raise AuthoringError(f"an argument of {call.name!r} is missing, unknown, or not of its type.") from None

    def _library(self, call: KeywordCall, info: LibraryInfo) -> Any:
        key = (call.library, json.dumps(dict(call.settings), sort_keys=True, default=str))
        if key not in self._made:
            settings = self._whole(call.library, info.init, call.settings)
            try:
                self._made[key] = robot_side.make(call.library, settings, self.host.credential)
            except (robot_side.NoSuchLibrary, WetreadError):
                raise
            except Exception as failure:
                raise ApplicationException(
                    f"library {call.library} could not be made ({type(failure).__name__}).",
                    cure="Look at its `settings`.",
                ) from None
        return self._made[key]

    def _whole(self, library: str, signature: Signature, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values, every path made whole. AuthoringError for one that leads out of the folders."""
        made = {}
        for name, value in values.items():
            argument = signature.argument(name)
            named = argument if argument is not None and argument.way != "kwargs" else None
            if is_path(library, signature.name, name, named.type if named else ""):
                try:
                    value = with_paths(value, self.host.folders)
                except ValueError:
                    raise _outside(name, signature) from None
            if misplaced(library, signature.name, name, value):
                raise _outside(name, signature)
            made[name] = value
        return made


def _outside(argument: str, signature: Signature) -> AuthoringError:
    return AuthoringError(
        f"{argument!r} of {signature.name!r} names a file outside the folders that keywords may use. "
        "Files lie in the project's folder, or in one of site.yaml's `keywords: folders`."
    )


def _unpackable(values: Mapping[str, Any]) -> None:
    if not unpackable(Path(str(values.get("archive_name", "")))):
        raise NeedsPerson(
            "the archive would unpack outside its folder or to far too much, or holds a link, or is damaged.",
            cure="A person looks where it comes from; it is not unpacked.",
        )


def _readable(values: Mapping[str, Any]) -> None:
    if not readable(Path(str(values.get("path", "")))):
        raise NeedsPerson(
            "the workbook would unpack to far too much; it was not opened.", cure="A person looks where it comes from."
        )


def signature_of(info: LibraryInfo, name: str) -> Signature:
    """A keyword's signature. AuthoringError if the library has none of this name."""
    found = info.keywords.get(folded(name))
    if found is None:
        raise AuthoringError(f"library {info.name} has no keyword {name!r}.")
    return found


_WITHHELD = "Its words are withheld, they may hold a patient's; the keyword's own reference tells more."
_CURES: dict[type[Exception], str] = {
    FileNotFoundError: "A file or folder that it names is not there.",
    FileExistsError: "A file that it would make is there already.",
    PermissionError: "A file that it names may not be read or written, or is open elsewhere.",
    ConnectionError: "The server that it asks for does not answer.",
    TimeoutError: "The server that it asks for did not answer in time.",
}


def _made(call: KeywordCall, work: Callable[[], Any]) -> Any:
    """The call itself. Of a failure only its class is told: its text may hold a patient's values."""
    try:
        return work()
    except WetreadError:
        raise
    except NotData as thing:
        if call.named:
            raise AuthoringError(
                f"{call.name!r} gives a thing ({thing}) that only {call.library} understands; it cannot be named."
            ) from None
        return None
    except Exception as failure:
        if robot_side.not_in_a_run(failure):
            raise AuthoringError(f"{call.name!r} works only inside a Robot Framework run.") from None
        raise ApplicationException(
            f"keyword {call.name!r} of {call.library} failed with {type(failure).__name__}.",
            cure=next((words for kind, words in _CURES.items() if isinstance(failure, kind)), _WITHHELD),
        ) from None


def _close_all(made: Mapping[tuple[str, str], Any]) -> None:
    for (name, _), library in made.items():
        closer = CLOSERS.get(name)
        if closer is not None:
            robot_side.close(library, closer)
