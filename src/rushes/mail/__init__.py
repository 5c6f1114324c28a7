"""Mail out: a message, and the ways it can take. It knows no accounts."""

from rushes.mail.message import Mailer, Message
from rushes.mail.outbox import Outbox
from rushes.mail.smtp import BadMailAddress, Smtp

__all__ = ["BadMailAddress", "Mailer", "Message", "Outbox", "Smtp"]
