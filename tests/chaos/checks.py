"""What must hold after a campaign, whatever happened in it."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from rushes import ledger
from rushes.db import Row, Steps, rows
from rushes.db.postgres import PostgresDatabase
from rushes.ids import now_ms
from rushes.jobs import audit
from rushes.library import Library, assets
from rushes.library.blobs import BlobStore
from tests.chaos.clients import Caller, Outcome, read
from tests.chaos.receiver import Receiver, describe
from tests.cluster.conftest import Cluster
from tests.faults.peer import Peer
from tests.s3 import S3

_READERS = 4
_GOING_MS = 2_000
"""All nodes have ended: what they were deleting need not be waited for any longer."""
FORGIVEN = ("lost",)
"""Codes with which a job may fail here: a paid start whose answer was lost is not made again."""


class Check(Struct, frozen=True):
    """One promise: what is wrong with it (nothing, if it is kept), and a figure for the table."""

    name: str
    wrong: list[str]
    figure: str = ""


class Evidence(Struct, frozen=True):
    """Everything that a campaign leaves."""

    outcomes: list[Outcome]
    cluster: Cluster
    peer: Peer
    receiver: Receiver
    s3: S3
    film: Callable[[str], bytes]


def while_running(seen: Evidence, new_caller: Callable[[], Caller]) -> Iterator[Check]:
    """Checks that need the nodes."""
    yield of_requests(seen)
    yield of_ends(seen)
    yield of_files(seen, new_caller)
    yield of_webhooks(seen)


def of_requests(seen: Evidence) -> Check:
    wrong = [f"{each.order.prompt} {each.job}: {each.wrong}" for each in seen.outcomes if each.wrong or not each.job]
    again = sum(each.asked > 1 for each in seen.outcomes)
    return Check("every request was answered as it should be", wrong, f"{len(seen.outcomes)}, {again} sent again")


def of_ends(seen: Evidence) -> Check:
    known = {str(job): str(state) for job, state in seen.cluster.do(rows("SELECT id, state FROM jobs"))}
    wrong = [f"{job} is {state}" for job, state in known.items() if state in ("queued", "running")]
    for each in seen.outcomes:
        found = known.get(each.job, "removed")
        if found != ("removed" if each.removed else each.state):
            wrong.append(f"{each.job}: its client saw {each.state}, it is {found}")
        if each.state == "failed" and each.code not in FORGIVEN:
            wrong.append(f"{each.job} ({each.order.prompt}) failed: {each.code}")
    ends = Counter(each.state for each in seen.outcomes)
    figure = ", ".join(f"{count} {state}" for state, count in ends.most_common())
    return Check("every accepted job is over, and failed only where a paid start is in doubt", wrong, figure)


def of_files(seen: Evidence, new_caller: Callable[[], Caller]) -> Check:
    """Every file of every job that succeeded is there for its client."""
    sql = "SELECT job_id, sha256 FROM assets WHERE state = 'ready' AND role = 'output'"
    known = {str(job): str(sha256) for job, sha256 in seen.cluster.do(rows(sql))}
    kept = [each for each in seen.outcomes if each.state == "succeeded" and not each.removed]

    def look(part: Sequence[Outcome]) -> list[str]:
        caller = new_caller()
        try:
            return [found for each in part if (found := _flaw(caller, each, known, seen.film))]
        finally:
            caller.close()

    with ThreadPoolExecutor(_READERS) as pool:
        wrong = [flaw for flaws in pool.map(look, [kept[n::_READERS] for n in range(_READERS)]) for flaw in flaws]
    extra = set(known) - {each.job for each in kept}
    wrong += [f"a file of {job}, which has none" for job in sorted(extra)]
    return Check("every completed file is served with the right hash", wrong, str(len(kept)))


def _flaw(caller: Caller, each: Outcome, known: dict[str, str], film: Callable[[str], bytes]) -> str:
    try:
        body = caller.ask("GET", f"/rushes/v1/generations/{each.job}", each.order.account).json()
        found, wrong = read(caller, each.order, body)
    except Exception as error:
        return f"{each.job}: {error!r}"
    if wrong:
        return f"{each.job}: {wrong}"
    if known.get(each.job) != found:
        return f"{each.job}: served {found}, recorded {known.get(each.job)}"
    if each.order.paid and found != hashlib.sha256(film(each.order.prompt)).hexdigest():
        return f"{each.job}: these are not the bytes that its upstream made"
    return ""


def of_webhooks(seen: Evidence) -> Check:
    wrong = [*seen.receiver.forged, *(f"{name}: its body changed" for name in seen.receiver.changed)]
    count = 0
    for each in seen.outcomes:
        told = seen.receiver.told(each.job)
        end = {"succeeded": "completed"}.get(each.state, each.state)
        if len(told.taken) != each.order.deliveries or not all(told.taken.values()):
            wrong.append(f"{each.job}: {each.order.deliveries} should have come, {describe(told)} did")
        elif told.taken and (len(told.ends) != 1 or (end != "removed" and told.ends != {end})):
            wrong.append(f"{each.job}: it is {end}, and {describe(told)} was told")
        count += len(told.taken)
    return Check("every webhook came, signed and true", wrong, f"{count}, {seen.receiver.repeats} more than once")


def of_paying(seen: Evidence) -> Check:
    asked, accepted = Counter(seen.peer.submits), Counter(seen.peer.accepted)
    wrong = []
    for each in seen.outcomes:
        prompt = each.order.prompt
        if accepted[prompt] > 1 or asked[prompt] > 1 + each.order.refusals:
            wrong.append(f"{each.job}: {asked[prompt]} submits of {prompt}, {accepted[prompt]} accepted")
        if each.order.paid and each.state == "succeeded" and accepted[prompt] != 1:
            wrong.append(f"{each.job}: succeeded with {accepted[prompt]} accepted submits of {prompt}")
        if not each.order.paid and asked[prompt]:
            wrong.append(f"{each.job}: is not the upstream's")
    return Check("at most one paid submit for each job", wrong, f"{len(seen.peer.submits)} submits")


def of_money(seen: Evidence) -> Check:
    """One hold for each request, one settlement for each hold, and the sum of all is zero."""
    postings = seen.cluster.do(rows("SELECT kind, subject FROM postings WHERE kind IN ('hold', 'capture', 'release')"))
    holds = Counter(str(job) for kind, job in postings if kind == "hold")
    settled = Counter(str(job) for kind, job in postings if kind != "hold")
    accepted = Counter(each.job for each in seen.outcomes if each.job)
    wrong = [f"{job}: {holds[job]} holds, {accepted[job]} requests" for job in _unlike(holds, accepted)]
    wrong += [f"{job}: {holds[job]} holds, {settled[job]} settlements" for job in _unlike(holds, settled)]
    [(total,)] = seen.cluster.do(rows("SELECT coalesce(sum(amount), 0) FROM entries"))
    if total:
        wrong.append(f"the sum of all entries is {total}")
    return Check("one hold for each job, settled once, the ledger's sum zero", wrong, f"{len(holds)} holds")


def _unlike(one: Counter[str], other: Counter[str]) -> list[str]:
    return [name for name in {**one, **other} if one[name] != 1 or other[name] != 1]


def of_books(seen: Evidence) -> Check:
    findings = [found for found in seen.cluster.do(_audits()) if found.mismatch]
    return Check("the audits of ledger and jobs find nothing", [repr(each) for each in findings])


def _audits() -> Steps[list[ledger.Finding]]:
    return (yield from ledger.audit()) + (yield from audit.audit())


def of_leftovers(seen: Evidence, homes: Sequence[Path]) -> Check:
    """All nodes have ended: the store has no bytes that no record names, and tidying leaves what is published."""
    wrong = [f"{path} was left" for home in homes for path in (home / "tmp").rglob("*") if path.is_file()]
    before, after, wanted = asyncio.run(_tidied(seen.cluster.database, seen.s3))
    wrong += [f"bytes {name} have no record" for name in sorted(before)]
    wrong += [f"bytes {name} are left after tidying" for name in sorted(after - wanted)]
    wrong += [f"bytes {name} are gone" for name in sorted(wanted - after)]
    return Check("no orphaned file, no leftover", wrong, f"{len(wanted)} different files")


async def _tidied(url: str, s3: S3) -> tuple[set[str], set[str], set[str]]:
    """Stored bytes without a record; then, tidied by one that knows itself alone: stored bytes, published bytes."""
    database = await PostgresDatabase.open(url, connections=2)
    blobs = BlobStore(s3.url, s3.options)
    try:
        nameless = set(await blobs.hashes()) - _names(await database.read(rows("SELECT sha256 FROM assets")))
        going, assets.GOING_MS = assets.GOING_MS, _GOING_MS
        await asyncio.sleep(_GOING_MS / 1000)
        try:
            await Library(database, blobs).tidy(abandoned_before=now_ms())
        finally:
            assets.GOING_MS = going
        ready = await database.read(rows("SELECT sha256 FROM assets WHERE state = 'ready'"))
        left = await database.read(rows("SELECT sha256 FROM assets WHERE state <> 'ready'"))
        return nameless, set(await blobs.hashes()) | _names(left), _names(ready)
    finally:
        await database.close()


def _names(found: list[Row]) -> set[str]:
    return {str(row[0]) for row in found}
