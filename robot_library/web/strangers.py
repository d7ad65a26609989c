"""How often one address may ask without being in: guessing addresses, links and cookies gets slow. Whoever is in is not
counted, so that a stranger behind the same proxy holds nobody up who works."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

AT_ONCE, A_SECOND = 300, 5.0
"""So many askings at once, and so many a second after that: a ward whose sessions all ended at noon comes back in."""
_MOST = 4096


class Strangers:
    """One application's count, in memory. The addresses that asked longest ago are forgotten first."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Count one asking; seconds until this address may ask again, 0 if it may now."""
        name, now = network(address), self._clock()
        with self._lock:
            left, at = self._left.pop(name, (float(AT_ONCE), now))
            left = min(float(AT_ONCE), left + (now - at) * A_SECOND)
            wait = 0.0 if left >= 1 else (1 - left) / A_SECOND
            self._left[name] = (left - 1 if left >= 1 else left, now)
            while len(self._left) > _MOST:
                self._left.popitem(last=False)
        return wait


def network(address: str) -> str:
    """An IPv6 host has as many addresses as it likes; its network is what counts. An IPv4 host that comes to an IPv6
    socket (::ffff:10.0.0.1) is one host: all of them together would be one network."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    known = getattr(known, "ipv4_mapped", None) or known
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)
