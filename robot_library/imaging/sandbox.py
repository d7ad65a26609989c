"""Child processes for all codecs, started when compressed frames come and again after a crash."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from robot_library.imaging.refusal import ImageRefused
from robot_library.model.handed_on import handed_on

SCRIPT = Path(__file__).with_name("decoder_process.py")
TIMEOUT_S = 120.0
PROCESSOR_S, PIXELS_A_SECOND = 10.0, 1_000_000
"""Seconds of a processor that a frame may take, and one more for so many pixels: the slowest codec needs a tenth. A
busy machine takes none away."""
MEMORY = 4 << 30
"""Bytes that a child may take: the largest frame that `Limits` lets through needs a fourth of it."""
_LOOK_S = 0.05


@dataclass(frozen=True)
class Decoded:
    """Samples as the codec gave them, `bits` a container. `heard`: what the libraries printed meanwhile.

    `colours`: the samples' PhotometricInterpretation now; `planar`: colour by colour.
    """

    samples: bytes
    bits: int
    heard: str
    colours: str
    planar: bool


class Sandbox:
    """One child. Decodes one frame at a time; callers in other threads wait. Closed at exit.

    `held`: the system itself gives it no more than `memory`, where it can (not on Windows). It is watched anyway.
    """

    def __init__(
        self, *, timeout_s: float = TIMEOUT_S, processor_s: float = PROCESSOR_S, memory: int = MEMORY, held: bool = True
    ) -> None:
        self.timeout_s, self.processor_s, self.memory, self.held = timeout_s, processor_s, memory, held
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        atexit.register(self.close)

    def decode(self, encoded: bytes, syntax: str, plugin: str, options: dict[str, Any]) -> Decoded:
        """Raises ImageRefused("decode_failed"): the codec refused the frame, crashed on it, or took too long or too
        much."""
        request = {"syntax": syntax, "plugin": plugin, "length": len(encoded), "options": options}
        with self._lock:
            child = self._running()
            try:
                with self._watched(child, options.get("rows", 0) * options.get("columns", 0)):
                    reply, samples = _exchange(child, json.dumps(request).encode("ascii") + b"\n" + encoded)
            except (OSError, ValueError):
                self._end()
                why = f"{plugin} crashed on the compressed frame, hung, or took too much memory"
                raise ImageRefused("decode_failed", why) from None
        if reply["error"]:
            raise ImageRefused("decode_failed", f"{plugin} refused the compressed frame ({reply['error']})")
        heard, colours = str(reply["heard"]).strip(), str(reply["colours"])
        return Decoded(samples, int(reply["bits"]), heard, colours, bool(reply["planar"]))

    def close(self) -> None:
        """End the child; the next frame starts another."""
        with self._lock:
            self._end()

    @contextmanager
    def _watched(self, child: subprocess.Popen[bytes], pixels: int) -> Iterator[None]:
        """Within it the child is killed once it has taken too long, or too much."""
        done, end = threading.Event(), time.monotonic() + self.timeout_s
        most = _used(child) + self.processor_s + pixels / PIXELS_A_SECOND

        def watch() -> None:
            while not done.wait(min(_LOOK_S, self.timeout_s)):
                if time.monotonic() >= end or _used(child) > most or _taken(child) > self.memory:
                    child.kill()
                    return

        threading.Thread(target=watch, name="decoder watch", daemon=True).start()
        try:
            yield
        finally:
            done.set()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # after a fork the child still belongs to the parent
            self._owner, self._child = os.getpid(), None
        if self._child is None or self._child.poll() is not None:
            self._end()
            # -P: the script's own folder holds modules named like those of the standard library.
            self._child = subprocess.Popen(
                [sys.executable, "-P", str(SCRIPT), *([str(self.memory)] if self.held else [])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # A numpy that sets out to use many cores reserves memory for each.
                env={**handed_on(), "RUST_BACKTRACE": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was left unsent to a dead child
                    pipe.close()


def _used(child: subprocess.Popen[bytes]) -> float:
    """Seconds of a processor that it has had; 0 if it is gone."""
    try:
        times = psutil.Process(child.pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _taken(child: subprocess.Popen[bytes]) -> int:
    """Bytes of memory that it holds now; 0 if it is gone."""
    try:
        return int(psutil.Process(child.pid).memory_info().rss)
    except psutil.Error:
        return 0


def _exchange(child: subprocess.Popen[bytes], message: bytes) -> tuple[dict[str, Any], bytes]:
    """Send and receive. OSError or ValueError when the child dies meanwhile."""
    stdin, stdout = _pipe(child.stdin), _pipe(child.stdout)
    stdin.write(message)
    stdin.flush()
    reply: dict[str, Any] = json.loads(stdout.readline())
    samples = stdout.read(reply["length"])
    if len(samples) != reply["length"]:
        raise OSError
    return reply, samples


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError
    return pipe


class Sandboxes:
    """As many children as frames are being decoded at once, up to `most`: one while nobody asks for more."""

    def __init__(self, most: int) -> None:
        self._free: queue.LifoQueue[Sandbox] = queue.LifoQueue()
        for _ in range(most):
            self._free.put(Sandbox())

    def decode(self, encoded: bytes, syntax: str, plugin: str, options: dict[str, Any]) -> Decoded:
        """As `Sandbox.decode`, in a child that is free."""
        sandbox = self._free.get()
        try:
            return sandbox.decode(encoded, syntax, plugin, options)
        finally:
            self._free.put(sandbox)


SANDBOXES = Sandboxes(min(4, os.cpu_count() or 1))
