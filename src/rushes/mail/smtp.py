"""Mail through a server: smtp:// (STARTTLS where it is offered) or smtps:// (TLS from the first byte)."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from rushes.mail.message import Message, rendered

_PORTS = {"smtp": 587, "smtps": 465}
TIMEOUT = 20.0
"""Seconds for each step of the conversation."""


class BadMailAddress(Exception):
    """The address of the mail server cannot be used; the message says why, without the password."""


class _Server(Struct, frozen=True):
    host: str
    port: int
    tls: bool
    user: str
    password: str


class Smtp:
    """Sends through the server at `url`, like smtp://user:password@mail.example.com:587. Raises BadMailAddress."""

    def __init__(self, url: str, sender: str) -> None:
        self._server = _parse(url)
        self._sender = sender

    async def send(self, message: Message) -> None:
        """Hand a message to the server. Raises OSError (smtplib's errors are) when it does not take it."""
        await asyncio.to_thread(self._send, message)

    def _send(self, message: Message) -> None:
        server = self._server
        context = ssl.create_default_context()
        connection = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
            if server.tls
            else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
        )
        with connection:
            connection.ehlo()
            safe = server.tls
            if not safe and connection.has_extn("starttls"):
                connection.starttls(context=context)
                connection.ehlo()
                safe = True
            if server.user:
                if not safe:
                    raise OSError("the mail server offers no TLS, so the password is not sent to it")
                connection.login(server.user, server.password)
            connection.send_message(rendered(message, self._sender))


def _parse(url: str) -> _Server:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadMailAddress("not an address") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadMailAddress("must look like smtp://user:password@host:587 or smtps://user:password@host:465")
    return _Server(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
