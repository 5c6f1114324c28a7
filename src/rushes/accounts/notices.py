"""Mails to users: sent beside the request that causes them, so that its answer tells nothing of them."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Coroutine
from importlib.resources import files

import msgspec
import structlog
from msgspec import Struct

from rushes.accounts.resets import open_reset
from rushes.accounts.users import User, find_login
from rushes.db import Database
from rushes.ids import now_ms
from rushes.mail import Mailer, Message
from rushes.net.limits import Limiter

log = structlog.get_logger("mail")

HOUR = 3600.0
MAILS_AN_HOUR = 5
"""Most reset mails to one user in an hour: nobody's mailbox is filled by whoever knows their name."""
_PATIENCE = 60.0
"""Seconds that sending one mail may take."""


class _Notice(Struct, frozen=True, forbid_unknown_fields=True):
    subject: str
    text: str


class Notices:
    """Sends mails to users. `server` is what the mails call this server."""

    def __init__(self, database: Database, mailer: Mailer, limiter: Limiter, server: str) -> None:
        self._database = database
        self._mailer = mailer
        self._limiter = limiter
        self._server = server
        texts = tomllib.loads((files(__package__) / "notices.toml").read_text())
        self._notices = msgspec.convert(texts, dict[str, _Notice])
        self._tasks: set[asyncio.Task[None]] = set()

    def reset(self, login: str) -> None:
        """Mail a reset token to whoever has this name or address, if anybody: the caller learns nothing, ever."""
        self._spawn(self._reset(login))

    def email_changed(self, user: User, new: str) -> None:
        """Tell the old address of the new one."""
        self._spawn(self._send("email_changed", user, new=new))

    def password_changed(self, user: User) -> None:
        """Tell a user that their password is another."""
        self._spawn(self._send("password_changed", user))

    async def close(self) -> None:
        """Let the mails that are on their way go out."""
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _reset(self, login: str) -> None:
        user = await self._database.read(find_login(login))
        if user is None:
            return
        if not (await self._limiter.take(f"reset:{user.id}", MAILS_AN_HOUR, HOUR)).allowed:
            log.warning("too many password resets asked for, no mail sent", user=user.id)
            return
        token = await self._database.write(open_reset(user.id, now_ms()))
        await self._send("reset", user, token=token)

    async def _send(self, name: str, user: User, **facts: str) -> None:
        notice = self._notices[name]
        facts = {"name": user.username or user.email, "server": self._server, **facts}
        message = Message(user.email, notice.subject.format(**facts), notice.text.lstrip().format(**facts))
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._mailer.send(message)
        except OSError as error:  # TimeoutError and smtplib's errors are OSErrors
            log.error("mail not sent", notice=name, user=user.id, error=str(error))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _logged(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as error:
            log.error("mail failed", exc_info=error)
