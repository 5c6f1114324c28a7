"""Passwords: argon2id, checked in a thread, with a back-off on repeated wrong ones."""

from __future__ import annotations

import asyncio

from rushes.accounts.tries import OwnTries, Tries

MINIMUM = 8
MAXIMUM = 1024


class WeakPassword(Exception):
    """The password is too short or too long."""


class TooManyTries(Exception):
    """Wrong passwords came too fast. `retry_after` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many wrong passwords, try again in {retry_after} seconds")
        self.retry_after = retry_after


class Passwords:
    """Hashes and checks passwords. At most two at a time: one check takes 64 MB for a moment."""

    def __init__(self, tries: Tries | None = None) -> None:
        self._slots = asyncio.Semaphore(2)
        self._tries = tries or OwnTries()

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

        await self._admit(who)
        right = False
        async with self._slots:
            # Again: others for the same user may have been wrong while this one waited for its turn.
            await self._admit(who)
            hasher = PasswordHasher()
            if stored is None:
                # An unknown user costs as much time as a known one: no telling them apart.
                await asyncio.to_thread(hasher.hash, password[:MAXIMUM])
            else:
                try:
                    right = await asyncio.to_thread(hasher.verify, stored, password[:MAXIMUM])
                except (VerificationError, InvalidHashError):
                    right = False
        await (self._tries.forgive(who) if right else self._tries.wrong(who))
        return right

    async def forgive(self, who: str) -> None:
        """Forget the wrong passwords of `who`, for whom there is a new one."""
        await self._tries.forgive(who)

    async def _admit(self, who: str) -> None:
        wait = await self._tries.wait(who)
        if wait > 0:
            raise TooManyTries(int(wait) + 1)
