"""A network of its own for a command: loopback, no other device, no route. Who would reach out fails and is counted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PROBE = "2001:4860:4860::8888"
"""What Chromium asks its own kernel a way to, to learn whether there is IPv6 at all. It sends nothing there; here the
way is loopback, so that the question is not taken for reaching out."""


@dataclass(frozen=True)
class Island:
    """A network namespace."""

    name: str

    def within(self) -> list[str]:
        """What to put before a command so that it runs there."""
        return ["ip", "netns", "exec", self.name]

    def no_routes(self) -> dict[str, int]:
        """How often somebody there has looked for a way out, by version of IP. Each got an error and sent nothing."""
        said = _ip("netns", "exec", self.name, "cat", "/proc/net/snmp", "/proc/net/snmp6").splitlines()
        heads, values = (line.split() for line in said if line.startswith("Ip:"))
        six = dict(line.split() for line in said if line.startswith("Ip6"))
        return {"4": int(dict(zip(heads, values, strict=True))["OutNoRoutes"]), "6": int(six["Ip6OutNoRoutes"])}

    def devices(self) -> list[str]:
        """Names of its network devices."""
        return [line.split()[1].rstrip(":") for line in _ip("-n", self.name, "-o", "link").splitlines()]


def why_not() -> str:
    """Why this machine cannot make one; empty if it can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "a network of its own needs Linux and the package iproute2"
    return "" if os.geteuid() == 0 else "a network of its own needs root"


@contextmanager
def island() -> Iterator[Island]:
    """One, gone afterwards."""
    made = Island(f"wtisland{os.getpid()}")
    _ip("netns", "add", made.name)
    try:
        _ip("-n", made.name, "link", "set", "lo", "up")
        _ip("-n", made.name, "-6", "route", "add", f"{PROBE}/128", "dev", "lo")
        yield made
    finally:
        subprocess.run(["ip", "netns", "del", made.name], check=False, capture_output=True)


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout
