"""What is in memory stays there: keys and passwords of a process that dies must not lie in a core file."""

from __future__ import annotations

import contextlib


def no_core_files() -> None:
    """From now on neither this process nor one that it starts leaves a core file, and nobody can lift that again.
    Windows keeps none of its own accord."""
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
