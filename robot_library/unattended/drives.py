"""Where the state may lie: on a disk of this machine that is still there tomorrow.

SQLite's log, the locks between processes and "every commit is on disk" hold on local disks only; a network drive
breaks them silently, and a temporary one is empty after a restart.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from robot_library.errors import SetupError

_NETWORK = ("nfs", "cifs", "smb", "afs", "ncpfs", "9p", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.davfs")
_MEMORY = ("tmpfs", "ramfs")
_MOUNTS = Path("/proc/self/mountinfo")
_WINDOWS = {2: "a removable drive", 4: "a network drive", 5: "a CD", 6: "a drive in memory"}


def check_home(home: Path) -> None:
    """SetupError if a folder is no place for queue, journal and evidence."""
    if what := unfit(home):
        raise SetupError(
            f"the home {home} lies on {what}: what is written there may be lost or torn.",
            cure="Name a folder on a local disk with --home, or say --unsafe-home if you know what you do.",
        )


def unfit(folder: Path) -> str:
    """What is wrong with a folder's drive, in words; "" if nothing is known to be. The folder need not exist yet."""
    there = folder.expanduser().resolve()
    if sys.platform == "win32":
        return _on_windows(there) or _temporary(there)
    return _by_mount(there, _mounts()) or _temporary(there)


def _mounts() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux: nothing is known
        return ""


def _by_mount(folder: Path, mountinfo: str) -> str:
    """By the kind of the deepest mount that holds the folder; a later mount covers an earlier one."""
    best, kind = Path(), ""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:
            continue
        mount = Path(_unescaped(fields[4]))
        if folder.is_relative_to(mount) and len(mount.parts) >= len(best.parts):
            best, kind = mount, after.split()[0]
    if kind.startswith(_NETWORK):
        return f"a network drive ({kind})"
    return f"a drive in memory ({kind})" if kind in _MEMORY else ""


def _unescaped(mount: str) -> str:
    for code, sign in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        mount = mount.replace(code, sign)
    return mount


def _on_windows(folder: Path) -> str:
    if sys.platform != "win32":
        return ""
    import ctypes

    if str(folder).startswith("\\\\"):
        return "a network drive"
    return _WINDOWS.get(ctypes.windll.kernel32.GetDriveTypeW(folder.anchor), "")


def _temporary(folder: Path) -> str:
    return "the system's temporary folder" if folder.is_relative_to(Path(tempfile.gettempdir()).resolve()) else ""
