"""What one viewer may use of the service: a hand never comes near it, a flood is cut off before it costs others anything."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from typing import TYPE_CHECKING

from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

#: Kernel time is used in bursts (a page and its figures) and saved up longer than messages are.
_KERNEL_BURST_S = 120.0
#: After so many seconds, half of the kernel time that was used is forgotten.
_HALF_LIFE_S = 30.0
_NICEST = 19
#: So long a viewer who said too much is not connected again.
_BARRED_S = 5.0


class Bucket:
    """Fills at ``per_s`` up to ``burst_s`` seconds' worth; who asks for more than there is gets nothing."""

    def __init__(self, per_s: float, burst_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._full, self._clock = per_s, per_s * burst_s, clock
        self._level, self._at = self._full, clock()

    def _fill(self) -> None:
        now = self._clock()
        self._level = min(self._full, self._level + (now - self._at) * self._per_s)
        self._at = now

    def take(self, amount: float) -> bool:
        """Return whether there was so much; it is gone then."""
        self._fill()
        if self._level < amount:
            return False
        self._level -= amount
        return True

    def spend(self, amount: float) -> None:
        """Take what has been used already, be there so much or not; never more than a full bucket is owed."""
        self._fill()
        self._level = max(-self._full, self._level - amount)

    def borrow(self, amount: float) -> float:
        """Take what will be there in time; return how many seconds to wait for it, each behind those who came before."""
        self._fill()
        self._level -= amount
        return max(0.0, -self._level / self._per_s)

    def give_back(self, amount: float) -> None:
        """Return what was borrowed and isn't needed."""
        self._level += amount

    def empty(self) -> bool:
        """Return whether there is nothing, or less."""
        self._fill()
        return self._level <= 0

    def full(self) -> bool:
        """Return whether nothing was used lately."""
        self._fill()
        return self._level >= self._full


async def _wait(bucket: Bucket, amount: float) -> bool:
    seconds = bucket.borrow(amount)
    if seconds > settings().slow_s:
        bucket.give_back(amount)
        return False
    if seconds:
        await asyncio.sleep(seconds)
    return True


class Account:
    """One viewer's: shared by all pages, connections and browsers of that viewer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        limits = settings()
        self._clock = clock
        self.requests = Bucket(limits.requests_per_s, limits.burst_s, clock)
        self._files = Bucket(limits.files_per_s, limits.burst_s, clock)
        self._messages = Bucket(limits.messages_per_s, limits.burst_s, clock)
        self._bytes = Bucket(limits.kb_per_s * 1024, limits.burst_s, clock)
        self._sent = Bucket(limits.sent_kb_per_s * 1024, limits.burst_s, clock)
        self._kernel_s = Bucket(limits.kernel_s_per_minute / 60, _KERNEL_BURST_S, clock)
        #: Held while a page is made: the rest of this viewer's wait, not other viewers' pages.
        self.turn = asyncio.Semaphore(limits.pages_at_once)
        self._used, self._at = 0.0, clock()
        self._barred = -math.inf

    def bar(self) -> None:
        """Have no connection of this viewer's for some seconds."""
        self._barred = self._clock() + _BARRED_S

    def barred(self) -> bool:
        """Return whether this viewer said too much a moment ago."""
        return self._clock() < self._barred

    def charge(self, size: int) -> str:
        """Count a message of so many bytes, before anything looks into it; return what there is too much of, '' if nothing."""
        if not self._messages.take(1):
            return "too many messages"
        if not self._bytes.take(size):
            return "too many bytes"
        return "too much kernel time" if self._kernel_s.empty() else ""

    def told(self, size: int) -> str:
        """Count an answer of so many bytes that a page has asked its kernel for; return what there is too much of."""
        return "" if self._sent.take(size) else "too many bytes asked for"

    async def in_time(self, size: int) -> bool:
        """Wait until so many bytes more may be sent; return False where that is longer than anybody should be waited for."""
        return await _wait(self._sent, size)

    async def in_turn(self, cost: int) -> bool:
        """Wait until a page, as so many requests, may be answered."""
        return await _wait(self.requests, cost)

    async def for_file(self) -> bool:
        """Wait until one file more may be answered; a page asks for eighty at once."""
        return await _wait(self._files, 1)

    def used(self, seconds: float) -> None:
        """Count CPU seconds of this viewer's kernels."""
        self._kernel_s.spend(seconds)
        self._used = self._recent() + seconds
        self._at = self._clock()

    def _recent(self) -> float:
        halvings = (self._clock() - self._at) / _HALF_LIFE_S
        return self._used * math.exp2(-halvings)

    @property
    def niceness(self) -> int:
        """How far this viewer's kernels stand back: one step for each CPU second used lately."""
        return min(_NICEST, int(self._recent()))

    def forgettable(self) -> bool:
        """Return whether a new account would say the same."""
        buckets = (self.requests, self._files, self._messages, self._bytes, self._sent, self._kernel_s)
        return all(bucket.full() for bucket in buckets) and self.niceness == 0


def place_of(address: str) -> str:
    """Return whom an address stands for where there is no user: all of this machine is one, and so is a network's IPv6 /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return "loopback"
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


class Accounts:
    """The accounts of all viewers of late."""

    def __init__(self) -> None:
        self._by_key: dict[str, Account] = {}

    def of(self, user: str, address: str) -> Account:
        """Return the account of a user; '' is whoever is behind the address."""
        key = f"user {user}" if user else f"address {place_of(address)}"
        return self._by_key.setdefault(key, Account())

    def forget(self, held: set[Account]) -> None:
        """Drop those that a new one would equal, except the ``held``."""
        for key, account in list(self._by_key.items()):
            if account not in held and account.forgettable():
                del self._by_key[key]
