"""Where a desktop program is shown: a private virtual display that we start and stop, or the person's own.

A private display is Xvfb with a cookie of its own, a session bus, the accessibility bus and openbox, all ended with us,
however we end. Programs on it get a bare environment: no secret of ours, no profile but an empty one or a copy of the
one that their bot names.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from robot_library.errors import DriverLost, SetupError
from robot_library.model.handed_on import handed_on

SIZE = (1440, 900)
_START_S = 30.0
_NEEDED = {"Xvfb": "xvfb", "openbox": "openbox", "dbus-daemon": "dbus", "setpriv": "util-linux"}
_ACCESSIBILITY = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")
_REACHING = threading.RLock()
_FOLDER = "wetread-display-"
_KEPT = ("PATH", "TZ", "LANG", "LC_ALL")


@dataclass
class Display:
    """A running display. `env`: what programs on it are started with."""

    name: str
    private: bool
    env: Mapping[str, str] = field(repr=False)
    folder: Path | None = None
    _own: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """A program on this display; it ends with us. SetupError if it is not on this machine."""
        path = shutil.which(command[0], path=self.env.get("PATH"))
        if path is None:
            raise SetupError(
                f"The program {command[0]!r} is not on this machine.", cure="Install it, or name its path."
            )
        process = _spawn([path, *command[1:]], self.env, self.folder)
        self._own.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End one program that was started here."""
        if process in self._own:
            self._own.remove(process)
        _end(process)

    def check(self) -> None:
        """DriverLost if the display itself is gone."""
        if self.private and self._own and self._own[0].poll() is not None:
            raise DriverLost("The virtual display is gone.", cure="The part starts anew.")

    def close(self) -> None:
        """End every program started here, the last first, then the display."""
        while self._own:
            _end(self._own.pop())
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def reached(display: Display) -> Iterator[None]:
    """Connect to this display inside: what connects finds its name and cookie in the environment, for that long."""
    with _REACHING:
        before = {key: os.environ.get(key) for key in ("DISPLAY", "XAUTHORITY")}
        try:
            _set({key: display.env.get(key) for key in before})
            yield
        finally:
            _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for key, value in values.items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value


def lacking() -> list[str]:
    """Debian packages a private display needs and that are not here."""
    missing = [package for program, package in _NEEDED.items() if shutil.which(program) is None]
    return missing if _ACCESSIBILITY.exists() else [*missing, "at-spi2-core"]


def own_display() -> Display:
    """The person's own X display. SetupError where there is none."""
    if not sys.platform.startswith("linux"):
        raise SetupError("Desktop programs are driven on Linux only as yet.", cure="Run this bot on a Linux machine.")
    name = os.environ.get("DISPLAY")
    if not name:
        raise SetupError("There is no display here (DISPLAY is not set).", cure="Use 'display: private' in the bot.")
    if os.environ.get("XDG_SESSION_TYPE") == "wayland":
        raise SetupError(
            "This desktop is Wayland's, where no program may see or move another.",
            cure="Sign in to an X11 session, or use 'display: private' in the bot.",
        )
    return Display(name, private=False, env=handed_on())


def private_display(size: tuple[int, int] = SIZE, profile: Path | None = None) -> Display:
    """A new virtual display with its buses and window manager. SetupError names what is not installed.

    `profile`: a folder that is copied into the home of its programs. What they change there goes with the display.
    """
    if not sys.platform.startswith("linux"):
        raise SetupError("A private display needs Linux.", cure="Use 'display: own' in the bot.")
    if missing := lacking():
        raise SetupError(
            f"A private display needs {', '.join(missing)}.", cure=f"sudo apt-get install {' '.join(missing)}"
        )
    forget_the_dead()
    folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
    display = Display("", private=True, env={}, folder=folder)
    try:
        display.name = _server(display, size, folder)
        display.env = _environment(display.name, folder, profile)
        display.env = {**display.env, "DBUS_SESSION_BUS_ADDRESS": _session_bus(display)}
        display._own.append(_spawn(["openbox", "--sm-disable"], display.env, folder))
        _wait_for_manager(display)
    except BaseException:
        display.close()
        raise
    return display


def forget_the_dead() -> None:
    """Remove what killed processes left: programs' profiles, in which patients may stand."""
    import psutil

    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        number = folder.name.removeprefix(_FOLDER).partition("-")[0]
        with contextlib.suppress(OSError):  # another process may be at it, too
            ours = folder.lstat().st_uid == os.getuid()
            if ours and number.isdigit() and not psutil.pid_exists(int(number)):
                shutil.rmtree(folder, ignore_errors=True)  # never follows a link


def _spawn(
    command: Sequence[str], env: Mapping[str, str], folder: Path | None, fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    # setpriv: the child is ended with the thread that starts it, even where that is killed.
    guard = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
    return subprocess.Popen(
        [*guard, *command], env=dict(env), cwd=folder, pass_fds=fds, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    for sign, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            break
    with contextlib.suppress(ProcessLookupError):  # what it had started itself
        os.killpg(process.pid, signal.SIGKILL)


def _server(display: Display, size: tuple[int, int], folder: Path) -> str:
    cookie = secrets.token_bytes(16)
    served = _cookie(folder / "served", cookie, "")
    told, tells = os.pipe()
    width, height = size
    command = [
        "Xvfb", "-displayfd", str(tells), "-screen", "0", f"{width}x{height}x24", "-dpi", "96", "-nolisten", "tcp",
        "-auth", str(served), "-noreset",
    ]  # fmt: skip
    display._own.append(_spawn(command, handed_on(), folder, (tells,)))
    os.close(tells)
    try:
        number = _line(told, "Xvfb")
    finally:
        os.close(told)
    _cookie(folder / "Xauthority", cookie, number)
    return f":{number}"


def _cookie(path: Path, cookie: bytes, number: str) -> Path:
    """A file, for this user alone, with the cookie that opens a display of this host ("" is any of them)."""
    parts = (socket.gethostname().encode(), number.encode(), b"MIT-MAGIC-COOKIE-1", cookie)
    path.touch(mode=0o600)
    path.write_bytes(struct.pack(">H", 256) + b"".join(struct.pack(">H", len(part)) + part for part in parts))
    return path


def _line(descriptor: int, program: str) -> str:
    """The line that a program writes once it is ready."""
    read, end = b"", time.monotonic() + _START_S
    while not read.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
        part = os.read(descriptor, 500) if ready else b""
        if not part:
            raise SetupError(f"{program} did not start.", cure=f"Start {program} by hand to see why.")
        read += part
    return read.decode().strip()


def _environment(name: str, folder: Path, profile: Path | None) -> dict[str, str]:
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    home = folder / "home"
    run = folder / "run"
    for path in (home, run):
        path.mkdir(mode=0o700)
    if profile is not None:
        if not profile.is_dir():
            raise SetupError("The program's profile is no folder.", cure="Name one under 'profile' in the bot's file.")
        shutil.copytree(profile, home, dirs_exist_ok=True)
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", **kept,
        "DISPLAY": name, "XAUTHORITY": str(folder / "Xauthority"), "HOME": str(home), "XDG_RUNTIME_DIR": str(run),
        "GTK_MODULES": "gail:atk-bridge", "QT_ACCESSIBILITY": "1", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "GDK_BACKEND": "x11", "QT_QPA_PLATFORM": "xcb", "GSETTINGS_BACKEND": "memory", "GTK_THEME": "Adwaita",
    }  # fmt: skip


def _session_bus(display: Display) -> str:
    told, tells = os.pipe()
    at = f"--address=unix:dir={display.env['XDG_RUNTIME_DIR']}"
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", at, f"--print-address={tells}"]
    display._own.append(_spawn(command, display.env, display.folder, (tells,)))
    os.close(tells)
    try:
        return _line(told, "dbus-daemon")
    finally:
        os.close(told)


def _wait_for_manager(display: Display) -> None:
    from robot_library.drivers.desktop.windows import Windows

    end = time.monotonic() + _START_S
    with Windows(display) as windows:
        while not windows.managed:
            if time.monotonic() > end:
                raise SetupError("openbox did not start.", cure="Start openbox by hand to see why.")
            time.sleep(0.02)
