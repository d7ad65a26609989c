"""Where a home may lie."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from robot_library.errors import SetupError
from robot_library.unattended.drives import _by_mount, check_home, unfit

MOUNTS = """\
22 28 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:25 / /run rw,nosuid - tmpfs tmpfs rw,size=800000k
40 22 0:40 / /mnt/share rw,relatime - nfs4 files:/export rw,vers=4.2
41 22 0:41 / /mnt/old\\040share rw,relatime - cifs //files/old rw
42 40 0:42 / /mnt/share/local rw,relatime - xfs /dev/sdb1 rw
43 22 0:43 / /covered rw,relatime - xfs /dev/sdc1 rw
44 43 0:44 / /covered rw,relatime - tmpfs tmpfs rw
"""


@pytest.mark.skipif(sys.platform == "win32", reason="mounts are Linux's")
@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/var/lib/wetread", ""),
        ("/run/wetread", "a drive in memory (tmpfs)"),
        ("/runner/wetread", ""),
        ("/mnt/share/wetread", "a network drive (nfs4)"),
        ("/mnt/share/local/wetread", ""),
        ("/mnt/old share/wetread", "a network drive (cifs)"),
        ("/covered/wetread", "a drive in memory (tmpfs)"),
    ],
)
def test_the_deepest_and_last_mount_decides(folder: str, expected: str) -> None:
    assert _by_mount(Path(folder), MOUNTS) == expected


def test_the_temporary_folder_is_refused_with_a_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert unfit(tmp_path / "home")
    with pytest.raises(SetupError, match="--home") as failure:
        check_home(tmp_path / "home")
    assert failure.value.exit_code == 3


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no drive in memory here")
def test_a_real_drive_in_memory_is_seen() -> None:
    assert unfit(Path("/dev/shm/wetread")) == "a drive in memory (tmpfs)"
