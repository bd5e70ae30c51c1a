"""Whether this machine has any network beyond itself. Nothing is sent to find out.

Linux lists its routes in /proc/net (proc(5)); a route over any interface but loopback is taken for
a network. Where that cannot be read the answer is yes: a wrong "offline" would stop what works.
"""

from __future__ import annotations

import time
from pathlib import Path

LOOPBACK = "lo"
KEEP = 3.0
"""Seconds an answer is kept."""
_IPV4 = Path("/proc/net/route")
_IPV6 = Path("/proc/net/ipv6_route")
_UP = 0x1
_REJECT = 0x200


class Network:
    """Looks at the routes, now and then."""

    def __init__(self, ipv4: Path = _IPV4, ipv6: Path = _IPV6) -> None:
        self._ipv4, self._ipv6 = ipv4, ipv6
        self._at: float | None = None
        self._there = True

    def there(self) -> bool:
        """Whether there is one."""
        now = time.monotonic()
        if self._at is None or now - self._at >= KEEP:
            self._at, self._there = now, self._look()
        return self._there

    def _look(self) -> bool:
        try:
            old = self._ipv4.read_text("ascii", "replace").splitlines()[1:]
        except OSError:
            return True
        try:
            new = self._ipv6.read_text("ascii", "replace").splitlines()
        except OSError:
            new = []
        return any(_leads_out(line.split(), 0, 3) for line in old) or any(
            # Link-local routes are there whenever an interface is, with or without a network.
            _leads_out(line.split(), 9, 8) and not line.startswith(("fe80", "ff00"))
            for line in new
        )


def _leads_out(fields: list[str], interface: int, flags: int) -> bool:
    if len(fields) <= max(interface, flags) or fields[interface] == LOOPBACK:
        return False
    try:
        bits = int(fields[flags], 16)
    except ValueError:
        return False
    return bool(bits & _UP) and not bits & _REJECT
