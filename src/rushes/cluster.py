"""What joins processes of several machines on one PostgreSQL database; a process alone on SQLite needs none of it.

Presence (who lives), news (LISTEN/NOTIFY), limits that hold for all, and what all must have alike.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from rushes.accounts.tries import OwnTries, SharedTries, Tries, clear_tries
from rushes.db import Database, Misused
from rushes.db.agreed import agree
from rushes.db.channel import Channel
from rushes.jobs.events import News
from rushes.jobs.presence import Presence
from rushes.jobs.upkeep import Chore
from rushes.jobs.wire import Wire
from rushes.net.limits import Limiter, WindowLimiter
from rushes.net.shared_limits import SharedLimiter, clear_windows
from rushes.node import Node

_LOOK_AGAIN = 5.0
"""Seconds after which followers look by themselves, where news reach them from everywhere."""


@dataclass
class Cluster:
    """This process among the others."""

    wire: Wire
    limiter: Limiter
    tries: Tries
    chores: tuple[Chore, ...] = ()
    presence: Presence | None = None
    channel: Channel | None = None

    async def close(self) -> None:
        """Leave the others."""
        if self.channel is not None:
            await self.channel.close()
        if self.presence is not None:
            await self.presence.close()


async def join_others(database: Database, url: str, node: Node, news: News, secret: str, storage: str) -> Cluster:
    """Come in. `storage` is where files are kept, "" in this data folder. Call `start_news` once all is joined.

    Raises Misused where this process differs from the others in what must be alike, Unavailable.
    """
    node.clear_dead()  # nodes that only serve have no worker that does it
    wire = Wire(news)
    news.abroad = wire.news
    if not database.shared:
        return Cluster(wire, WindowLimiter(), OwnTries())
    await _same(database, "secret", _fingerprint(secret), _SECRET)
    await _same(database, "storage", storage or f"folder {node.folder}", _STORAGE)
    presence = Presence(database, node.id)
    await presence.start()
    node.gone = presence.is_gone
    channel = Channel(url, wire.heard)
    wire.channel = channel
    news.look_again = _LOOK_AGAIN
    return Cluster(
        wire,
        SharedLimiter(database),
        SharedTries(database),
        (clear_windows, clear_tries),
        presence,
        channel,
    )


_SECRET = "set RUSHES_SECRET to the same value on every node"  # noqa: S105
_STORAGE = "set RUSHES_STORAGE_URL to the same value on every node; a folder is one machine's own"


async def _same(database: Database, name: str, value: str, advice: str) -> None:
    known = await database.write(agree(name, value))
    if known != value:
        raise Misused(
            f"this node's {name} is not the one that the others on this database use: {advice}"
            " (after a change on purpose: rushes db agree)"
        )


def _fingerprint(secret: str) -> str:
    """Tells two secrets apart, and is as hard to guess back as the secret is."""
    stretched = hashlib.scrypt(secret.encode(), salt=b"rushes cluster", n=2**14, r=8, p=1)
    return hmac.digest(stretched, b"fingerprint", "sha256").hex()[:32]
