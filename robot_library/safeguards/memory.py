"""What is in memory stays there: keys and passwords of a process that dies must not lie in a core file."""

from __future__ import annotations

import contextlib

_NEITHER = 1
"""Bytes. Too few for a core file; and Linux hands no core to a program either (`core_pattern` with a pipe, as of apport
and systemd-coredump), which it would with a limit of 0: core(5), fs/coredump.c."""
_PR_SET_DUMPABLE = 4


def no_core_files() -> None:
    """From now on neither this process nor one that it starts leaves a core file, and nobody can lift that again.
    Windows keeps none of its own accord."""
    try:
        import resource
    except ImportError:
        return
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (_NEITHER, _NEITHER))
    except (OSError, ValueError):  # whoever started us has set it to 0 for good: this process at least
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _not_dumpable()


def _not_dumpable() -> None:
    """No core of this process goes anywhere (Linux)."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
