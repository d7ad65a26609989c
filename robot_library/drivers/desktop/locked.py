"""Whether a person's own screen is locked, as Linux's session manager (logind) has it.

A locked screen takes keys for its password: nothing may be typed there, and no item is to blame for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess

WHY = "session locked"
_ASK_S = 20.0


def is_locked() -> bool:
    """Whether it is. False also where nobody knows: no logind, or a session that it does not know."""
    program, session = shutil.which("loginctl"), os.environ.get("XDG_SESSION_ID")
    if program is None or not session:
        return False
    command = [program, "show-session", session, "--property=LockedHint", "--value"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return said.stdout.strip() == "yes"
