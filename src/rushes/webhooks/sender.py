"""Sends what lies in the outbox: a few at a time for each host, so that no slow receiver delays another's."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

import structlog

from rushes import __version__
from rushes.db import Database
from rushes.ids import now_ms
from rushes.net.guard import BlockedAddress, FetchFailed, GuardedClient
from rushes.telemetry import QUIET, Telemetry
from rushes.webhooks import history, secrets, sign, store
from rushes.webhooks.policies import Policy
from rushes.webhooks.store import Attempt, Claim, Verdict

log = structlog.get_logger("webhooks")

Render = Callable[[bytes, str, str, int], bytes]
"""(snapshot, delivery id, event, created: milliseconds since 1970) -> the body, in UTF-8."""

TIDY = 60.0
_MARGIN_MS = 30_000
"""A lease is this much longer than the longest attempt, for the database's share of it."""
_KEPT = 500
"""Bytes of an answer that the log keeps."""


class _Unsendable(Exception):
    """No attempt will change it. The message is for the delivery log."""


class _Ready(NamedTuple):
    policy: Policy
    body: bytes
    keys: list[str]


class Sender:
    """Delivers what is due, at most `slots` at a time and `per_host` to one host; several processes may run one each.

    `formats` make bodies, `node` names this process; of a process that `is_dead` no lease is waited for. Without
    `wake` what is new is found within `look_every` seconds.
    At least once: a delivery under way when its process dies is sent again, with the same id and body.
    """

    def __init__(
        self,
        database: Database,
        client: GuardedClient,
        formats: Mapping[str, Render],
        policies: Mapping[str, Policy],
        secret: str,
        node: str,
        *,
        is_dead: Callable[[str], bool] = lambda _: False,
        slots: int = 64,
        per_host: int = 8,
        look_every: float = 2.0,
        telemetry: Telemetry = QUIET,
    ) -> None:
        self._database = database
        self._client = client
        self._formats = formats
        self._policies = policies
        self._secret = secret
        self._node = node
        self._is_dead = is_dead
        self._slots = slots
        self._per_host = per_host
        self._look_every = look_every
        self._telemetry = telemetry
        self._lease_ms = int(max(policy.timeout for policy in policies.values()) * 1000) + _MARGIN_MS
        self._wake = asyncio.Event()
        self._busy: Counter[str] = Counter()
        self._sending: set[asyncio.Task[None]] = set()
        self._waiting_for_room = False
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take up what dead processes were sending, then begin to send."""
        await self._recover()
        self._loops = [asyncio.create_task(self._send_loop()), asyncio.create_task(self._tidy_loop())]

    def wake(self) -> None:
        """There is something new in the outbox."""
        self._wake.set()

    async def close(self, grace: float = 5.0) -> None:
        """Begin nothing more, wait up to `grace` seconds for what is under way, leave the rest to the next start."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._sending:
            await asyncio.wait(self._sending, timeout=grace)
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        try:
            await self._database.write(store.free([self._node], now_ms()))
        except Exception as error:  # the leases run out by themselves
            log.error("could not hand over deliveries", exc_info=error)

    # claiming

    async def _send_loop(self) -> None:
        while True:
            self._wake.clear()
            wait = self._look_every
            try:
                wait = await self._begin_due()
            except Exception as error:
                log.error("looking for due deliveries failed, trying again", exc_info=error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    async def _begin_due(self) -> float:
        """Begin what is due where there is room. How many seconds until another look is useful."""
        now = now_ms()
        lanes = sorted((due, host) for host, due in await self._database.read(store.lanes()))
        due_hosts = [host for due, host in lanes if due <= now]
        rooms = self._rooms([host for host in due_hosts if self._busy[host] < self._per_host])
        self._waiting_for_room = len(rooms) < len(due_hosts)
        if rooms:
            claims = await self._database.write(store.claim(rooms, self._node, now, now + self._lease_ms))
            for claim in claims:
                self._spawn(claim)
            if claims:
                return 0.0
        soonest = next((due for due, _ in lanes if due > now), None)
        # Not later than this: another process may have put something in.
        return self._look_every if soonest is None else min(self._look_every, (soonest - now) / 1000)

    def _rooms(self, hosts: list[str]) -> dict[str, int]:
        """How many deliveries to begin for each of these hosts, the longest due first: equal shares of what is free."""
        free = self._slots - len(self._sending)
        hosts = hosts[: max(0, free)]
        if not hosts:
            return {}
        share = free // len(hosts)
        return {host: min(share, self._per_host - self._busy[host]) for host in hosts}

    def _spawn(self, claim: Claim) -> None:
        self._busy[claim.host] += 1
        task = asyncio.create_task(self._send(claim))
        self._sending.add(task)
        task.add_done_callback(lambda done: self._done(done, claim.host))

    def _done(self, task: asyncio.Task[None], host: str) -> None:
        self._sending.discard(task)
        self._busy[host] -= 1
        if not self._busy[host]:
            del self._busy[host]
        if self._waiting_for_room:
            self._wake.set()

    # sending

    async def _send(self, claim: Claim) -> None:
        try:
            ready = await self._prepare(claim)
        except _Unsendable as error:
            log.warning("delivery cannot be sent", delivery=claim.id, reason=str(error), exc_info=error.__cause__)
            await self._record(claim, None, Verdict(state="failed", error=str(error)))
            return
        except Exception as error:
            log.error("delivery put off until its lease is over", delivery=claim.id, exc_info=error)
            return
        # The other side of a lease: nothing is sent that may still be under way when it ends.
        if ready is None or now_ms() + ready.policy.timeout * 1000 > claim.lease_until:
            log.warning("lost the lease of a delivery", delivery=claim.id)
            return
        about = {"rushes.delivery": claim.id, "rushes.event": claim.event, "server.address": claim.host}
        with self._telemetry.span("webhook", "client", parent=claim.traceparent or "", attributes=about):
            attempt = await self._attempt(claim, ready)
            verdict = judge(ready.policy, claim.attempts + 1, attempt, now_ms(), random.random())  # noqa: S311
            self._telemetry.attempted(claim.policy, verdict.state, attempt.milliseconds / 1000)
        await self._record(claim, attempt, verdict)

    async def _prepare(self, claim: Claim) -> _Ready | None:
        """All that an attempt needs; None: the lease is lost. Raises _Unsendable."""
        if not claim.wanted:
            raise _Unsendable(str(history.NotWanted()))
        policy = self._policies.get(claim.policy)
        if policy is None:
            raise _Unsendable(f"this server has no delivery policy {claim.policy!r}")
        body = claim.body
        if body is None:
            body = self._render(claim)
            if not await self._database.write(store.save_body(claim, self._node, body)):
                return None
        keys = await self._database.read(secrets.signing(claim.account, self._secret, now_ms()))
        return _Ready(policy, body.encode(), keys)

    def _render(self, claim: Claim) -> str:
        render = self._formats.get(claim.format)
        if render is None:
            raise _Unsendable(f"this server has no format {claim.format!r}")
        try:
            return render(claim.snapshot.encode(), claim.id, claim.event, claim.created_at).decode()
        except Exception as error:
            raise _Unsendable("the body could not be made") from error

    async def _attempt(self, claim: Claim, ready: _Ready) -> Attempt:
        started = now_ms()
        clock = time.monotonic()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Rushes-Webhooks/{__version__}",
            **sign.headers(claim.id, started // 1000, ready.body, ready.keys),
        }
        if traceparent := self._telemetry.traceparent() or claim.traceparent:
            headers["traceparent"] = traceparent
        status, error, text = None, None, ""
        try:
            answer = await self._client.post(claim.url, ready.body, headers, timeout=ready.policy.timeout)
            status, text = answer.status, _text(answer.head)
        except (BlockedAddress, FetchFailed) as failure:
            error = str(failure)
        except Exception as failure:
            log.error("attempt broke", delivery=claim.id, exc_info=failure)
            error = "internal error"
        took = round((time.monotonic() - clock) * 1000)
        return Attempt(started_at=started, milliseconds=took, status=status, error=error, answer=text)

    async def _record(self, claim: Claim, attempt: Attempt | None, verdict: Verdict) -> None:
        """Write down what came of it, for as long as the lease lasts; after that it is sent again."""
        while True:
            try:
                kept = await self._database.write(store.record(claim, self._node, attempt, verdict, now_ms()))
            except Exception as error:
                log.error("could not record a delivery", delivery=claim.id, exc_info=error)
                if now_ms() >= claim.lease_until:
                    return
                await asyncio.sleep(1.0)
            else:
                if not kept:
                    log.warning("lost the lease of a delivery", delivery=claim.id)
                return

    # upkeep

    async def _tidy_loop(self) -> None:
        while True:
            try:
                while await self._database.write(history.prune(now_ms() - history.KEPT_MS)):
                    pass
                await asyncio.sleep(TIDY)
                await self._recover()
            except Exception as error:
                log.error("upkeep failed, trying again", exc_info=error)
                await asyncio.sleep(TIDY)

    async def _recover(self) -> None:
        owners = await self._database.read(store.lease_owners())
        dead = [owner for owner in owners if self._is_dead(owner)]
        if dead:
            log.info("taking over deliveries of a process that died", processes=len(dead))
            await self._database.write(store.free(dead, now_ms()))
            self.wake()


def judge(policy: Policy, failed: int, attempt: Attempt, now: int, chance: float) -> Verdict:
    """What becomes of a delivery after an attempt, its `failed`-th if it failed. `chance` 0-1 spreads the delays."""
    status = attempt.status
    if status is not None and policy.delivers(status):
        return Verdict(state="delivered")
    error = attempt.error or f"the server answered {status}"
    if policy.ends(status):
        return Verdict(state="failed", error=error, disable=True)
    delay = policy.delay(failed, chance)
    if delay is None:
        return Verdict(state="failed", error=error)
    return Verdict(state="waiting", due_at=now + round(delay * 1000), error=error)


def _text(head: bytes) -> str:
    # Without NUL, which PostgreSQL's text cannot hold.
    return head[:_KEPT].decode(errors="replace").replace("\0", "")
