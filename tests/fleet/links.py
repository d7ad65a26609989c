"""Hosts of a test as network namespaces, each on a link of its own: made here, cut here, gone afterwards.

Addresses are of 10.213.0.0/16 and reach nothing but this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@dataclass(frozen=True)
class Link:
    """One namespace. `here` is this machine's address on the link, `there` the namespace's."""

    network: str
    device: str
    here: str
    there: str

    def make(self) -> None:
        """Namespace, link and addresses."""
        inner = f"{self.device}i"
        _ip("netns", "add", self.network)
        _ip("link", "add", self.device, "type", "veth", "peer", "name", inner, "netns", self.network)
        _ip("addr", "add", f"{self.here}/30", "dev", self.device)
        _ip("link", "set", self.device, "up")
        _ip("-n", self.network, "addr", "add", f"{self.there}/30", "dev", inner)
        _ip("-n", self.network, "link", "set", inner, "up")
        _ip("-n", self.network, "link", "set", "lo", "up")

    def cut(self) -> None:
        """Nothing goes through any more; nobody is told."""
        _ip("link", "set", self.device, "down")

    def mend(self) -> None:
        """It goes through again."""
        _ip("link", "set", self.device, "up")

    def remove(self) -> None:
        """Away with it; the link goes with its namespace."""
        subprocess.run(["ip", "netns", "del", self.network], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self.device], check=False, capture_output=True)


def why_not() -> str:
    """Why this machine cannot make namespaces; empty if it can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "network namespaces need Linux and the package iproute2"
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = f"wtp{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], check=False, capture_output=True, text=True)
    subprocess.run(["ip", "netns", "del", probe], check=False, capture_output=True)
    return "" if made.returncode == 0 else f"network namespaces cannot be made here: {made.stderr.strip()}"


@contextmanager
def links(count: int) -> Iterator[list[Link]]:
    """So many namespaces."""
    third = os.getpid() % 250
    made = [
        Link(f"wt{os.getpid()}n{n}", f"wt{os.getpid() % 100000}v{n}", f"10.213.{third}.{4 * n + 1}",
             f"10.213.{third}.{4 * n + 2}")
        for n in range(count)
    ]  # fmt: skip
    try:
        for link in made:
            link.make()
        yield made
    finally:
        for link in made:
            link.remove()
