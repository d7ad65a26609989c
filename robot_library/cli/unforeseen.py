"""What nobody has foreseen, on a terminal: where it happened, and never what it says, which may name a patient. For
commands; worker and office have a log that does the same (unattended/logs.py)."""

from __future__ import annotations

import logging
import os
import sys
import threading
from types import TracebackType

SHOW = "WETREAD_TRACEBACK"
"""Set to 1 by whoever looks for a mistake in code, where no patient's data is at hand."""


def withhold() -> None:
    """From now on, in this process: no text of an exception, a warning or another library's message is printed."""
    if os.environ.get(SHOW) == "1":
        return
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)
    # What an object says while it goes, and what is left to do at the end.
    sys.unraisablehook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Formatter())
    logging.captureWarnings(True)


class _Formatter(logging.Formatter):
    """Of messages that no log has been set up for."""

    def format(self, record: logging.LogRecord) -> str:
        from robot_library.unattended.logs import places, said

        failure = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        return said(record) + (f" [{places(failure)}]" if failure is not None else "")


def _uncaught(kind: type[BaseException], failure: BaseException | None, trace: TracebackType | None) -> None:
    from robot_library.unattended.logs import places

    if failure is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.__excepthook__(kind, failure or kind(), trace)
        return
    print(
        f"wetread: something that nobody has foreseen: {places(failure)}. What it says is withheld, because it "
        f"may name a patient. Please report this line; with {SHOW}=1 all of it is shown.",
        file=sys.stderr,
    )
