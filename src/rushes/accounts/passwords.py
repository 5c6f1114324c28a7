"""Passwords: argon2id, checked in a thread, with a back-off on repeated wrong ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

MINIMUM = 8
MAXIMUM = 1024
_FREE_TRIES = 5
_LONGEST_WAIT = 900.0


class WeakPassword(Exception):
    """The password is too short or too long."""


class TooManyTries(Exception):
    """Wrong passwords came too fast. `retry_after` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many wrong passwords, try again in {retry_after} seconds")
        self.retry_after = retry_after


class Passwords:
    """Hashes and checks passwords. At most two at a time: one check takes 64 MB for a moment."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._slots = asyncio.Semaphore(2)
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}

    async def hash(self, password: str) -> str:
        """The text to store. Raises WeakPassword."""
        if not MINIMUM <= len(password) <= MAXIMUM:
            raise WeakPassword(f"password: must be {MINIMUM} to {MAXIMUM} characters long")
        from argon2 import PasswordHasher

        async with self._slots:
            return await asyncio.to_thread(PasswordHasher().hash, password)

    async def check(self, who: str, password: str, stored: str | None) -> bool:
        """Whether `password` is the one behind `stored`; as slow when there is none. Raises TooManyTries."""
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError

        self._admit(who)
        right = False
        async with self._slots:
            # Again: others for the same user may have been wrong while this one waited for its turn.
            self._admit(who)
            hasher = PasswordHasher()
            if stored is None:
                # An unknown user costs as much time as a known one: no telling them apart.
                await asyncio.to_thread(hasher.hash, password[:MAXIMUM])
            else:
                try:
                    right = await asyncio.to_thread(hasher.verify, stored, password[:MAXIMUM])
                except (VerificationError, InvalidHashError):
                    right = False
        self._record(who, right)
        return right

    def forgive(self, who: str) -> None:
        """Forget the wrong passwords of `who`, for whom there is a new one."""
        self._wrong.pop(who, None)

    def _admit(self, who: str) -> None:
        count, until = self._wrong.get(who, (0, 0.0))
        wait = until - self._clock()
        if count >= _FREE_TRIES and wait > 0:
            raise TooManyTries(int(wait) + 1)

    def _record(self, who: str, right: bool) -> None:
        if right:
            self._wrong.pop(who, None)
            return
        if len(self._wrong) > 10_000:  # bounded: forget who may try again anyway
            now = self._clock()
            self._wrong = {key: entry for key, entry in self._wrong.items() if entry[1] > now}
        count = self._wrong.get(who, (0, 0.0))[0] + 1
        wait = min(_LONGEST_WAIT, 2.0 ** max(0, count - _FREE_TRIES + 1))
        self._wrong[who] = (count, self._clock() + wait)
