"""The one place that sets up logging, for office and workers alike: text for people, JSON lines for programs.

Nothing of a patient is logged. Our own messages name things and places; what stands in an address, a date, or a number
long enough to be somebody's is covered all the same. Other people's libraries put what they please into theirs: of
those only the pattern is kept, never what was filled in. Of an exception only its class and its places are told.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO, cast

from robot_library.model.shown import on_one_line

Format = Literal["text", "json"]
VARIABLE = "WETREAD_LOG_FORMAT"
COVER = "•••"
OURS = "wetread"
FIELDS = ("item", "bot", "code", "worker", "slot", "system", "alert")
"""What a message of ours may carry beside its text (`extra=`): names and opaque ids."""
_COVERED = re.compile(
    r"(?P<address>\b[a-z][a-z0-9+.-]*://[^\s/?#'\"]+)[^\s'\"]*"  # an address beyond its host
    r"|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{4}\b"  # a date
    r"|\b\d{6,}\b|\b\d+(?:\.\d+){3,}\b(?!:)"  # a number that may be somebody's; a UID
    r"|\b[^\s^]+\^[^\s]+"  # a DICOM name
)
_PLACEHOLDER = re.compile(r"%[-#0 +]*[\d*]*(?:\.[\d*]+)?[hlL]?[diouxXeEfFgGcrsa]|\{[^{}]*\}")


def covered(text: str) -> str:
    """Text with what might be somebody's covered. Loopback and plain IPv4 hosts stay."""
    return _COVERED.sub(_cover, text)


def _cover(match: re.Match[str]) -> str:
    if match["address"]:
        return match[0] if match[0] == match["address"] else f"{match['address']}/{COVER}"
    number = match[0]
    parts = number.split(".")
    host = len(parts) == 4 and all(part.isdecimal() and int(part) < 256 for part in parts)
    return number if host else COVER


def said(record: logging.LogRecord) -> str:
    """What may be told of a record."""
    if record.name == OURS or record.name.startswith(f"{OURS}."):
        return covered(record.getMessage())
    if record.args and isinstance(record.msg, str):
        return covered(_PLACEHOLDER.sub(COVER, record.msg))
    return f"a message of {record.name} ({record.module}:{record.lineno}), withheld"


def places(failure: BaseException) -> str:
    """An exception as its class and where it came from; never its text."""
    frames = traceback.extract_tb(failure.__traceback__)[-6:]
    where = " < ".join(f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(failure).__name__} at {where}" if where else type(failure).__name__


@contextmanager
def withheld() -> Iterator[None]:
    """While it lasts, whoever listens to this process's log hears only what may be told; of warnings, too. For logs
    that others have set up."""
    before, warned = logging.getLogRecordFactory(), warnings.showwarning

    def made(*args: Any, **more: Any) -> logging.LogRecord:
        record = before(*args, **more)
        failure = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        text = said(record) + (f" [{places(failure)}]" if failure is not None else "")
        record.msg, record.args, record.exc_info, record.stack_info = text, (), None, None
        return record

    logging.setLogRecordFactory(made)
    warnings.showwarning = lambda *args, **more: logging.getLogger("py.warnings").warning("%s", args[0])
    try:
        yield
    finally:
        logging.setLogRecordFactory(before)
        warnings.showwarning = warned


def _named(value: object) -> str:
    return on_one_line(covered(str(value)))


class _Formatter(logging.Formatter):
    def __init__(self, form: Format, process: str) -> None:
        super().__init__()
        self._form, self._process = form, process

    def format(self, record: logging.LogRecord) -> str:
        known = {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        failure = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        text = on_one_line(said(record)) + (f" [{places(failure)}]" if failure is not None else "")
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        if self._form == "json":
            line = {
                "time": moment, "level": record.levelname.lower(), "logger": record.name, "process": self._process,
                "message": text, **{name: _named(value) for name, value in known.items()},
            }  # fmt: skip
            return json.dumps(line, ensure_ascii=False)
        more = "".join(f" {name}={_named(value)}" for name, value in known.items())
        return f"{moment} {record.levelname.lower():<7} {record.name}: {text}{more}"


def configure(
    process: str, form: Format | None = None, *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Set up logging for this process, named `process` in each line. Replaces what was set up before.

    Without `form`, WETREAD_LOG_FORMAT decides, else text. Lines go to `stream`, or stderr.
    """
    chosen = form or os.environ.get(VARIABLE, "text")
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Formatter(cast(Format, chosen) if chosen in ("text", "json") else "text", process))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(level)
    for name in list(logging.Logger.manager.loggerDict):
        other = logging.getLogger(name)
        if other.handlers and not name.startswith(OURS):  # whoever brought a handler of his own writes through ours now
            other.handlers, other.propagate = [], True
    logging.captureWarnings(True)
    sys.excepthook = _uncaught


def _uncaught(kind: type[BaseException], failure: BaseException, trace: TracebackType | None) -> Any:
    """An exception nobody caught: told without its text."""
    if issubclass(kind, KeyboardInterrupt):
        return sys.__excepthook__(kind, failure, trace)
    logging.getLogger(OURS).critical("uncaught", exc_info=(kind, failure, trace))
    return None
