"""Who is asking, and not too often: credentials and request limits."""

from __future__ import annotations

import asyncio

import structlog
from msgspec import Struct
from starlette.requests import Request

from rushes.accounts import Limits, Principal, Tier, TierTable, User, sessions, tokens, touch_keys, user_by_id
from rushes.accounts.keys import AUTHENTICATE, key_hash, principal
from rushes.db import Database, Unavailable
from rushes.dialects.kit.origins import check_origin
from rushes.dialects.kit.problems import Problem
from rushes.dialects.kit.reading import CALLER, bearer, set_body_limit
from rushes.ids import now_ms
from rushes.net.addresses import subscriber
from rushes.net.limits import Limiter

log = structlog.get_logger("gate")
COOKIE = "rushes_session"
MINUTE = 60.0
_OPEN_LIMIT = 30
"""Calls a minute from one address to endpoints that need no credentials but do work (login, register)."""


class Caller(Struct, frozen=True):
    """An admitted caller."""

    who: Principal
    tier: Tier
    limits: Limits


class _Used(Struct):
    """Whose last use has to be recorded."""

    keys: set[str]
    sessions: set[str]


class Gate:
    """Admits callers of one dialect."""

    def __init__(
        self, database: Database, tiers: TierTable, limiter: Limiter, secret: str, *, dialect: str = "rushes"
    ) -> None:
        self._database = database
        self._tiers = tiers
        self._limiter = limiter
        self._secret = secret
        self._dialect = dialect
        self._used = _Used(set(), set())

    def of(self, dialect: str) -> Gate:
        """The gate of another dialect: its limits, the same keys."""
        gate = Gate(self._database, self._tiers, self._limiter, self._secret, dialect=dialect)
        gate._used = self._used
        return gate

    async def by_key(self, request: Request) -> Caller:
        """The owner of the API key. Answers 401, 429. A request is counted once, however often it is asked for."""
        known: Caller | None = request.scope.get(CALLER)
        if known is None:
            known = request.scope[CALLER] = await self._admit(await self._key(bearer(request)))
        return known

    async def by_session(self, request: Request) -> Caller:
        """The owner of the API key, or of the browser's session. Answers 401, 403 to other sites' pages, 429.

        A request is counted once, however often it is asked for.
        """
        known: Caller | None = request.scope.get(CALLER)
        if known is None:
            cookie = request.cookies.get(COOKIE)
            if cookie is not None and "authorization" not in request.headers:
                check_origin(request)
                known = await self._admit(await self._session(cookie))
            else:
                known = await self._admit(await self._key(bearer(request), " (or log in)"))
            request.scope[CALLER] = known
            if known.limits.body_bytes:
                set_body_limit(request, known.limits.body_bytes)
        return known

    async def by_token(self, request: Request) -> tuple[Caller, User]:
        """The user behind a session token. Answers 401, 429."""
        user = await self._user(bearer(request))
        if user is None:
            raise _unauthorized("a session token is required (log in to get one)")
        return await self._admit(Principal(user.account, user.tier)), user

    async def by_either(self, request: Request) -> Caller:
        """The owner of an API key or the user of a session token. Answers 401, 429."""
        token = bearer(request)
        user = await self._user(token)
        if user is not None:
            return await self._admit(Principal(user.account, user.tier))
        return await self._admit(await self._key(token))

    async def open(self, request: Request) -> None:
        """A call without credentials. Answers 429."""
        await self._hit(f"open:{_address(request)}", _OPEN_LIMIT)

    async def door(self, request: Request) -> None:
        """A call that opens or makes an account, from our own pages or no page. Answers 403, 429."""
        check_origin(request)
        limit = self._tiers.strangers(self._dialect).door_per_minute
        await self._hit(f"door:{request.scope['path'].rstrip('/')}:{_address(request)}", limit)

    async def flush(self) -> None:
        """Record when keys and sessions were last used."""
        if self._used.keys:
            used = frozenset(self._used.keys)
            self._used.keys.clear()
            await self._database.write(touch_keys(used, now_ms()))
        if self._used.sessions:
            used = frozenset(self._used.sessions)
            self._used.sessions.clear()
            await self._database.write(sessions.extend_sessions(used, now_ms()))

    async def _key(self, token: str | None, otherwise: str = "") -> Principal:
        if token is None:
            raise _unauthorized(f"an API key is required: Authorization: Bearer <key>{otherwise}")
        hashed = key_hash(token)
        found = principal(await self._database.one(AUTHENTICATE, hash=hashed, now=now_ms()))
        if found is None:
            raise _unauthorized("the API key is not valid")
        self._used.keys.add(hashed)
        return found

    async def _session(self, cookie: str) -> Principal:
        found = await self._database.read(sessions.find_session(cookie, now_ms()))
        if found is None:
            raise _unauthorized("the session has ended; log in again")
        self._used.sessions.add(found.session)
        return found

    async def _user(self, token: str | None) -> User | None:
        if token is None or token.count(".") != 2:
            return None
        claim = tokens.read(token, self._secret)
        user = await self._database.read(user_by_id(claim.user)) if claim else None
        return user if user and claim and claim.stamp == tokens.stamp(user.password_hash) else None

    async def _admit(self, who: Principal) -> Caller:
        tier = self._tiers[who.tier]
        limits = self._tiers.limits(tier, self._dialect)
        if limits.requests_per_minute:
            counted = who.key_hash if limits.counted == "key" else who.account
            await self._hit(f"{self._dialect}:{counted}", limits.requests_per_minute)
        return Caller(who, tier, limits)

    async def _hit(self, key: str, limit: int) -> None:
        verdict = await self._limiter.take(key, limit, MINUTE)
        if not verdict.allowed:
            message = f"rate limit of {limit} requests a minute exceeded, retry in {verdict.retry_after} seconds"
            raise Problem(429, "rate_limited", message, retry_after=verdict.retry_after, limit=limit)


async def keep_flushing(gate: Gate, seconds: float = 20.0) -> None:
    """Flush now and then, for as long as the server runs."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await gate.flush()
        except Unavailable as error:  # when they were last used is worth no more than this
            log.warning("last uses were not recorded", error=str(error))


def _address(request: Request) -> str:
    # Behind proxies of ours, the caller's: net/forwarded.py has seen to that.
    return subscriber(request.client.host) if request.client else ""


def _unauthorized(message: str) -> Problem:
    return Problem(401, "unauthorized", message)
