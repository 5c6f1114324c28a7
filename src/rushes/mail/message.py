"""A mail before anybody has taken it: plain text for one person."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from typing import Protocol

from msgspec import Struct


class Message(Struct, frozen=True):
    """What is to be said to whom."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """A way for messages out."""

    async def send(self, message: Message) -> None:
        """Hand a message on. Raises OSError when it cannot be had now."""
        ...


def rendered(message: Message, sender: str) -> EmailMessage:
    """The message as it travels."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("<> ") or "localhost")
    mail["Auto-Submitted"] = "auto-generated"
    # As it is where that can travel: a token broken over two lines cannot be copied out of a file.
    mail.set_content(message.text, cte="7bit" if message.text.isascii() else None)
    return mail
